/** The entry of the script that a page loads from its collector. */
import type { Config } from "./config.js";
import { startTag, type Tag } from "./tag.js";

/** The collector puts its configuration here; see README.md. */
declare const __CONFIG__: Config;
declare const module: { exports?: unknown };

/** `data-forms` is true, `data-logging="false"` is false, other values are what they say. */
const fromAttributes = (dataset: DOMStringMap): Config => {
  const config: Record<string, string | boolean | undefined> = {};
  for (const key in dataset) config[key] = dataset[key] != "false" && (dataset[key] || true);
  return config;
};

// A module, or code that was bundled or evaluated, has no script of its own: look for one of our name.
const script = (document.currentScript ||
  document.querySelector(`script[src*="${__CONFIG__.scriptName}"]`)) as HTMLScriptElement;
const config: Config = { ...__CONFIG__, ...fromAttributes(script.dataset) };
const objectName = config.objectName || "divolte";
const scope = self as unknown as Record<string, unknown> & { define?: ((make: () => Tag) => void) & { amd?: object } };

if (typeof scope[objectName] == "object") {
  if (config.logging) console.warn(objectName, "loaded twice");
} else {
  const [url, fragment] = script.src.split("#");
  config.pageViewId = fragment;
  config.collector ||= url!.split("?")[0]!.replace(/[^/]*$/, "");
  const tag = startTag(config);
  if (scope.define?.amd) scope.define(() => tag);
  else if (typeof module == "object" && module.exports) module.exports = tag;
  else scope[objectName] = tag;
}
