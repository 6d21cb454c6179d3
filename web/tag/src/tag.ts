/** The tag: Divolte's API over its parts. */
import type { Config } from "./config.js";
import { consentFunction, level, readConsent, type Purposes } from "./consent.js";
import { writeCookie } from "./cookies.js";
import { configure, options } from "./options.js";
import { on } from "./dom.js";
import { emit, end, party, proceed, refresh, session, start, startPageViews, tag } from "./pageview.js";
import { clear, comeBack, flush, leave, startQueue, whenSettled } from "./queue.js";
import { settleAddress } from "./spa.js";
import { watch } from "./watch/index.js";

export interface Tag {
  /** Party and session id in full; undefined until they may be made (see `consent`). */
  partyId: string | undefined;
  sessionId: string | undefined;
  /** Null until the page view has started: a hidden page has none. */
  pageViewId: string | null;
  /** The id was made by this page; stays so. */
  isNewPartyId: boolean;
  isFirstInSession: boolean;
  /** The first page view id came with the page. */
  isServerPageView: boolean;
  /** Queues an event. Returns its id; null without a type. */
  signal(type: string, parameters?: unknown): string | null;
  /** Calls back when all events so far are delivered or given up on, or after `timeoutMs`; at once if there are none. */
  whenCommitted(callback: () => void, timeoutMs?: number): void;
  /** What the visitor decided: whether she may be tracked, and for which purposes (if not said, `{analytics: given}`). */
  consent(given: boolean, purposes?: Purposes): void;
}

/** Starts the tag of this page. `config.collector` has its final slash. */
export const startTag = (config: Config): Tag => {
  configure(config);
  readConsent();
  startQueue();
  startPageViews();
  watch();

  tag.signal = (type, parameters) => {
    if (!type) {
      if (options.logging) console.warn("no type");
      return null;
    }
    settleAddress?.();
    refresh();
    return emit(type, parameters);
  };
  tag.whenCommitted = whenSettled;
  tag.consent = consentFunction((before) => {
    for (const identity of [party, session]) {
      if (level != before) identity._lastUse = 0; // another one
      if (level) writeCookie(identity._cookie, "", 0);
    }
    if (level) clear();
    proceed();
  });

  on("visibilitychange", () => {
    if (document.hidden) flush(end);
    else if (!tag.pageViewId) start();
  });
  on("pagehide", () => {
    flush(end);
    leave();
  });
  on("pageshow", ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    comeBack();
    start();
  });
  if (!document.hidden) start();
  return tag;
};
