// Which chart a result wants, judged by its columns and rows alone: no configuration, and none when a table says it better.

import { instant } from "./format";
import type { Column, Json, Row } from "./types";

export interface Bars {
  kind: "bars";
  /** One bar a category, the largest first. */
  bars: { label: string; value: number }[];
  measure: string;
  by: string;
}

export interface Stacks {
  kind: "stacks";
  /** Columns over time, each cut by category. `values[series][time]`. */
  times: number[];
  series: { label: string; values: number[] }[];
  measure: string;
  by: string;
}

export interface Lines {
  kind: "lines";
  times: number[];
  series: { label: string; values: (number | null)[] }[];
}

export type Chart = Bars | Stacks | Lines;

const MOST_CATEGORIES = 8;
const MOST_TIMES = 40;
const MINUTE = 60_000;

/** The chart for the rows (newest first), or null. `cut`: there are older rows, so the oldest moment is not whole. */
export function chartOf(columns: Column[], rows: Row[], cut = false): Chart | null {
  const chart = inferred(columns, rows);
  return cut && chart !== null && chart.kind === "stacks" && chart.times.length > 2 ? withoutOldest(chart) : chart;
}

function withoutOldest(chart: Stacks): Stacks {
  const series = chart.series.map((line) => ({ ...line, values: line.values.slice(1) }));
  return { ...chart, times: chart.times.slice(1), series };
}

function inferred(columns: Column[], rows: Row[]): Chart | null {
  if (rows.length < 2) return null;
  const times = columns.filter((column) => ["time", "time-micros", "date"].includes(column.kind));
  const time = times[0];
  const allNumbers = columns.filter((column) => column.kind === "number");
  const measures = allNumbers.filter((column) => !isRank(column, time, rows));
  const numbers = measures.length > 0 ? measures : allNumbers;
  const category = categoryOf(columns, rows);
  if (time === undefined) return category && numbers[0] ? barsOf(category, numbers[0], rows) : null;
  const repeats = new Set(rows.map((row) => instant(row[time.name], time))).size < rows.length;
  if (category !== undefined && numbers[0] !== undefined && repeats) return stacksOf(time, category, numbers[0], rows);
  if (numbers.length > 0 && !repeats && identifying(columns, rows).length === 0) return linesOf(time, numbers, rows);
  return category === undefined ? null : countsOf(time, category, rows);
}

/** A column that numbers the rows of each moment from 1 on: an order, not a measure. */
function isRank(column: Column, time: Column | undefined, rows: Row[]): boolean {
  if (time === undefined) return false;
  const groups = new Map<Json, number[]>();
  for (const row of rows) {
    const value = row[column.name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1) return false;
    const key = row[time.name] ?? null;
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  // The oldest moment may be cut off by the limit of rows: its numbers need not begin at 1.
  const whole = [...groups.values()].slice(0, -1);
  if (whole.length === 0 || whole.every((numbers) => numbers.length < 2)) return false;
  return whole.every((numbers) => [...numbers].sort((a, b) => a - b).every((number, index) => number === index + 1));
}

function categoryOf(columns: Column[], rows: Row[]): Column | undefined {
  const found = columns
    .filter((column) => (column.kind === "text" || column.kind === "boolean") && !isIdentifier(column))
    .map((column) => ({ column, values: distinct(column, rows) }))
    .filter(({ values }) => values > 0 && values <= Math.max(MOST_CATEGORIES, Math.min(24, rows.length / 3)))
    .filter(({ values }) => values < rows.length);
  const several = found.filter(({ values }) => values > 1);
  return (several[0] ?? found[0])?.column;
}

/** Names like session_id, sessionid, customerId: a chart by them would say nothing. */
function isIdentifier(column: Column): boolean {
  return /(^|[_a-z])id$/i.test(column.name) && !/^(paid|valid|void)$/i.test(column.name);
}

function identifying(columns: Column[], rows: Row[]): Column[] {
  return columns.filter(
    (column) => isIdentifier(column) || (column.kind === "text" && distinct(column, rows) === rows.length && rows.length > 3),
  );
}

function distinct(column: Column, rows: Row[]): number {
  return new Set(rows.map((row) => row[column.name]).filter((value) => value !== null && value !== undefined)).size;
}

function barsOf(category: Column, measure: Column, rows: Row[]): Bars {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const value = row[measure.name];
    if (typeof value === "number") add(sums, label(row[category.name]), value);
  }
  const bars = [...sums].map(([name, value]) => ({ label: name, value })).sort((a, b) => b.value - a.value);
  return { kind: "bars", bars: bars.slice(0, 12), measure: measure.name, by: category.name };
}

function stacksOf(time: Column, category: Column, measure: Column, rows: Row[]): Stacks {
  const cells = rows.flatMap((row) => {
    const at = instant(row[time.name], time);
    const value = row[measure.name];
    return at === null || typeof value !== "number" ? [] : [{ at, label: label(row[category.name]), value }];
  });
  return stacked(cells, measure.name, category.name);
}

function countsOf(time: Column, category: Column, rows: Row[]): Stacks | null {
  const ats = rows.map((row) => instant(row[time.name], time)).filter((at): at is number => at !== null);
  if (ats.length < 2) return null;
  const step = stepFor(Math.max(...ats) - Math.min(...ats));
  const cells = rows.flatMap((row) => {
    const at = instant(row[time.name], time);
    return at === null ? [] : [{ at: Math.floor(at / step) * step, label: label(row[category.name]), value: 1 }];
  });
  return stacked(cells, step === MINUTE ? "rows a minute" : `rows per ${step / MINUTE} min`, category.name);
}

function stepFor(span: number): number {
  const steps = [1, 5, 10, 30, 60, 360, 1440].map((minutes) => minutes * MINUTE);
  return steps.find((step) => span / step <= MOST_TIMES) ?? 1440 * MINUTE;
}

function stacked(cells: { at: number; label: string; value: number }[], measure: string, by: string): Stacks {
  const times = [...new Set(cells.map((cell) => cell.at))].sort((a, b) => a - b).slice(-MOST_TIMES);
  const sums = new Map<string, number>();
  for (const cell of cells) add(sums, cell.label, cell.value);
  const ranked = [...sums].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
  // Names in a stable order: a category keeps its colour while the numbers change.
  const shown = ranked.slice(0, MOST_CATEGORIES - (ranked.length > MOST_CATEGORIES ? 1 : 0)).sort();
  const labels = ranked.length > shown.length ? [...shown, "others"] : shown;
  const series = labels.map((name) => ({ label: name, values: times.map(() => 0) }));
  for (const cell of cells) {
    const column = times.indexOf(cell.at);
    const line = series[shown.includes(cell.label) ? shown.indexOf(cell.label) : labels.length - 1];
    if (column >= 0 && line !== undefined) line.values[column] = (line.values[column] ?? 0) + cell.value;
  }
  return { kind: "stacks", times, series, measure, by };
}

function linesOf(time: Column, measures: Column[], rows: Row[]): Lines | null {
  const points = rows
    .map((row) => ({ at: instant(row[time.name], time), row }))
    .filter((point): point is { at: number; row: Row } => point.at !== null)
    .sort((a, b) => a.at - b.at)
    .slice(-MOST_TIMES);
  if (points.length < 2) return null;
  const series = measures.slice(0, 5).map((measure) => ({
    label: measure.name,
    values: points.map(({ row }) => {
      const value = row[measure.name];
      return typeof value === "number" ? value : null;
    }),
  }));
  return { kind: "lines", times: points.map((point) => point.at), series };
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function label(value: Json | undefined): string {
  return value === null || value === undefined ? "(none)" : String(value);
}
