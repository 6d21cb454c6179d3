// The tag's side of the wire, against the vectors that the collector's tests read too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Clock, openPage } from "../fake/browser.mjs";
import { load } from "../fake/modules.mjs";

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../../tests/wire/${name}.json`, import.meta.url), "utf8"));
const { mincode } = await load("mincode.ts");
const { murmur3 } = await load("checksum.ts");
const { query } = await load("request.ts");
const { isIdentifier } = await load("ids.ts");

for (const { text, json } of vectors("mincode").filter(({ encode }) => encode))
  test(`mincode of ${json.slice(0, 60)}`, () => assert.equal(mincode(JSON.parse(json)), text));

test("mincode of what JSON does not have", () => {
  assert.equal(mincode(undefined), undefined);
  assert.equal(mincode({ a: undefined, b: () => 1 }), "()");
  assert.equal(mincode([undefined, NaN, Infinity, -0]), "annnd0!.");
  assert.equal(mincode({ at: new Date(0), is: { toJSON: () => "x" } }), "(sat!1970-01-01T00:00:00.000Z!sis!x!)");
  assert.equal(mincode(null), "n");
});

test("mincode looks at own members only", () => {
  Object.prototype.meddled = () => 1;
  try {
    assert.equal(mincode({ a: 1 }), "(da!1!)");
    assert.match(query({ a: "1" }), /^a=1&x=[^&]+$/);
  } finally {
    delete Object.prototype.meddled;
  }
});

for (const { text, base36 } of vectors("murmur3"))
  test(`murmur3 of ${JSON.stringify(text)}`, () => assert.equal(murmur3(text).toString(36), base36));

for (const { canonical, x } of vectors("checksum"))
  test(`checksum of ${canonical}`, () => assert.equal(murmur3(canonical).toString(36), x));

test("identifiers: the tag keeps none that a collector refuses", () => {
  for (const { text, canonical } of vectors("identifiers"))
    if (isIdentifier(text)) assert.notEqual(canonical, null, text);
  assert.ok(isIdentifier("0:j5399reo:qkfUDJ3893UmJkS8UkPYeHkFO9qpsT~5"));
  assert.ok(isIdentifier("0:i0rjfnxc:FPpXFMdcEORvvaP_HbpDgABG3Iu5__4d!"));
});

test("a lone surrogate becomes the replacement character, a pair stays", () => {
  const [first] = query({ t: "a\ud83d", u: "\ud83d\ude00" }).split("&x=");
  assert.equal(first, "t=a%EF%BF%BD&u=%F0%9F%98%80");
});

vectors("tag").forEach(({ page: seen, clock: now, events }, index) =>
  test(`requests of Divolte's own tag, trace ${index + 1}`, async () => {
    const clock = new Clock();
    clock.now = now;
    const { party, session, pageView } = seen;
    const page = openPage({
      clock,
      url: seen.location,
      referrer: seen.referrer ?? "",
      src: "https://collect.example/divolte.js" + (pageView.startsWith("0:") ? "" : "#" + pageView),
      globals: {
        screen: { availWidth: seen.screen[0], availHeight: seen.screen[1] },
        innerWidth: seen.viewport[0],
        innerHeight: seen.viewport[1],
        devicePixelRatio: seen.ratio,
      },
    });
    for (const { signal } of events) {
      await clock.advance(0);
      if (signal) page.tag.signal(...signal);
    }
    await clock.advance(0);
    const made = { [page.tag.partyId]: party, [page.tag.sessionId]: session, [page.tag.pageViewId]: pageView };
    assert.equal(page.sent.length, events.length);
    events.forEach((event, number) => {
      const request = page.sent[number];
      assert.equal(request.method, "GET");
      assert.ok(request.url.startsWith("https://collect.example/csc-event?"));
      // The ids are made by chance: with the trace's in their place every byte must be Divolte's.
      const { x, ...fields } = request.events[0];
      for (const name of "psv") fields[name] = made[fields[name]];
      fields.e = pageView + fields.e.slice(page.tag.pageViewId.length);
      assert.equal(query(fields), event.query);
    });
  }),
);
