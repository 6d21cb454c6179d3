// Builds the tag: the script that a collector completes with its configuration (README.md), and, when run by itself
// (`npm run build`), the npm package in dist/.
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
export const PLACEHOLDER = '"@config@"';

// What only the collector sets has short names in the script (tag.json has them). The rest can be set by attributes.
const SETTINGS =
  "scriptName globalName eventSuffix partyCookie partyTimeout sessionCookie sessionTimeout cookieDomain " +
  "logging eventTimeout imageOnly gpc dnt cookieless";

/** The text of the script and a readable one, each with the placeholder exactly once, and the short name (in the first)
 * of each setting. */
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
  const readable = `(function (__CONFIG__) {\n${bundle.outputFiles[0].text}})(${PLACEHOLDER});\n`;
  const text = bundle.outputFiles[0].text.replace(/\bconst\b/g, "let"); // one word less to compress
  const nameCache = {};
  const { code } = await minify(`(function (__CONFIG__) {${text}})(${PLACEHOLDER});`, {
    ecma: 2021,
    nameCache,
    compress: { passes: 4, unsafe_arrows: true, unsafe_methods: true, pure_getters: true },
    mangle: { properties: { regex: RegExp(`^(_[a-z].*|${SETTINGS.replaceAll(" ", "|")})$`) } },
  });
  for (const one of [code, readable])
    if (one.split(PLACEHOLDER).length != 2) throw Error(`the script needs ${PLACEHOLDER} exactly once`);
  const names = Object.fromEntries(SETTINGS.split(" ").map((name) => [name, nameCache.props.props["$" + name]]));
  return { code: code + "\n", readable, names };
}

/** tag.js, tag.json with its short names, and tag.debug.js, which has the long ones, for the collector that serves them. */
export async function buildScript(out) {
  const { code, readable, names } = await script();
  await mkdir(out, { recursive: true });
  await writeFile(join(out, "tag.js"), code);
  await writeFile(join(out, "tag.debug.js"), readable);
  await writeFile(join(out, "tag.json"), JSON.stringify(names) + "\n");
}

async function buildPackage() {
  const dist = join(here, "dist");
  await buildScript(dist);
  await build({
    entryPoints: [join(here, "src/index.ts")],
    bundle: true,
    format: "esm",
    target: "es2021",
    outfile: join(dist, "index.js"),
    logLevel: "warning",
  });
  const tsc = join(here, "../node_modules/.bin/tsc");
  execFileSync(tsc, ["-p", here, "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", dist]);
}

if (argv[1] && resolve(argv[1]) == fileURLToPath(import.meta.url)) await buildPackage();
