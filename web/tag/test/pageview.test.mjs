// Page views, sessions and parties over the life of a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, createProfile, openPage } from "../fake/browser.mjs";

const MINUTE = 60_000;
const types = (page) => page.events().map(({ t }) => t);

test("a visible page starts its page view at once", () => {
  const page = openPage();
  assert.deepEqual(types(page), ["pageView"]);
  assert.equal(page.events()[0].v, page.tag.pageViewId);
});

test("a page that signals its own page views sends no other", async () => {
  const page = openPage({ config: { pageViews: "manual" } });
  assert.equal(page.sent.length, 0);
  assert.notEqual(page.tag.pageViewId, null);
  page.tag.signal("pageView", { mine: true });
  assert.deepEqual(types(page), ["pageView"]);
});

test("a hidden page waits until it is seen", () => {
  const page = openPage({ hidden: true });
  assert.equal(page.tag.pageViewId, null);
  assert.equal(page.sent.length, 0);
  page.show(true);
  assert.deepEqual(types(page), ["pageView"]);
});

test("a hidden page with the server's page view id sends its page view too, once it is seen", () => {
  const page = openPage({ hidden: true, src: "https://c.example/divolte.js#supercali" });
  assert.equal(page.tag.isServerPageView, true);
  assert.equal(page.tag.pageViewId, null);
  page.show(true);
  assert.deepEqual(page.events().map(({ t, v, e }) => [t, v, e]), [["pageView", "supercali", "supercali0"]]);
});

test("a signal in a hidden page starts the page view: first pageView, then the signal", async () => {
  const page = openPage({ hidden: true });
  page.tag.signal("x");
  await page.clock.advance(0);
  page.show(true);
  assert.deepEqual(types(page), ["pageView", "x"]);
});

test("back from the back/forward cache: a new page view", async () => {
  const page = openPage();
  await page.clock.advance(0);
  const before = page.tag.pageViewId;
  page.tag.signal("x");
  page.hide({ cached: true });
  page.restore();
  await page.clock.advance(1000);
  assert.notEqual(page.tag.pageViewId, before);
  assert.deepEqual(types(page), ["pageView", "x", "pageView"]);
  assert.equal(page.events()[2].e, page.tag.pageViewId + "0");
});

test("... but the server's id is used again and the counter goes on", async () => {
  const page = openPage({ src: "https://c.example/divolte.js#abc" });
  await page.clock.advance(0);
  page.hide({ cached: true });
  page.restore();
  await page.clock.advance(0);
  assert.deepEqual(page.events().map(({ e }) => e), ["abc0", "abc1"]);
});

test("an ordinary tab change is no new page view", () => {
  const page = openPage();
  page.show(false);
  page.show(true);
  assert.deepEqual(types(page), ["pageView"]);
});

test("new party and first in session are said once", async () => {
  const profile = createProfile();
  const first = openPage({ profile });
  first.tag.signal("x");
  await first.clock.advance(0);
  assert.deepEqual(first.events().map(({ n, f }) => n + f), ["tt", "ff"]);
  const second = openPage({ profile });
  assert.deepEqual(second.events().map(({ n, f }) => n + f), ["ff"]);
  assert.equal(second.tag.partyId, first.tag.partyId);
  assert.equal(second.tag.sessionId, first.tag.sessionId);
  assert.deepEqual([first.tag.isNewPartyId, second.tag.isNewPartyId], [true, false]);
  assert.deepEqual([first.tag.isFirstInSession, second.tag.isFirstInSession], [true, false]);
});

test("cookies: names, life, attributes", () => {
  const { profile, clock } = openPage({
    config: { partyCookie: "p", partyTimeout: 10, sessionCookie: "s", sessionTimeout: 5, cookieDomain: "shop.example" },
  });
  const { attributes, expires } = profile.cookies.get("p");
  assert.equal(expires, clock.now + 10_000);
  assert.equal(profile.cookies.get("s").expires, clock.now + 5_000);
  assert.deepEqual(attributes, ["path=/", "max-age=10", "SameSite=Lax", "domain=shop.example", "Secure"]);
  const plain = openPage({ url: "http://shop.example/" });
  assert.deepEqual(plain.profile.cookies.get("_dvp").attributes, ["path=/", "max-age=63072000", "SameSite=Lax"]);
});

test("garbled cookies heal", () => {
  const bad = ["rubbish", "0:16", "1:16:x", "0:!:x", "0:16:a:b", ""];
  for (const value of bad) {
    const profile = createProfile();
    profile.cookies.set("_dvp", { value, expires: Infinity });
    profile.cookies.set("_dvs", { value, expires: Infinity });
    const page = openPage({ profile });
    const [{ p, s, n, f }] = page.events();
    assert.match(p, /^0:[\da-z]{8}:[\da-z]{32}$/);
    assert.deepEqual([n, f], ["t", "t"]);
    assert.equal(profile.cookies.get("_dvp").value, p);
    assert.equal(profile.cookies.get("_dvs").value, s);
  }
});

test("an old tag's ids are taken over as they are", () => {
  const profile = createProfile();
  profile.cookies.set("_dvp", { value: "0:i0rjfnxc:JLOvH9Nda2c1uV8M~vmdhPGFEC3WxVNq", expires: Infinity });
  assert.equal(openPage({ profile }).events()[0].p, "0:i0rjfnxc:JLOvH9Nda2c1uV8M~vmdhPGFEC3WxVNq");
});

test("the session rolls over in a page that stays open", async () => {
  const page = openPage();
  const { sessionId, partyId, pageViewId } = page.tag;
  await page.clock.advance(29 * MINUTE);
  page.tag.signal("still");
  await page.clock.advance(29 * MINUTE);
  page.tag.signal("still");
  await page.clock.advance(30 * MINUTE);
  page.tag.signal("new");
  page.tag.signal("same");
  await page.clock.advance(0);
  const events = page.events();
  assert.deepEqual(events.map(({ s }) => s == sessionId), [true, true, true, false, false]);
  assert.deepEqual(events.map(({ f }) => f), ["t", "f", "f", "t", "f"]);
  assert.deepEqual(events.map(({ p, v }) => p == partyId && v == pageViewId), Array(5).fill(true));
  assert.equal(page.tag.sessionId, events[4].s);
  assert.equal(page.profile.cookies.get("_dvs").value, events[4].s);
});

test("a session that another tab began is joined", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const one = openPage({ profile, clock });
  const two = openPage({ profile, clock });
  await clock.advance(31 * MINUTE);
  one.tag.signal("x");
  two.tag.signal("y");
  await clock.advance(0);
  assert.notEqual(one.events()[1].s, one.events()[0].s);
  assert.equal(two.events()[1].s, one.events()[1].s);
  assert.deepEqual([one.events()[1].f, two.events()[1].f], ["t", "f"]);
});

test("without cookies the ids live as long as the page", async () => {
  const page = openPage({ hidden: true });
  page.cookiesBlocked = true;
  page.show(true);
  await page.clock.advance(1000);
  page.tag.signal("x");
  await page.clock.advance(0);
  const [first, second] = page.events();
  assert.equal(first.s, second.s);
  assert.deepEqual([second.n, second.f], ["f", "f"]);
});

test("single-page app: a page view when the address has come to rest", async () => {
  const page = openPage({ config: { track: "singlePage" }, url: "https://shop.example/a", referrer: "https://r.example/" });
  const { history } = page.window;
  const first = page.tag.pageViewId;
  history.pushState(null, "", "/redirect");
  await page.clock.advance(100);
  history.replaceState(null, "", "/b");
  await page.clock.advance(249);
  assert.equal(page.events().length, 1);
  await page.clock.advance(1);
  const [one, two] = page.events();
  assert.deepEqual([one.l, one.r], ["https://shop.example/a", "https://r.example/"]);
  assert.deepEqual([two.t, two.l, two.r], ["pageView", "https://shop.example/b", "https://shop.example/a"]);
  assert.notEqual(two.v, first);
  assert.equal(two.e, page.tag.pageViewId + "0");
});

test("single-page app: a signal does not wait, and belongs to the new page view", async () => {
  const page = openPage({ config: { track: "singlePage" } });
  await page.clock.advance(0);
  page.window.history.pushState(null, "", "/b");
  page.tag.signal("x");
  await page.clock.advance(1000);
  assert.deepEqual(types(page), ["pageView", "pageView", "x"]);
  assert.equal(page.events()[2].v, page.events()[1].v);
  assert.equal(page.events()[2].l, "https://shop.example/b");
});

test("single-page app: the same address, or another place in it, is no page view; a route in the fragment is", async () => {
  const page = openPage({ config: { track: "singlePage" }, url: "https://shop.example/a" });
  const { history } = page.window;
  for (const to of ["/a", "#part", "/a#", "/a"]) {
    history.pushState(null, "", to);
    await page.clock.advance(300);
  }
  assert.equal(page.events().length, 1);
  page.go("#/route");
  page.fire("popstate");
  await page.clock.advance(300);
  assert.equal(page.events().length, 2);
  page.go("#!other");
  page.fire("popstate");
  await page.clock.advance(300);
  assert.equal(page.events()[2].l, "https://shop.example/a#!other");
});

test("without singlePage the history is left alone", async () => {
  const page = openPage();
  page.window.history.pushState(null, "", "/b");
  await page.clock.advance(1000);
  page.tag.signal("x");
  await page.clock.advance(0);
  assert.deepEqual(page.events().map(({ t, l }) => [t, l]), [
    ["pageView", "https://shop.example/"],
    ["x", "https://shop.example/b"],
  ]);
});

test("a supplied page view id is of the first address only", async () => {
  const page = openPage({ src: "https://c.example/divolte.js#abc", config: { track: "singlePage" } });
  page.window.history.pushState(null, "", "/b");
  await page.clock.advance(300);
  assert.deepEqual(page.events().map(({ v }) => v == "abc"), [true, false]);
  assert.equal(page.events()[1].e, page.tag.pageViewId + "0");
});
