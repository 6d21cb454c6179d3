// Which chart a result gets, and how a stream's news join what is on the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

async function load(name) {
  const path = fileURLToPath(new URL(`../src/${name}`, import.meta.url));
  const bundle = await build({ entryPoints: [path], bundle: true, write: false, format: "esm", platform: "node" });
  return import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].text).toString("base64")}`);
}

const { chartOf } = await load("infer.ts");
const { merged } = await load("facts.ts");

const column = (name, kind, type = "string") => ({ name, kind, type, nullable: false });
const START = column("window_start", "time", "long");
const minutes = (count) => [...Array(count).keys()].map((index) => 1_766_142_000_000 + index * 60_000).reverse();

test("time, category and number: stacked bars, oldest first, a category keeps its place", () => {
  const rows = minutes(3).flatMap((at) => ["Mobile", "Desktop"].map((device, index) => ({ window_start: at, device, sessions: index + 1 })));
  const chart = chartOf([START, column("device", "text"), column("sessions", "number", "long")], rows);
  assert.equal(chart.kind, "stacks");
  assert.deepEqual(chart.times, minutes(3).reverse());
  assert.deepEqual(chart.series, [
    { label: "Desktop", values: [2, 2, 2] },
    { label: "Mobile", values: [1, 1, 1] },
  ]);
});

test("when older rows are left out, so is the moment that they belong to", () => {
  const rows = minutes(4).flatMap((at) => ["a", "b"].map((device) => ({ window_start: at, device, sessions: 5 })));
  const columns = [START, column("device", "text"), column("sessions", "number")];
  assert.deepEqual(chartOf(columns, rows, true).times, minutes(4).reverse().slice(1));
  assert.deepEqual(chartOf(columns, rows, true).series[0].values, [5, 5, 5]);
});

test("a rank is an order, not a measure", () => {
  const rows = minutes(3).flatMap((at) => ["a", "b", "c"].map((browser, index) => ({ window_start: at, rank: index + 1, browser, sessions: 9 - index })));
  const chart = chartOf([START, column("rank", "number"), column("browser", "text"), column("sessions", "number")], rows);
  assert.equal(chart.measure, "sessions");
});

test("time and numbers: lines", () => {
  const rows = minutes(4).map((at, index) => ({ window_start: at, shortest: index, longest: index * 10 }));
  const chart = chartOf([START, column("shortest", "number"), column("longest", "number")], rows);
  assert.equal(chart.kind, "lines");
  assert.deepEqual(chart.series.map((line) => line.label), ["shortest", "longest"]);
  assert.deepEqual(chart.series[0].values, [3, 2, 1, 0]);
});

test("time and category without a number: rows are counted", () => {
  const rows = minutes(4).map((at, index) => ({ sessionid: `s${index}`, pattern: index % 2 ? "search" : "browse", at }));
  const chart = chartOf([column("sessionid", "text"), column("pattern", "text"), column("at", "time")], rows);
  assert.equal(chart.kind, "stacks");
  assert.equal(chart.by, "pattern");
  assert.equal(chart.measure, "rows a minute");
});

test("category and number: bars, the largest first", () => {
  const rows = [{ source: "google", n: 2 }, { source: "email", n: 5 }, { source: "google", n: 4 }];
  const chart = chartOf([column("source", "text"), column("n", "number")], rows);
  assert.deepEqual(chart.bars, [{ label: "google", value: 6 }, { label: "email", value: 5 }]);
});

test("what a table says better gets no chart", () => {
  const columns = [START, column("customer_id", "text"), column("products", "nested", "array")];
  const rows = minutes(5).map((at, index) => ({ window_start: at, customer_id: `c${index}`, products: ["x"] }));
  assert.equal(chartOf(columns, rows), null);
  assert.equal(chartOf(columns, rows.slice(0, 1)), null);
  assert.equal(chartOf([], []), null);
});

test("many categories: the largest are shown, the rest together", () => {
  const rows = minutes(12).flatMap((at) => [...Array(12).keys()].map((index) => ({ window_start: at, page: `p${index}`, n: 100 - index })));
  const chart = chartOf([START, column("page", "text"), column("n", "number")], rows);
  assert.equal(chart.series.length, 8);
  assert.equal(chart.series.at(-1).label, "others");
  assert.equal(chart.series.at(-1).values[0], 93 + 92 + 91 + 90 + 89);
});

test("NULLs are named, and do not break a chart", () => {
  const rows = [START].flatMap(() => minutes(3).flatMap((at) => [null, "x"].map((device) => ({ window_start: at, device, n: device === null ? null : 1 }))));
  const chart = chartOf([START, column("device", "text"), column("n", "number")], rows);
  assert.ok(chart === null || chart.kind === "stacks");
});

const entry = (id, timestamp, outcome = null) => ({ id, timestamp, offset: timestamp, outcome });

test("news come first, a changed entry keeps its place, and there is an end to it", () => {
  const older = { seq: 1, entries: [entry("b", 2), entry("a", 1)] };
  const newer = { seq: 2, entries: [entry("c", 3), entry("a", 1, { state: "mapped" })] };
  const both = merged(older, newer);
  assert.deepEqual(both.entries.map((one) => one.id), ["c", "b", "a"]);
  assert.equal(both.entries[2].outcome.state, "mapped");
  const many = merged(both, { seq: 3, entries: [...Array(500).keys()].map((index) => entry(`n${index}`, 10 + index)) });
  assert.equal(many.entries.length, 400);
  assert.equal(many.entries[0].id, "n499");
});

test("facts without entries replace the older ones", () => {
  assert.deepEqual(merged({ seq: 1, topics: [1] }, { seq: 2, topics: [2] }), { seq: 2, topics: [2] });
});
