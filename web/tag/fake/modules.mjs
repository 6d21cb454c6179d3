// The sources as modules, for tests of a part by itself.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Each call gives a fresh copy: the parts keep their state at module level. */
export async function load(path) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../src/" + path, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2021",
    logLevel: "silent",
  });
  return import("data:text/javascript;base64," + Buffer.from(outputFiles[0].contents).toString("base64"));
}
