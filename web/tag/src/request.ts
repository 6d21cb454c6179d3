/** An event as the query string that the collector takes. */
import { murmur3 } from "./checksum.js";
import { base36 } from "./ids.js";

/** Parameters in the given order, absent ones left out, and the checksum over all of them in the order of their names. */
export const query = (parameters: Record<string, string | null | undefined>): string => {
  const canonical: string[] = [];
  let text = "";
  Object.keys(parameters).forEach((name) => {
    // A lone surrogate has no place in a URL.
    const value = parameters[name]?.replace(/[\ud800-\udfff]/gu, "\ufffd");
    if (value) {
      canonical.push(name + "=" + value + ",;");
      text += name + "=" + encodeURIComponent(value) + "&";
    }
  });
  return text + "x=" + base36(murmur3(canonical.sort().join("")));
};
