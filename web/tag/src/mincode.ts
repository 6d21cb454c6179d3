/** Divolte's mincode: JSON in characters that survive URL encoding cheaply. Grammar: docs/wire.md. */

import { base36 } from "./ids.js";

type JsonObject = { [name: string]: Json };
type Json = string | number | boolean | null | Json[] | JsonObject;

const escape = (text: string) => text.replace(/[~!]/g, "~$&");

const number = (value: number, name: string) => {
  const integer = base36(value);
  const plain = value + "";
  const exponential = value.toExponential();
  const decimal = exponential.length < plain.length ? exponential : plain;
  return (value % 1 || integer.length > decimal.length ? "j" + name + decimal : "d" + name + integer) + "!";
};

/** A member's name stands right behind the type character of its value. */
const render = (value: Json, name = ""): string => {
  // Comparisons, because they are shorter than typeof.
  if (value === value + "") return "s" + name + escape(value as string) + "!";
  if (value === +value!) return number(value as number, name);
  if (Array.isArray(value)) return "a" + name + value.map((item) => render(item)).join("") + ".";
  if (!value || value === true) return (value + "")[0] + name; // t, f or n
  const members = Object.keys(value).map((key) => render((value as JsonObject)[key]!, escape(key) + "!"));
  return "(" + name + members.join("") + ")";
};

/** Any value that JSON can hold, as `JSON.stringify` sees it (dates, `toJSON`, NaN, undefined); undefined for nothing. */
export const mincode = (value: unknown): string | undefined => {
  const json = JSON.stringify(value);
  return json && render(JSON.parse(json) as Json);
};
