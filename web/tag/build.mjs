// Builds the tag. Script: one minified file that the collector completes with its configuration (README.md).
// Package: ES modules' bundle and types in dist/.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
export const PLACEHOLDER = '"@config@"';

// What only the collector sets has short names in the script (tag.json has them). The rest can be set by attributes.
const SETTINGS =
  "scriptName objectName eventSuffix batchSuffix partyCookie partyTimeout sessionCookie sessionTimeout cookieDomain " +
  "logging manualPageView eventTimeout imageOnly gpc dnt cookieless";

/** The text of the script, with the placeholder exactly once, and the short name of each setting. */
export async function script() {
  const bundle = await build({
    entryPoints: [join(here, "src/script.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2021",
    legalComments: "none",
    logOverride: { "commonjs-variable-in-esm": "silent" }, // a page may offer CommonJS
    logLevel: "warning",
  });
  const nameCache = {};
  const { code } = await minify(`(function (__CONFIG__) {${bundle.outputFiles[0].text}})(${PLACEHOLDER});`, {
    ecma: 2020,
    nameCache,
    compress: { passes: 4, unsafe_arrows: true, unsafe_methods: true, pure_getters: true },
    mangle: { properties: { regex: RegExp(`^(_[a-z].*|${SETTINGS.replaceAll(" ", "|")})$`) } },
  });
  if (code.split(PLACEHOLDER).length != 2) throw Error(`the script needs ${PLACEHOLDER} exactly once`);
  const names = Object.fromEntries(SETTINGS.split(" ").map((name) => [name, nameCache.props.props["$" + name]]));
  return { code: code.replace(/\bconst\b/g, "let") + "\n", names }; // one word less to compress
}
