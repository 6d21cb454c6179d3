/** The entry of the script that a page loads from its collector. */
import type { Config } from "./config.js";
import { startTag, type Tag } from "./tag.js";

/** The collector puts its configuration here; see README.md. */
declare const __CONFIG__: Config;
declare const module: { exports?: unknown };

// A module, or code that was bundled or evaluated, has no script of its own: look for one of our name.
const script = (document.currentScript ||
  document.querySelector(`script[src*="${__CONFIG__.scriptName}"]`)) as HTMLScriptElement;
/** The page has the last word: `data-track`, `data-consent` ... */
const config: Config = { ...__CONFIG__, ...script.dataset };
const globalName = config.globalName || "divolte";
const scope = self as unknown as Record<string, unknown> & { define?: ((make: () => Tag) => void) & { amd?: object } };

if (typeof scope[globalName] == "object") {
  if (config.logging) console.warn(globalName, "loaded twice");
} else {
  config.pageViewId = script.src.split("#")[1];
  config.collector ||= new URL(".", script.src).href;
  const tag = startTag(config);
  if (scope.define?.amd) scope.define(() => tag);
  else if (typeof module == "object" && module.exports) module.exports = tag;
  else scope[globalName] = tag;
}
