// As much of a browser as the tag touches, with a clock that the test moves and a network that the test answers.
import vm from "node:vm";
import { webcrypto } from "node:crypto";
import { script } from "../build.mjs";

const built = await script();

/** The script as a collector serves it. */
export function served(config = {}) {
  const short = Object.fromEntries(
    Object.entries({ scriptName: "divolte.js", ...config }).map(([name, value]) => [built.names[name] ?? name, value]),
  );
  return built.code.replace('"@config@"', JSON.stringify(short));
}

/** Cookies, storage and locks: what the tabs of one browser share. */
export function createProfile() {
  return { cookies: new Map(), storage: new Map(), locks: Promise.resolve(), pages: [] };
}

class Events {
  #listeners = new Map();
  addEventListener(type, listener) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  fire(type, event = {}) {
    for (const listener of this.#listeners.get(type) ?? []) listener({ type, ...event });
  }
}

export class Clock {
  now = 1500000000000;
  #timers = new Map();
  #next = 1;
  set = (callback, ms = 0, ...args) => this.#add(callback, ms, args);
  every = (callback, ms) => this.#add(callback, ms, [], ms);
  clear = (id) => void this.#timers.delete(id);
  #add(callback, ms, args, interval) {
    this.#timers.set(this.#next, { at: this.now + (+ms || 0), callback, args, interval });
    return this.#next++;
  }
  /** Runs what falls due; between timers the promises have their turn. */
  async advance(ms) {
    const end = this.now + ms;
    await turn();
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (!due) break;
      const [id, timer] = due;
      this.now = Math.max(this.now, timer.at);
      if (timer.interval) timer.at += timer.interval;
      else this.#timers.delete(id);
      timer.callback(...timer.args);
      await turn();
    }
    this.now = end;
  }
}

/** Lets all promises that can go on do so. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** One page: `page.window` is its global object, `page.sent` the requests that left, oldest first. */
export function openPage({
  url = "https://shop.example/",
  src = "https://collect.example/divolte.js",
  config = {},
  dataset = {},
  referrer = "",
  hidden = false,
  profile = createProfile(),
  clock = new Clock(),
  current = true,
  answer = () => ({ status: 200 }),
  image = () => true,
  storage = true,
  locks = true,
  globals = {},
  navigator = {},
  code = served(config),
} = {}) {
  const sent = [];
  const warnings = [];
  const element = { src, dataset };
  const events = new Events();
  const page = { sent, warnings, clock, profile, answer, image, online: true };

  const leaves = (request) => {
    const lines = request.method == "POST" ? request.body.split("\n") : [request.url.split("?")[1]];
    sent.push({ ...request, at: clock.now, events: lines.map((line) => Object.fromEntries(new URLSearchParams(line))) });
    return sent.at(-1);
  };

  const document = {
    referrer,
    hidden,
    get visibilityState() {
      return this.hidden ? "hidden" : "visible";
    },
    currentScript: current ? element : null,
    querySelector: (selector) => (selector.startsWith("script[src*=") && src.includes(selector.slice(13, -2)) ? element : null),
    querySelectorAll: () => [],
    documentElement: { scrollHeight: 2000 },
    get cookie() {
      for (const [name, cookie] of profile.cookies) if (cookie.expires <= clock.now) profile.cookies.delete(name);
      return [...profile.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
    },
    set cookie(text) {
      if (page.cookiesBlocked) return;
      const [pair, ...attributes] = text.split("; ");
      const [name, value] = pair.split("=");
      const age = attributes.find((attribute) => attribute.startsWith("max-age="));
      profile.cookies.set(name, { value, attributes, expires: clock.now + age.slice(8) * 1000 });
    },
  };

  const localStorage = new Proxy(
    {},
    {
      get: (_, name) => profile.storage.get(name),
      set: (_, name, value) => {
        profile.storage.set(name, String(value));
        for (const other of profile.pages)
          if (other != page) setImmediate(() => other.gone || other.frozen || other.fire("storage", { newValue: String(value) }));
        return true;
      },
      deleteProperty: (_, name) => profile.storage.delete(name) || true,
      ownKeys: () => [...profile.storage.keys()],
      getOwnPropertyDescriptor: (_, name) =>
        profile.storage.has(name) ? { value: profile.storage.get(name), enumerable: true, configurable: true } : undefined,
    },
  );

  class FakeImage {
    set src(address) {
      const request = leaves({ kind: "image", method: "GET", url: address });
      void Promise.resolve(page.image(request)).then((loads) => (loads ? this.onload() : this.onerror()));
    }
  }
  class Observer {
    observe() {}
    disconnect() {}
  }

  const window = {
    document,
    location: new URL(url),
    history: { pushState: (_, __, to) => go(to), replaceState: (_, __, to) => go(to) },
    screen: { availWidth: 1920, availHeight: 1040 },
    innerWidth: 1280,
    innerHeight: 720,
    scrollY: 0,
    devicePixelRatio: 2,
    navigator: {
      get onLine() {
        return page.online;
      },
      doNotTrack: null,
      sendBeacon: (to, body) => {
        if (page.beaconFails) return false;
        leaves({ kind: "beacon", method: "POST", url: to, body });
        return true;
      },
      locks: locks
        ? { request: (_, action) => (profile.locks = profile.locks.then(() => page.gone || action())) }
        : undefined,
      ...navigator,
    },
    crypto: webcrypto,
    TextEncoder,
    URL,
    Image: FakeImage,
    IntersectionObserver: Observer,
    MutationObserver: Observer,
    PerformanceObserver: Observer,
    fetch: async (to, init) => {
      const request = leaves({ kind: "fetch", method: "GET", ...init, url: to });
      const { status, retryAfter } = await page.answer(request);
      if (!status) throw new TypeError("Failed to fetch");
      return { status, headers: { get: (name) => (name == "Retry-After" ? (retryAfter ?? null) : null) } };
    },
    setTimeout: (callback, ms, ...args) => clock.set((...given) => page.gone || page.frozen || callback(...given), ms, ...args),
    clearTimeout: clock.clear,
    setInterval: (callback, ms) => clock.every((...given) => page.gone || page.frozen || callback(...given), ms),
    console: { warn: (...words) => warnings.push(words.join(" ")) },
    Date: class extends Date {
      static now = () => clock.now;
    },
    addEventListener: (...args) => events.addEventListener(...args),
    ...globals,
  };
  if (storage) window.localStorage = localStorage;
  else
    Object.defineProperty(window, "localStorage", {
      get() {
        throw new Error("SecurityError");
      },
    });
  window.self = window.window = window;
  const go = (to) => (window.location = new URL(to, window.location));

  profile.pages.push(page);
  vm.createContext(window);
  const run = (text) => vm.runInContext(text, window);
  const fire = (type, event) => events.fire(type, event);
  const show = (visible) => {
    document.hidden = !visible;
    fire("visibilitychange");
  };
  Object.assign(page, {
    window, run, fire, show, go,
    load: () => run(code),
    /** All events that left, in order; an event that was sent again is there again. */
    events: () => sent.flatMap((request) => request.events),
    /** The page goes into the back/forward cache, or for good. */
    hide: ({ cached = false } = {}) => {
      fire("pagehide", { persisted: cached });
      show(false);
      if (cached) page.frozen = true;
      else page.gone = true;
    },
    restore: () => {
      page.frozen = false;
      show(true);
      fire("pageshow", { persisted: true });
    },
  }); // prettier-ignore
  run(code);
  page.tag = window[config.globalName ?? "divolte"];
  return page;
}
