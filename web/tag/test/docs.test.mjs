// What is public is documented: settings, words, members.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const docs = read("../../../docs/tag.md");
const readme = read("../README.md");
const members = (text, name) =>
  [...text.split(`export interface ${name} {`)[1].split("\n}")[0].matchAll(/^ {2}(\w+)[?(:]/gm)].map((match) => match[1]);
const words = [...read("../src/watch/index.ts").split("= {")[1].split("};")[0].matchAll(/^ {2}(\w+):/gm)].map((match) => match[1]);

test("every setting", () => {
  const settings = members(read("../src/config.ts"), "Config");
  assert.ok(settings.length > 15);
  for (const setting of settings) assert.ok(docs.includes("`" + setting + "`"), `docs/tag.md lacks ${setting}`);
  for (const setting of settings.filter((name) => name != "pageViewId"))
    assert.ok(readme.includes("`" + setting + "`"), `README.md lacks ${setting}`);
});

test("every word of track", () => {
  assert.ok(words.length > 8);
  for (const word of words) assert.match(docs, new RegExp(`^\\| \`${word}\` \\|`, "m"));
});

test("every member of the object", () => {
  const names = members(read("../src/tag.ts"), "Tag");
  assert.ok(names.length > 8);
  for (const name of names) assert.match(docs.split("## The API")[1].split("\n## ")[0], new RegExp("`" + name + "[`(]"));
});
