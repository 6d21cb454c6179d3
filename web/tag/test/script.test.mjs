// How the script finds itself, what it defines, and the API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, served, turn } from "../fake/browser.mjs";

const ID = /^0:[\da-z]{8}:[\da-z]{32}$/;

test("the object has Divolte's members", () => {
  const { tag } = openPage();
  assert.match(tag.partyId, ID);
  assert.match(tag.sessionId, ID);
  assert.match(tag.pageViewId, /^0:[\da-z]{32}$/);
  assert.deepEqual(
    [tag.isNewPartyId, tag.isFirstInSession, tag.isServerPageView],
    [true, true, false],
  );
  assert.equal(tag.signal("x"), tag.pageViewId + "1");
  assert.equal(typeof tag.whenCommitted, "function");
});

test("event ids count in hexadecimal", () => {
  const { tag } = openPage();
  const ids = Array.from({ length: 16 }, () => tag.signal("x"));
  assert.equal(ids[8], tag.pageViewId + "9");
  assert.equal(ids[9], tag.pageViewId + "a");
  assert.equal(ids[15], tag.pageViewId + "10");
});

test("no event type: null, and a warning where logging is on", () => {
  const quiet = openPage();
  assert.equal(quiet.tag.signal(""), null);
  assert.deepEqual(quiet.warnings, []);
  const loud = openPage({ config: { logging: true } });
  assert.equal(loud.tag.signal(), null);
  assert.equal(loud.warnings.length, 1);
  assert.equal(loud.events().length, 1);
});

test("loaded twice: the first stays, the second does nothing", () => {
  const page = openPage({ config: { logging: true } });
  const first = page.tag;
  page.load();
  assert.equal(page.window.divolte, first);
  assert.equal(page.sent.length, 1);
  assert.match(page.warnings[0], /divolte loaded twice/);
});

test("another global name", () => {
  const page = openPage({ config: { globalName: "rr" } });
  assert.equal(page.window.divolte, undefined);
  assert.match(page.window.rr.partyId, ID);
});

test("AMD and CommonJS get the object, and the window does not", () => {
  let made;
  const define = Object.assign((make) => (made = make()), { amd: {} });
  const amd = openPage({ globals: { define } });
  assert.match(made.partyId, ID);
  assert.equal(amd.window.divolte, undefined);

  const module = { exports: {} };
  const commonjs = openPage({ globals: { module } });
  assert.match(module.exports.partyId, ID);
  assert.equal(commonjs.window.divolte, undefined);
});

test("events go to where the script came from", () => {
  const url = (src, config) => openPage({ src, config }).sent[0].url.split("?")[0];
  assert.equal(url("https://c.example/divolte.js"), "https://c.example/csc-event");
  assert.equal(url("https://c.example/a/b/divolte.js?v=1/2"), "https://c.example/a/b/csc-event");
  assert.equal(url("https://c.example/x.js", { eventSuffix: "e" }), "https://c.example/e");
});

test("a module has no script of its own: the tag finds it by name", () => {
  const page = openPage({ current: false, src: "https://c.example/x/my.js", config: { scriptName: "my.js" } });
  assert.equal(page.sent[0].url.split("?")[0], "https://c.example/x/csc-event");
});

test("the page's attributes win", () => {
  const page = openPage({
    dataset: { collector: "https://other.example/c/", consent: "cookieless" },
    config: { consent: "none" },
  });
  assert.equal(page.sent[0].url.split("?")[0], "https://other.example/c/csc-event");
  assert.equal(page.events()[0].y, "t");
});

test("without a configuration Divolte's defaults hold", () => {
  const page = openPage({ code: served().replace(/\{"[^"]+":"divolte.js"\}/, '"@config@"') });
  assert.match(page.window.divolte.partyId, ID);
  assert.deepEqual([...page.profile.cookies.keys()], ["_dvp", "_dvs"]);
});

test("only the file name is in the script", () => {
  assert.match(served({ scriptName: "my-tag.js" }), /my-tag\.js/);
});

test("a fractional pixel ratio is sent", () => {
  assert.equal(openPage({ globals: { devicePixelRatio: 1.5 } }).events()[0].k, "1.i");
});

test("parameters that cannot be JSON are the caller's error, and the next event is whole", async () => {
  const page = openPage();
  const loop = {};
  loop.loop = loop;
  assert.throws(() => page.tag.signal("x", loop), { name: "TypeError" });
  assert.equal(page.tag.signal("y"), page.tag.pageViewId + "1");
  await turn();
  assert.deepEqual(page.events().map(({ t }) => t), ["pageView", "y"]);
});
