/** Party and session ids over their lives: found in a cookie, or made, and kept a while longer by each event. */
import { level } from "./consent.js";
import { readCookie, writeCookie } from "./cookies.js";
import { base36, unique } from "./ids.js";

export interface Identity {
  _cookie: string;
  _seconds: number;
  _value?: string;
  /** Made by this page: it stays so. */
  _isNew: boolean;
  /** Made by this page, and no event has used it yet. */
  _isFirst?: boolean;
  _lastUse: number;
}

export const createIdentity = (cookie: string, seconds: number): Identity => ({
  _cookie: cookie,
  _seconds: seconds,
  _isNew: false,
  _lastUse: 0,
});

/** The id as of now: a new one when its time is over, even in a page that stayed open. Where there are no cookies (not
 * allowed, or blocked) it lives as long as the page. */
export const look = (identity: Identity): string => {
  const kept = !level && readCookie(identity._cookie);
  if (kept) identity._value = kept;
  else if (Date.now() - identity._lastUse >= identity._seconds * 1e3) {
    identity._value = "0:" + base36((identity._lastUse = Date.now())) + ":" + unique();
    identity._isNew = identity._isFirst = true;
  }
  return identity._value!;
};

/** An event uses the id, just looked at: `t` when it is the first one. */
export const use = (identity: Identity): string => {
  const flag = identity._isFirst ? "t" : "f";
  identity._isFirst = false;
  identity._lastUse = Date.now();
  if (!level) writeCookie(identity._cookie, identity._value!, identity._seconds);
  return flag;
};
