/** The page view and its events. */
import { HOLD, level, purposes } from "./consent.js";
import { createIdentity, look, use, type Identity } from "./identity.js";
import { base36, unique } from "./ids.js";
import { mincode } from "./mincode.js";
import { options } from "./options.js";
import { enqueue, resume } from "./queue.js";
import { query } from "./request.js";
import type { Tag } from "./tag.js";

/** What the page sees. */
export const tag = { pageViewId: null } as unknown as Tag;

/** Called when a page view starts. */
export const starts: (() => void)[] = [];
/** Called when it ends, or when the page is hidden: perhaps more than once. */
export const ends: (() => void)[] = [];

export let party: Identity;
export let session: Identity;
const held: (() => void)[] = []; // until the visitor decides
let supplied: string | undefined; // page view id made by the server
let counter = 0;
let address = ""; // of the page view, or of the last signal in it
let referrer = "";

const lookAtIds = () => {
  tag.partyId = look(party);
  tag.sessionId = look(session);
  tag.isNewPartyId = party._isNew;
  tag.isFirstInSession = session._isNew;
};

/** Sends what is held, or forgets it, or goes on holding it. */
const decide = () => {
  if (level != HOLD) for (const send of held.splice(0)) if (level < HOLD) send();
};

/** As much as consent allows now: ids, what other pages left, what is held. */
export const proceed = (): void => {
  if (level < HOLD) {
    lookAtIds();
    resume();
  }
  decide();
};

/** Queues an event of the current page view and returns its id. */
export const emit = (type: string, parameters?: unknown): string => {
  const u = mincode(parameters);
  const v = tag.pageViewId;
  const e = v! + (counter++).toString(16);
  const c = base36(Date.now());
  const rest = {
    l: address,
    r: referrer,
    i: base36(screen.availWidth),
    j: base36(screen.availHeight),
    k: base36(devicePixelRatio),
    w: base36(innerWidth),
    h: base36(innerHeight),
    t: type,
    u,
  };
  held.push(() => {
    lookAtIds();
    enqueue(
      query({
        p: party._value,
        s: session._value,
        v,
        e,
        c,
        n: use(party),
        f: use(session),
        ...rest,
        o: mincode(purposes),
        y: level ? "t" : "",
      }),
    );
  });
  decide();
  return e;
};

export const start = (): void => {
  if (!supplied) counter = 0;
  tag.pageViewId = supplied || "0:" + unique();
  address = location.href;
  for (const started of starts) started();
  if (!options.pageViews) emit("pageView");
};

export const end = (): void => {
  if (tag.pageViewId) for (const ended of ends) ended();
};

/** The same page, another address. */
export const turn = (): void => {
  if (!tag.pageViewId) return;
  end();
  referrer = address;
  supplied = "";
  start();
};

/** The page's own events carry the address of their moment, and start the page view if they have to. */
export const refresh = (): void => {
  if (!tag.pageViewId) start();
  address = location.href;
};

export const startPageViews = (): void => {
  referrer = document.referrer;
  supplied = options.pageViewId;
  tag.isServerPageView = !!supplied;
  party = createIdentity(options.partyCookie || "_dvp", options.partyTimeout || 63072e3);
  session = createIdentity(options.sessionCookie || "_dvs", options.sessionTimeout || 1800);
  proceed();
};
