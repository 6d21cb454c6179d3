/**
 * Events on their way: one request at a time, kept until they are acknowledged, sent again when they are not.
 *
 * They are also kept over page loads, in one record of localStorage a page: a lease and the events, a line each. Until
 * its lease (ms) the record belongs to its page. A page that goes away ends its lease, so that the next page takes the
 * events over; after a crash the lease runs out. Taking over happens under a lock, so that no two tabs take the same.
 */
import { level } from "./consent.js";
import { on } from "./dom.js";
import { unique } from "./ids.js";
import { options } from "./options.js";

interface Item {
  _query: string;
  /** It is in a request that has no answer yet. */
  _sent?: boolean;
  /** Delivered, failed, or without an answer for too long: nobody waits for it any more. */
  _settled?: unknown;
}

/** A callback and the events that it waits for. */
type Waiter = [Item[], () => void];

const BATCH = "/batch";
const RECORD = "_dvq.";
const LEASE_MS = 3e5;
const NEVER_MS = 1e9;
const QUEUE_EVENTS = 200; // then the oldest go
const BATCH_EVENTS = 20;
const GET_LIMIT = 2e3;
const KEEPALIVE_LIMIT = 6e4; // a browser allows 64 KiB

const key = RECORD + unique();
let items: Item[] = []; // not acknowledged, oldest first
let waiters: Waiter[] = [];
let current: Item[] | 0 | undefined; // the batch that others wait for
let until = 0; // the collector asked to be left alone
let pause: ReturnType<typeof setTimeout> | undefined; // until the next attempt, after a failure
let failures = 0;
let useImage: boolean | undefined;
let lease = LEASE_MS; // 0 when the page goes away
let stored = false;

const waiting = () => items.filter((item) => !item._sent);
const lines = (batch: Item[]) => batch.map((item) => item._query).join("\n");
const address = () => options.collector + (options.eventSuffix || "csc-event");

const save = () => {
  items = items.slice(-QUEUE_EVENTS);
  // A young request of a page that goes away is the browser's business; an old one may be lost and stays.
  const kept = level
    ? []
    : items.filter((item) => lease || useImage || !item._sent || item._settled || !navigator.onLine);
  stored = false;
  try {
    if (kept[0]) {
      localStorage[key] = (lease && Date.now() + lease) + "\n" + lines(kept);
      stored = true;
    } else delete localStorage[key];
    // The record without a name is for all pages.
    until = level ? 0 : Math.max(until, localStorage[RECORD] || 0);
    if (until > Date.now()) localStorage[RECORD] = until;
    else delete localStorage[RECORD];
  } catch {
    // No storage, or no room in it: they live as long as the page.
  }
};

const adopt = () => {
  try {
    for (const name of Object.keys(localStorage)) {
      const [until, ...queries] = (localStorage[name] as string).split("\n");
      if (name.startsWith(RECORD) && name != key && !(+until! > Date.now())) {
        delete localStorage[name];
        items = [...queries.map((query) => ({ _query: query, _settled: true })), ...items];
      }
    }
  } catch {
    // No storage: nothing was left behind.
  }
  save();
  pump();
};

/** Takes over what other pages left behind. */
export const resume = (): void => {
  if (level || !lease) return;
  save();
  if (until > Date.now()) finish([], 1);
  void (navigator.locks?.request(RECORD, adopt) || adopt());
};

/** Nobody waits for these events any more. */
const settle = (batch: Item[]) => {
  for (const item of batch) item._settled = true;
  // What a callback throws is its own affair.
  waiters = waiters.filter(([open, callback]) => open.some((item) => !item._settled) || void setTimeout(callback));
  if (current != batch) return;
  current = 0;
  pump();
};

/** What became of a batch: delivered, or to be sent again after so many ms, if the collector does not want more. */
const finish = (batch: Item[], wait?: number) => {
  for (const item of batch) item._sent = false;
  if (wait) pause = setTimeout(wake, Math.max(wait, until - Date.now()));
  else {
    failures = 0;
    items = items.filter((item) => !batch.includes(item));
  }
  save();
  settle(batch);
};

const backOff = (seconds?: string | null) => {
  until = Date.now() + (+seconds! || 0) * 1e3;
  return Math.min(6e4, 500 * 2 ** failures++) * (1 + Math.random());
};

const send = (batch: Item[]) => {
  const body = lines(batch);
  const url = address() + "?" + body;
  if (useImage) {
    const image = new Image();
    image.onload = () => finish(batch);
    image.onerror = () => {
      useImage = options.imageOnly;
      finish(batch, backOff());
    };
    image.src = url;
    return;
  }
  const post = batch[1] || body.length > GET_LIMIT;
  fetch(post ? address() + BATCH : url, {
    keepalive: body.length < KEEPALIVE_LIMIT,
    credentials: options.credentials,
    ...(post && { method: "POST", body }),
  }).then(
    ({ status, headers }) =>
      finish(batch, status == 408 || status == 429 || status > 499 ? backOff(headers.get("Retry-After")) : 0),
    () => {
      // No network, or no leave to read the answer (CORS, Content-Security-Policy): an image tells which.
      useImage = true;
      finish(batch, 1);
    },
  );
};

const pump = () => {
  const batch = waiting().slice(0, useImage ? 1 : BATCH_EVENTS);
  if (current || pause || !batch[0]) return;
  current = batch;
  for (const item of batch) {
    item._sent = true;
    item._settled = failures; // what failed once may do so again: nobody waits for it
  }
  setTimeout(settle, options.eventTimeout ?? 750, batch);
  send(batch);
};

const wake = () => {
  // A page that goes away has left its events to others.
  if (!lease) return;
  pause = clearTimeout(pause) as undefined;
  // Somebody else took them, because we were away for longer than our lease.
  if (stored && !localStorage[key]) items = [];
  resume();
  pump();
};

export const startQueue = (): void => {
  useImage = options.imageOnly;
  on("online", () => {
    failures = 0;
    wake();
  });
  // Another page went away and left something.
  on("storage", ({ newValue }: StorageEvent) => newValue?.[0] == "0" && resume());
};

export const enqueue = (query: string): void => {
  items.push({ _query: query, _settled: pause });
  save();
  pump();
};

export const whenSettled = (callback: () => void, timeoutMs = NEVER_MS): void => {
  const waiter: Waiter = [items.filter((item) => !item._settled), callback];
  if (!waiter[0][0]) return callback();
  waiters.push(waiter);
  setTimeout(() => {
    waiter[0] = [];
    settle([]);
  }, timeoutMs);
};

/** The page is hidden, perhaps for good. `last` may add events. */
export const flush = (last: () => void): void => {
  const before = current;
  current = []; // so that they leave together
  last();
  current = before;
  const batch = waiting();
  if (batch[0] && !pause && !useImage && navigator.onLine && navigator.sendBeacon?.(address() + BATCH, lines(batch)))
    finish(batch);
  else pump();
};

/** The page goes away, perhaps into the back/forward cache. */
export const leave = (): void => {
  lease = 0;
  save();
};

/** The page came back from there. */
export const comeBack = (): void => {
  lease = LEASE_MS;
  wake();
};

export const clear = (): void => {
  items = [];
  save();
};
