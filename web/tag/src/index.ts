/** The npm package: the same tag for those who bundle their own scripts. */
import type { Config } from "./config.js";
import { startTag, type Tag } from "./tag.js";

export type { Config, Policy } from "./config.js";
export type { Purposes } from "./consent.js";
export type { Tag } from "./tag.js";

/**
 * Starts the tag of this page. One page has one tag: a second call would count page views twice.
 *
 * `collector` is the URL of the collector's browser source, for example `https://collect.example.com/`.
 */
export const start = (config: Config & { collector: string }): Tag =>
  startTag({ ...config, collector: config.collector.replace(/\/?$/, "/") });
