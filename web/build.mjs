// Bundles the tag and the UI into the folder given: node build.mjs ../src/riverrun/web
import { build } from "esbuild";
import { argv } from "node:process";

const out = argv[2] ?? "../src/riverrun/web";

await build({
  entryPoints: { tag: "tag/src/index.ts", ui: "ui/src/index.ts" },
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  outdir: out,
  logLevel: "warning",
});
