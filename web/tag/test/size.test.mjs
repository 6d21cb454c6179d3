// The promise: one file, at most 4,000 bytes after gzip -9, with everything on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { served } from "../fake/browser.mjs";

const LIMIT = 4000;

const everything = {
  track: "singlePage eventAttributes outboundLink download formSubmit scrollDepth engagedTime elementVisible webVitals",
  consent: "queue",
  gpc: "gate",
  dnt: "cookieless",
  logging: true,
  credentials: "include",
  cookieDomain: "example.com",
};

test("the script fits into 4,000 bytes with everything on", (context) => {
  const size = gzipSync(served(everything), { level: 9 }).length;
  context.diagnostic(`${size} bytes`);
  assert.ok(size <= LIMIT, `${size} bytes, ${size - LIMIT} too many`);
});
