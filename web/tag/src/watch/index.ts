/** Events without code: each watcher is off unless the configuration asks for it. */
import { options } from "../options.js";

import { watchClicks } from "./clicks.js";
import { watchEngagement } from "./engagement.js";
import { watchForms } from "./forms.js";
import { watchScroll } from "./scroll.js";
import { watchVisibility } from "./visibility.js";
import { watchVitals } from "./vitals.js";

export const watch = (): void => {
  watchClicks();
  if (options.forms) watchForms();
  if (options.scrollDepth) watchScroll();
  if (options.engagedTime) watchEngagement();
  if (options.visibility) watchVisibility();
  if (options.webVitals) watchVitals();
};
