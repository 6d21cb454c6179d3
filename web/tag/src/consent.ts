/** How much may be sent and kept, from what the visitor, her browser and the site's policy say. */
import { options } from "./options.js";

/** purpose -> given */
export type Purposes = Record<string, boolean>;

/** Words that hold something back, from the least to the most. A level is the place of its word, 0 without one. */
const LEVELS = "cookieless queue gate";
/** Below: events are sent; above 0 nothing is kept on the device. At this level they wait for the visitor's word. */
export const HOLD = 12;
const CLOSED = 18;

export let level = 0;
export let purposes: Purposes | undefined;
let least = 0;

const levelOf = (word: unknown) => LEVELS.indexOf(word as string) + 1;

/** What the browser asks for holds whatever the page says. */
export const readConsent = (): void => {
  least = Math.max(
    levelOf((navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl && options.gpc),
    levelOf(navigator.doNotTrack == "1" && options.dnt),
    options.cookieless ? 1 : 0,
  );
  level = Math.max(least, levelOf(options.consent));
};

/** The function with which a page says what its visitor decided; `changed` is told the level before. */
export const consentFunction =
  (changed: (before: number) => void) =>
  (given: boolean, said: Purposes = { analytics: given }): void => {
    const before = level;
    purposes = said;
    level = Math.max(least, given ? 0 : options.consent == "cookieless" ? 1 : CLOSED);
    changed(before);
  };
