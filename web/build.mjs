// Bundles the tag and the UI into the folder given: node build.mjs ../src/riverrun/web
import { build } from "esbuild";
import { copyFile, mkdir } from "node:fs/promises";
import { argv } from "node:process";
import { buildScript } from "./tag/build.mjs";

const out = argv[2] ?? "../src/riverrun/web";

await build({
  entryPoints: { ui: "ui/src/index.tsx", shop: "shop/src/index.ts" },
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  jsx: "automatic",
  jsxImportSource: "preact",
  outdir: out,
  logLevel: "warning",
});

await buildScript(out);
await mkdir(out, { recursive: true });
await copyFile("ui/index.html", `${out}/ui.html`);
await copyFile("ui/icon.svg", `${out}/icon.svg`);
await copyFile("shop/icon.svg", `${out}/shop-icon.svg`);
