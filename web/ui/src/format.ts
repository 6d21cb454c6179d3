// Numbers, times and values as a person reads them.

import type { Column, Json } from "./types";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export function count(number: number): string {
  return whole.format(number);
}

export function decimal(number: number): string {
  return fine.format(number);
}

export function bytes(number: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let rest = number;
  let unit = 0;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${rest >= 100 || unit === 0 ? whole.format(rest) : rest.toFixed(1)} ${units[unit]}`;
}

/** 13:02:55, or with the day when it is not the day of `now`. All times are UTC, as in topics and results. */
export function time(ms: number, now = ms): string {
  const text = new Date(ms).toISOString();
  return text.slice(0, 10) === new Date(now).toISOString().slice(0, 10)
    ? text.slice(11, 19)
    : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

export function fullTime(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", " UTC");
}

export function ago(ms: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86_400)} d ago`;
}

/** The end of an identifier: enough to tell two apart. */
export function short(id: string): string {
  return id.length > 10 ? `…${id.slice(-6)}` : id;
}

/** The milliseconds of a time column's value; null when there are none. */
export function instant(value: Json | undefined, column: Column): number | null {
  if (typeof value !== "number") return null;
  if (column.kind === "time-micros") return Math.floor(value / 1000);
  return column.kind === "date" ? value * 86_400_000 : value;
}

export function words(name: string): string {
  return name.replace(/[_-]+/g, " ").trim();
}
