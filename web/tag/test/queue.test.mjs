// Delivery: what leaves when, what is kept, and what is sent again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, createProfile, openPage, turn } from "../fake/browser.mjs";

const never = () => new Promise(() => {});
const down = () => ({});
const types = (page) => page.events().map(({ t }) => t);
const kinds = (page) => page.sent.map(({ kind, method, events }) => `${kind} ${method} ${events.length}`);
const kept = ({ profile }) => [...profile.storage.values()].flatMap((record) => record.split("\n").slice(1));
const noDoubles = (...pages) => {
  const ids = pages.flatMap((page) => page.events().map(({ e }) => e));
  assert.equal(new Set(ids).size, ids.length, ids.join(" "));
};

test("one event goes as Divolte's GET, several as one batch, in order", async () => {
  const page = openPage();
  for (let i = 0; i < 3; i++) page.tag.signal("x", { i });
  assert.deepEqual(kinds(page), ["fetch GET 1"]);
  await page.clock.advance(0);
  assert.deepEqual(kinds(page), ["fetch GET 1", "fetch POST 3"]);
  const [, { url, body, keepalive, headers }] = page.sent;
  assert.equal(url, "https://collect.example/csc-event/batch");
  assert.equal(body.split("\n").length, 3);
  assert.equal(keepalive, true);
  assert.equal(headers, undefined); // a body of text needs no preflight
  assert.deepEqual(page.events().map(({ u }) => u), [undefined, "(di!0!)", "(di!1!)", "(di!2!)"]);
  assert.deepEqual(kept(page), []);
});

test("at most 20 events in a batch", async () => {
  const page = openPage();
  for (let i = 0; i < 45; i++) page.tag.signal("x", { i });
  await page.clock.advance(0);
  assert.deepEqual(page.sent.map(({ events }) => events.length), [1, 20, 20, 5]);
});

test("a long event goes as a batch of one; one too long for keepalive goes without", async () => {
  const page = openPage();
  page.tag.signal("x", { text: "a".repeat(2500) });
  await page.clock.advance(0);
  page.tag.signal("x", { text: "a".repeat(70_000) });
  await page.clock.advance(0);
  assert.deepEqual(kinds(page), ["fetch GET 1", "fetch POST 1", "fetch POST 1"]);
  assert.deepEqual(page.sent.map(({ keepalive }) => keepalive), [true, true, false]);
});

test("credentials go to another origin only when asked for", () => {
  assert.equal(openPage().sent[0].credentials, undefined);
  assert.equal(openPage({ config: { credentials: "include" } }).sent[0].credentials, "include");
});

test("whenCommitted: at once when nothing is open", async () => {
  const page = openPage();
  await page.clock.advance(0);
  let called = 0;
  page.tag.whenCommitted(() => called++);
  assert.equal(called, 1);
});

test("whenCommitted: after the answer to everything before it, in order", async () => {
  let answer;
  const page = openPage({ answer: () => new Promise((resolve) => (answer = () => resolve({ status: 200 }))) });
  const calls = [];
  page.tag.whenCommitted(() => calls.push("a"));
  page.tag.signal("x");
  page.tag.whenCommitted(() => calls.push("b"));
  await page.clock.advance(0);
  assert.deepEqual(calls, []);
  answer();
  await page.clock.advance(0);
  assert.deepEqual(calls, ["a"]);
  answer();
  await page.clock.advance(0);
  assert.deepEqual(calls, ["a", "b"]);
});

test("whenCommitted: after its timeout, and only once", async () => {
  let answer;
  const page = openPage({ answer: () => new Promise((resolve) => (answer = resolve)), config: { eventTimeout: 5000 } });
  let called = 0;
  page.tag.whenCommitted(() => called++, 1000);
  await page.clock.advance(999);
  assert.equal(called, 0);
  await page.clock.advance(1);
  assert.equal(called, 1);
  answer({ status: 200 });
  await page.clock.advance(10_000);
  assert.equal(called, 1);
});

test("a callback that throws holds up nothing", async () => {
  const page = openPage();
  page.tag.signal("a");
  let thrown;
  page.tag.whenCommitted(() => {
    thrown = true;
    throw Error("the page's own mistake");
  });
  page.tag.signal("b");
  let called = 0;
  page.tag.whenCommitted(() => called++);
  await assert.rejects(page.clock.advance(0), /own mistake/); // as an uncaught error in a browser
  await page.clock.advance(0);
  assert.deepEqual([thrown, called, types(page)], [true, 1, ["pageView", "a", "b"]]);
});

test("a slow collector does not hold the next event back, and nothing is sent twice", async () => {
  const page = openPage({ answer: never });
  page.tag.signal("a");
  await page.clock.advance(749);
  assert.deepEqual(types(page), ["pageView"]);
  await page.clock.advance(1);
  assert.deepEqual(types(page), ["pageView", "a"]);
  await page.clock.advance(60_000);
  noDoubles(page);
  const impatient = openPage({ answer: never, config: { eventTimeout: 0 } });
  impatient.tag.signal("a");
  await impatient.clock.advance(0);
  assert.deepEqual(types(impatient), ["pageView", "a"]);
});

for (const status of [408, 429, 500, 503, 507])
  test(`${status}: kept, and sent again with the same id after Retry-After`, async () => {
    let answers = [{ status, retryAfter: "7" }, { status: 200 }];
    const page = openPage({ answer: () => answers.shift() });
    await page.clock.advance(0);
    assert.equal(kept(page).length, 1);
    await page.clock.advance(6999);
    assert.equal(page.sent.length, 1);
    await page.clock.advance(1);
    assert.equal(page.sent.length, 2);
    assert.equal(page.sent[1].url, page.sent[0].url);
    assert.deepEqual(kept(page), []);
  });

test("Retry-After holds for the pages that follow and for their own events", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const refused = openPage({ profile, clock, answer: () => ({ status: 429, retryAfter: "30" }) });
  await clock.advance(0);
  refused.hide();
  const next = openPage({ profile, clock });
  let committed = 0;
  next.tag.signal("x");
  next.tag.whenCommitted(() => committed++);
  assert.equal(committed, 1);
  await clock.advance(29_999);
  assert.equal(next.sent.length, 0);
  await clock.advance(1);
  assert.deepEqual(types(next).sort(), ["pageView", "pageView", "x"]);
  assert.equal(profile.storage.size, 0);
});

test("a page that cannot reach the collector keeps no other page from trying", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const offline = openPage({ profile, clock, answer: down, image: () => false });
  await clock.advance(60_000);
  offline.hide();
  const next = openPage({ profile, clock });
  await clock.advance(0);
  assert.deepEqual(types(next), ["pageView", "pageView"]);
});

test("other refusals are final", async () => {
  for (const status of [400, 403, 404, 413]) {
    const page = openPage({ answer: () => ({ status }) });
    await page.clock.advance(3600_000);
    assert.equal(page.sent.length, 1);
    assert.deepEqual(kept(page), []);
  }
});

test("attempts get rarer, up to two minutes; new events do not hurry them, and go together", async () => {
  const page = openPage({ answer: () => ({ status: 503, retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT" }) });
  await page.clock.advance(20 * 60_000);
  const gaps = page.sent.slice(1).map(({ at }, i) => at - page.sent[i].at);
  assert.ok(gaps[0] >= 500 && gaps[0] <= 1000, gaps[0]);
  assert.ok(gaps[3] >= 4000 && gaps[3] <= 8000, gaps[3]);
  assert.ok(Math.max(...gaps) >= 60_000 && Math.max(...gaps) <= 120_000);
  const before = page.sent.length;
  let committed = 0;
  for (let i = 0; i < 4; i++) page.tag.signal("x");
  page.tag.whenCommitted(() => committed++);
  assert.equal(committed, 1); // given up on for now, and safe
  await page.clock.advance(0);
  assert.equal(page.sent.length, before);
  page.answer = () => ({ status: 200 });
  await page.clock.advance(120_000);
  assert.deepEqual(kinds(page).slice(before), ["fetch POST 5"]);
});

test("offline: nothing is lost, and back online everything leaves at once", async () => {
  const page = openPage({ answer: down, image: () => false });
  page.tag.signal("x");
  await page.clock.advance(40_000);
  assert.equal(kept(page).length, 2);
  const attempts = page.sent.length;
  page.answer = () => ({ status: 200 });
  page.fire("online");
  await page.clock.advance(0);
  assert.deepEqual(kinds(page).slice(attempts), ["fetch POST 2"]);
  assert.deepEqual(kept(page), []);
  await page.clock.advance(600_000);
  assert.equal(page.sent.length, attempts + 1);
});

test("where fetch may not (CORS, Content-Security-Policy) an image does, one event each", async () => {
  const page = openPage({ answer: down });
  page.tag.signal("x");
  page.tag.signal("y");
  await page.clock.advance(5000);
  assert.deepEqual(kinds(page), ["fetch GET 1", "image GET 1", "image GET 1", "image GET 1"]);
  assert.deepEqual(types(page), ["pageView", "pageView", "x", "y"]);
  assert.deepEqual(kept(page), []);
});

test("image only, as Divolte's own tag", async () => {
  const page = openPage({ config: { imageOnly: true }, image: () => true });
  page.tag.signal("x", { text: "a".repeat(3000) });
  page.tag.signal("y");
  await page.clock.advance(0);
  assert.deepEqual(kinds(page), ["image GET 1", "image GET 1", "image GET 1"]);
  page.image = () => false;
  page.tag.signal("z");
  await page.clock.advance(1000);
  page.image = () => true;
  await page.clock.advance(3000);
  assert.deepEqual(new Set(page.sent.map(({ kind }) => kind)), new Set(["image"]));
  assert.deepEqual(kept(page), []);
});

test("hidden: what is open leaves as one beacon", async () => {
  const page = openPage({ answer: never });
  page.tag.signal("a");
  page.tag.signal("b");
  page.hide();
  assert.deepEqual(kinds(page), ["fetch GET 1", "beacon POST 2"]);
  assert.equal(page.sent[1].url, "https://collect.example/csc-event/batch");
  noDoubles(page);
  assert.deepEqual(kept(page), []);
});

test("hidden while the collector fails or the network is gone: kept for the next page", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const failing = openPage({ profile, clock, answer: () => ({ status: 503 }) });
  await clock.advance(0);
  failing.tag.signal("a");
  failing.hide();
  assert.deepEqual(types(failing), ["pageView"]);
  assert.equal(kept(failing).length, 2);

  const next = openPage({ profile, clock });
  await clock.advance(0);
  assert.deepEqual(types(next).sort(), ["a", "pageView", "pageView"]);
  assert.equal(next.events().filter(({ e }) => e == failing.events()[0].e).length, 1);
  assert.deepEqual(kept(next), []);

  const offline = openPage({ profile, clock, answer: never });
  offline.online = false;
  offline.tag.signal("b");
  offline.hide();
  assert.equal(kept(offline).length, 2); // nobody answers the page view any more
});

test("a beacon that the browser refuses is kept", () => {
  const page = openPage({ answer: never });
  page.beaconFails = true;
  page.tag.signal("a");
  page.hide();
  assert.equal(kept(page).length, 1);
});

test("a young request of a page that goes away is the browser's; one without an answer for long is sent again", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const young = openPage({ profile, clock, answer: never });
  young.hide();
  assert.deepEqual(kept(young), []);
  const old = openPage({ profile, clock, answer: never });
  await clock.advance(750);
  old.hide();
  assert.equal(kept(old).length, 1);
  const next = openPage({ profile, clock });
  await clock.advance(0);
  assert.equal(next.events().filter(({ e }) => e == old.events()[0].e).length, 1);
});

test("two tabs: each sends its own, and nobody anybody else's", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const open = () => openPage({ profile, clock, answer: down, image: () => false });
  const one = open();
  const two = open();
  await clock.advance(30_000);
  one.tag.signal("x");
  for (const page of [one, two]) {
    page.sent.length = 0;
    page.answer = () => ({ status: 200 });
    page.fire("online");
  }
  await clock.advance(600_000);
  noDoubles(one, two);
  assert.deepEqual([types(one), types(two)], [["pageView", "x"], ["pageView"]]);
});

test("what a tab leaves is taken over by another at once, and only once", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const others = [openPage({ profile, clock }), openPage({ profile, clock })];
  const one = openPage({ profile, clock, answer: down, image: () => false });
  one.tag.signal("x");
  await clock.advance(100);
  for (const page of others) page.sent.length = 0;
  one.hide();
  await clock.advance(10);
  assert.deepEqual(others.flatMap(types).sort(), ["pageView", "x"]);
  noDoubles(...others);
  assert.equal(profile.storage.size, 0);
});

test("what a collector refused is kept by a page that goes away while it sends it again", async () => {
  const page = openPage({ answer: () => ({ status: 503 }) });
  await page.clock.advance(0);
  page.answer = never;
  await page.clock.advance(1000);
  assert.equal(page.sent.length, 2);
  page.hide();
  assert.equal(kept(page).length, 1);
});

test("a page that goes away when it is just online again leaves nothing behind, and then sends nothing", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const page = openPage({ profile, clock, answer: down, image: () => false });
  await clock.advance(10);
  page.sent.length = 0;
  page.answer = never;
  page.fire("online");
  page.fire("pagehide", {});
  assert.deepEqual(kinds(page), ["fetch GET 1"]);
  assert.deepEqual(kept(page), []);

  const late = openPage({ profile, clock, answer: down, image: () => false });
  await clock.advance(10);
  late.sent.length = 0;
  late.fire("pagehide", {}); // and it lives on for a moment
  late.fire("online");
  await clock.advance(60_000);
  assert.deepEqual([types(late), kept(late).length], [[], 1]);
});

test("a request that is under way when an offline page goes away is kept", () => {
  const page = openPage({ answer: never });
  page.online = false;
  page.hide();
  assert.equal(kept(page).length, 1);
});

test("what a crashed tab left is taken over by exactly one, when its lease is over", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const crashed = openPage({ profile, clock, answer: down, image: () => false });
  crashed.tag.signal("x");
  await clock.advance(0);
  crashed.gone = true; // without pagehide
  const tooEarly = openPage({ profile, clock });
  await clock.advance(0);
  assert.deepEqual(types(tooEarly), ["pageView"]);
  await clock.advance(300_001);
  const tabs = [openPage({ profile, clock }), openPage({ profile, clock }), openPage({ profile, clock })];
  await clock.advance(60_000);
  noDoubles(...tabs);
  assert.equal(tabs.flatMap(types).filter((type) => type == "x").length, 1);
  assert.equal(profile.storage.size, 0);
});

test("a page that slept longer than its lease does not send what another took over", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const sleeper = openPage({ profile, clock, answer: () => ({ status: 503 }) });
  await clock.advance(0);
  sleeper.frozen = true; // as a browser does with tabs in the background
  await clock.advance(400_000);
  const other = openPage({ profile, clock });
  await clock.advance(0);
  sleeper.frozen = false;
  sleeper.sent.length = 0;
  sleeper.answer = () => ({ status: 200 });
  sleeper.fire("online");
  await clock.advance(600_000);
  assert.deepEqual(types(other).length, 2);
  assert.deepEqual(types(sleeper), []);
});

test("back from the back/forward cache: its own leavings are sent, unless another page did", async () => {
  for (const another of [false, true]) {
    const profile = createProfile();
    const clock = new Clock();
    const page = openPage({ profile, clock, answer: () => ({ status: 503 }) });
    await clock.advance(0);
    const [{ e }] = page.events();
    page.hide({ cached: true });
    const pages = [page];
    if (another) pages.push(openPage({ profile, clock }));
    await clock.advance(10);
    page.sent.length = 0;
    page.answer = () => ({ status: 200 });
    page.restore();
    await clock.advance(600_000);
    const sent = pages.flatMap((one) => one.events());
    assert.equal(sent.filter((event) => event.e == e).length, 1, `another: ${another}`);
    noDoubles(...pages);
  }
});

test("at most 200 events are kept: the oldest go", async () => {
  const page = openPage({ answer: down, image: () => false });
  await page.clock.advance(0);
  for (let i = 0; i < 250; i++) page.tag.signal("x", { i });
  assert.equal(kept(page).length, 200);
  assert.match(kept(page).at(-1), /u=\(di!6x!\)/);
});

test("what several pages left is bounded too", async () => {
  const profile = createProfile();
  const clock = new Clock();
  for (let page = 0; page < 3; page++) {
    const left = [0, ...Array.from({ length: 150 }, (_, i) => `e=${page}-${i}`)];
    profile.storage.set(`_dvq.${page}`, left.join("\n"));
  }
  const page = openPage({ profile, clock, answer: () => ({ status: 503, retryAfter: "9" }) });
  await clock.advance(0);
  assert.equal(kept(page).length, 200);
});

test("no storage, or none left: events live as long as the page", async () => {
  for (const options of [{ storage: false }, { locks: false }]) {
    let answers = [{ status: 503 }, { status: 200 }];
    const page = openPage({ ...options, answer: () => answers.shift() ?? { status: 200 } });
    page.tag.signal("x");
    await page.clock.advance(10_000);
    assert.deepEqual(types(page), ["pageView", "pageView", "x"]);
  }
  const full = openPage({ answer: () => ({ status: 503 }) });
  full.profile.storage.set = () => {
    throw Error("QuotaExceededError");
  };
  full.tag.signal("x");
  await full.clock.advance(2000);
  full.answer = () => ({ status: 200 });
  await full.clock.advance(600_000);
  assert.deepEqual(types(full).slice(-2), ["pageView", "x"]);
});

test("without locks what was left is taken over all the same", async () => {
  const profile = createProfile();
  const clock = new Clock();
  const left = openPage({ profile, clock, locks: false, answer: () => ({ status: 503 }) });
  await clock.advance(0);
  left.hide();
  const next = openPage({ profile, clock, locks: false });
  await clock.advance(0);
  assert.equal(next.events().length, 2);
});

test("a garbled record is thrown away, and other keys of the page stay", async () => {
  const profile = createProfile();
  for (const value of ["", "rubbish", "NaN", "[1]"]) profile.storage.set("_dvq." + value.length, value);
  profile.storage.set("mine", "x");
  const page = openPage({ profile });
  await page.clock.advance(1000);
  assert.deepEqual([...profile.storage.keys()], ["mine"]);
  assert.equal(page.sent.length, 1);
});

test("endless events: whenCommitted comes after its timeout all the same", async () => {
  const page = openPage({ answer: never });
  let navigated;
  let signalled = 0;
  const more = () => {
    if (navigated) return;
    page.tag.signal("x", { i: signalled++ });
    page.clock.set(more, 1);
  };
  more();
  page.tag.whenCommitted(() => (navigated = true), 300);
  await page.clock.advance(2000);
  assert.ok(signalled > 10 && signalled < 1000);
  await turn();
});
