// What leaves, and what stays on the device, by what the visitor and her browser say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createProfile, openPage } from "../fake/browser.mjs";

const gpc = { navigator: { globalPrivacyControl: true } };
const dnt = { navigator: { doNotTrack: "1" } };
const types = (page) => page.events().map(({ t }) => t);
const leavesNoTrace = ({ profile }) => {
  assert.deepEqual([...profile.cookies.values()].map(({ value }) => value).filter(Boolean), []);
  assert.equal(profile.storage.size, 0);
};

test("queue: nothing leaves or stays before consent; then everything, as it was", async () => {
  const page = openPage({ config: { consent: "queue" } });
  const id = page.tag.signal("x", { a: 1 });
  const began = page.clock.now;
  await page.clock.advance(5000);
  assert.equal(page.sent.length, 0);
  assert.equal(page.tag.partyId, undefined);
  leavesNoTrace(page);
  page.tag.consent(true);
  await page.clock.advance(0);
  const [view, event] = page.events();
  assert.deepEqual([view.t, event.t, event.e], ["pageView", "x", id]);
  assert.equal(parseInt(view.c, 36), began);
  assert.deepEqual([view.n, view.f, event.n], ["t", "t", "f"]);
  assert.equal(view.o, "(tanalytics!)");
  assert.equal(page.profile.cookies.get("_dvp").value, page.tag.partyId);
});

test("queue: a visitor who comes back with consent is the same", async () => {
  const profile = createProfile();
  const first = openPage({ profile, config: { consent: "queue" } });
  first.tag.consent(true);
  const second = openPage({ profile, config: { consent: "queue" } });
  second.tag.consent(true);
  assert.equal(second.tag.partyId, first.tag.partyId);
  assert.deepEqual([second.events()[0].n, second.events()[0].f], ["f", "f"]);
});

test("queue: refused, and all is forgotten", async () => {
  const page = openPage({ config: { consent: "queue" } });
  page.tag.consent(false);
  page.tag.signal("x");
  page.tag.consent(true);
  page.tag.signal("y");
  await page.clock.advance(0);
  assert.deepEqual(types(page), ["y"]);
});

test("gate: what happened before consent never leaves", async () => {
  const page = openPage({ config: { consent: "gate" } });
  page.tag.signal("before");
  page.tag.consent(true, { analytics: true, ads: false });
  page.tag.signal("after");
  await page.clock.advance(0);
  assert.deepEqual(types(page), ["after"]);
  assert.equal(page.events()[0].o, "(tanalytics!fads!)");
});

test("cookieless: events leave, nothing stays", async () => {
  const page = openPage({ config: { consent: "cookieless" } });
  page.tag.signal("x");
  await page.clock.advance(0);
  assert.deepEqual(page.events().map(({ y }) => y), ["t", "t"]);
  assert.equal(page.events()[0].p, page.events()[1].p);
  leavesNoTrace(page);
});

test("cookieless, then consent: a real party from there on, and back", async () => {
  const page = openPage({ config: { consent: "cookieless" } });
  page.tag.consent(true);
  page.tag.signal("with");
  await page.clock.advance(0);
  page.tag.consent(false);
  page.tag.signal("without");
  await page.clock.advance(0);
  const [before, during, after] = page.events();
  assert.deepEqual([before.y, during.y, after.y], ["t", undefined, "t"]);
  assert.deepEqual([during.n, during.f], ["t", "t"]);
  assert.equal(new Set([before.p, during.p, after.p]).size, 3);
  assert.equal(after.o, "(fanalytics!)");
  leavesNoTrace(page);
});

test("an objection to the default: nothing leaves any more, and what stayed goes", async () => {
  const page = openPage({ answer: () => ({ status: 503, retryAfter: "5" }) });
  await page.clock.advance(0);
  assert.equal(page.profile.storage.size, 2); // the events, and when the collector may be asked again
  const sent = page.sent.length;
  page.tag.consent(false);
  assert.equal(page.tag.signal("x"), page.tag.pageViewId + "1");
  await page.clock.advance(100_000);
  assert.equal(page.sent.length, sent);
  leavesNoTrace(page);
  page.tag.consent(true);
  page.tag.signal("y");
  assert.equal(page.sent.length, sent + 1);
});

test("GPC and DNT: ignored unless the policy says otherwise", () => {
  for (const signal of [gpc, dnt]) assert.equal(openPage(signal).events()[0].y, undefined);
  assert.equal(openPage({ config: { gpc: "gate", dnt: "gate" } }).sent.length, 1);
  assert.equal(openPage({ config: { dnt: "gate" }, navigator: { doNotTrack: "0" } }).sent.length, 1);
  assert.equal(openPage({ config: { dnt: "gate" }, navigator: { doNotTrack: "unspecified" } }).sent.length, 1);
});

test("GPC and DNT by policy, whatever the page says", async () => {
  for (const [signal, name] of [[gpc, "gpc"], [dnt, "dnt"]]) {
    const dropped = openPage({ ...signal, config: { [name]: "gate" } });
    dropped.tag.consent(true);
    dropped.tag.signal("x");
    await dropped.clock.advance(0);
    assert.equal(dropped.sent.length, 0);
    leavesNoTrace(dropped);

    const cookieless = openPage({ ...signal, config: { [name]: "cookieless" } });
    cookieless.tag.consent(true);
    cookieless.tag.signal("x");
    await cookieless.clock.advance(0);
    assert.deepEqual(cookieless.events().map(({ y }) => y), ["t", "t"]);
    leavesNoTrace(cookieless);
  }
});

test("a collector without cookies keeps the tag without them", () => {
  const page = openPage({ config: { cookieless: true } });
  page.tag.consent(true);
  assert.equal(page.events()[0].y, "t");
  leavesNoTrace(page);
});

test("whenCommitted does not wait for what waits for consent", () => {
  const page = openPage({ config: { consent: "queue" } });
  let called = 0;
  page.tag.whenCommitted(() => called++);
  assert.equal(called, 1);
});
