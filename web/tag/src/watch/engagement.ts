/** Seconds in which the page was visible and its visitor active within the last ten; their sum is the page view's. */
import { on } from "../dom.js";
import { emit, ends, starts } from "../pageview.js";

const ACTIVE_MS = 1e4;

export const watchEngagement = (type: string): void => {
  let seconds = 0;
  let lastActivity: number;
  const active = () => {
    lastActivity = Date.now();
  };
  for (const activity of ["keydown", "pointermove", "scroll"]) on(activity, active);
  starts.push(active);
  ends.push(() => {
    if (seconds) emit(type, { seconds });
    seconds = 0;
  });
  setInterval(() => {
    if (!document.hidden && Date.now() - lastActivity < ACTIVE_MS) seconds++;
  }, 1e3);
};
