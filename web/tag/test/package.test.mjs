// The npm package: what is in it, its types, and that it is the same tag.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
const tsc = join(here, "../node_modules/.bin/tsc");
const npm = (...args) => execFileSync("npm", args, { cwd: here, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "tag-"));
  const [{ filename }] = JSON.parse(npm("pack", "--json", "--ignore-scripts=false", "--pack-destination", folder));
  const target = join(folder, "node_modules/@riverrun/tag");
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, filename), "-C", target, "--strip-components=1"]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("it has the module, its types and the script, and no dependency", () => {
  const manifest = JSON.parse(readFileSync(join(folder, "node_modules/@riverrun/tag/package.json"), "utf8"));
  assert.equal(manifest.dependencies, undefined);
  for (const file of [manifest.exports["."].types, manifest.exports["."].default, manifest.exports["./tag.js"]])
    assert.ok(readFileSync(join(folder, "node_modules/@riverrun/tag", file), "utf8").length > 100, file);
});

const consumer = (body) => `import { start, type Tag } from "@riverrun/tag";\n${body}\n`;
const compiles = (body) => {
  writeFileSync(join(folder, "consumer.ts"), consumer(body));
  const options = ["--noEmit", "--strict", "--target", "es2021", "--module", "nodenext", "consumer.ts"];
  try {
    execFileSync(tsc, options, { cwd: folder, encoding: "utf8" });
    return "";
  } catch ({ stdout }) {
    return stdout;
  }
};

test("TypeScript knows it", () => {
  assert.equal(
    compiles(`const tag: Tag = start({ collector: "https://c.example", track: "singlePage", gpc: "gate" });
      const id: string | null = tag.signal("x", { a: [1, null] });
      tag.whenCommitted(() => console.log(id), 10);
      tag.consent(true, { analytics: true });`),
    "",
  );
  assert.match(compiles(`start({});`), /collector/);
  assert.match(compiles(`start({ collector: "x", consent: "maybe" });`), /maybe/);
});

test("importing it does nothing by itself, and needs no browser", async () => {
  const module = await import(pathToFileURL(join(folder, "node_modules/@riverrun/tag/dist/index.js")).href);
  assert.deepEqual(Object.keys(module), ["start"]);
});
