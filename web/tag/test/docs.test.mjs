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

test("every attribute, of the script and of the page's elements", () => {
  // What only the collector or code says has a short name in the script: attributes cannot set it.
  const build = read("../build.mjs");
  const short = build.split("const SETTINGS =")[1].split(";")[0];
  const ofScript = members(read("../src/config.ts"), "Config")
    .filter((name) => !short.split(/\W+/).includes(name) && name != "pageViewId")
    .map((name) => "data-" + name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase()));
  assert.deepEqual(ofScript.sort(), ["data-collector", "data-consent", "data-credentials", "data-page-views", "data-track"]);
  const ofElements = ["clicks", "visibility"].flatMap((file) => [
    ...read(`../src/watch/${file}.ts`).matchAll(/"\[?(data-[a-z-]+)/g),
  ]).map((match) => match[1]);
  assert.ok(ofElements.length > 2);
  for (const attribute of [...ofScript, ...ofElements])
    assert.ok(docs.includes("`" + attribute), `docs/tag.md lacks ${attribute}`);
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
