/** Events without code: each watcher is off unless the configuration asks for it. */
import { options } from "../options.js";
import { watchAddress } from "../spa.js";
import { watchDownloads, watchMarked, watchOutbound } from "./clicks.js";
import { watchEngagement } from "./engagement.js";
import { watchForms } from "./forms.js";
import { watchScroll } from "./scroll.js";
import { watchVisibility } from "./visibility.js";
import { watchVitals } from "./vitals.js";

/** By the words of `track`, which are the types of their events. */
const WATCHERS: Record<string, (type: string) => void> = {
  singlePage: watchAddress,
  eventAttributes: watchMarked,
  outboundLink: watchOutbound,
  download: watchDownloads,
  formSubmit: watchForms,
  scrollDepth: watchScroll,
  engagedTime: watchEngagement,
  elementVisible: watchVisibility,
  webVitals: watchVitals,
};

export const watch = (): void => (options.track || "").split(" ").forEach((word) => WATCHERS[word]?.(word));
