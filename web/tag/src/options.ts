/** The configuration of this page's tag. A page has one tag, so the modules keep their state at module level. */
import type { Config } from "./config.js";

export let options: Config;

export const configure = (config: Config): Config => (options = config);
