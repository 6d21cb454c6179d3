// Events without code, as far as a fake browser shows them; tests/browser has the rest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "../fake/browser.mjs";
import { load } from "../fake/modules.mjs";

const open = (track, more = {}) => openPage({ config: { track }, ...more });
const after = (page) => page.events().slice(1);

test("words that are not known are passed over", () => {
  assert.equal(open("nonsense  singlePage").sent.length, 1);
});

test("scroll depth: each mark once a page view, and a long jump passes several", async () => {
  const page = open("scrollDepth singlePage");
  const scrollTo = async (y) => {
    page.window.scrollY = y;
    page.fire("scroll");
    await page.clock.advance(0);
  };
  await scrollTo(0); // 720 of 2000 pixels are seen from the start
  await scrollTo(10);
  await scrollTo(800);
  await scrollTo(1280);
  await scrollTo(0);
  assert.deepEqual(after(page).map(({ t, u }) => t + u), [
    "scrollDepth(dpercent!p!)", "scrollDepth(dpercent!1e!)", "scrollDepth(dpercent!23!)", "scrollDepth(dpercent!2s!)",
  ]); // prettier-ignore
  page.window.history.pushState(null, "", "/b");
  await page.clock.advance(300);
  await scrollTo(1);
  assert.deepEqual(after(page).slice(4).map(({ t }) => t), ["pageView", "scrollDepth"]);
});

test("engaged time: seconds with activity within the last ten, while the page is visible", async () => {
  const page = open("engagedTime");
  await page.clock.advance(30_000); // the start counts as activity: 9 s
  page.fire("pointermove");
  await page.clock.advance(5_000); // 5 s
  page.show(false);
  await page.clock.advance(60_000); // none
  page.fire("keydown");
  page.show(true);
  await page.clock.advance(3_000); // 3 s
  page.hide();
  assert.deepEqual(after(page).map(({ t, u }) => t + u), ["engagedTime(dseconds!e!)", "engagedTime(dseconds!3!)"]);
  assert.deepEqual(page.sent.slice(1).map(({ kind }) => kind), ["beacon", "beacon"]);
});

test("engaged time belongs to the page view in which it was spent", async () => {
  const page = open("engagedTime singlePage", { url: "https://shop.example/a" });
  await page.clock.advance(4000);
  page.window.history.pushState(null, "", "/b");
  await page.clock.advance(250);
  const [view, engaged, next] = page.events();
  assert.deepEqual([engaged.t, engaged.v == view.v, engaged.l], ["engagedTime", true, "https://shop.example/a"]);
  assert.deepEqual([next.t, next.v == view.v], ["pageView", false]);
});

test("web vitals: layout shifts in windows, the slowest interaction, once", async () => {
  const observers = {};
  class PerformanceObserver {
    constructor(callback) {
      this.callback = callback;
    }
    observe({ type, buffered }) {
      assert.equal(buffered, true);
      observers[type] = (...entries) => this.callback({ getEntries: () => entries });
    }
  }
  const page = open("webVitals", { globals: { PerformanceObserver } });
  await page.clock.advance(0);
  observers.navigation({ responseStart: 80 });
  observers.paint({ name: "first-paint", startTime: 90 }, { name: "first-contentful-paint", startTime: 100 });
  observers["largest-contentful-paint"]({ startTime: 100 }, { startTime: 450 });
  const shift = (startTime, value, hadRecentInput = false) => observers["layout-shift"]({ startTime, value, hadRecentInput });
  shift(100, 0.25);
  shift(1000, 0.25); // the same window
  shift(1500, 5, true);
  shift(3000, 0.125); // more than a second later: a new one
  for (let at = 5000; at <= 10_900; at += 900) shift(at, 0.0625); // a window ends after five seconds
  observers.event({ interactionId: 0, duration: 900 }, { interactionId: 1, duration: 24 }, { interactionId: 2, duration: 64 });
  page.show(false);
  page.show(true);
  page.hide();
  assert.deepEqual(after(page).map(({ t }) => t), ["webVitals"]);
  const { u } = after(page)[0];
  assert.equal(u, "(jcls!0.5!dttfb!28!dfcp!2s!dlcp!ci!dinp!1s!)");
});

test("web vitals of a page without any: what is known", async () => {
  const page = open("webVitals");
  await page.clock.advance(0);
  page.hide();
  assert.equal(after(page)[0].u, "(dcls!0!)");
});

test("the package starts the same tag", async () => {
  const { start } = await load("index.ts");
  assert.equal(typeof start, "function");
});
