/** How far down a page view was scrolled: an event each at 25, 50, 75 and 100 percent. */
import { on } from "../dom.js";
import { emit, starts } from "../pageview.js";

export const watchScroll = (type: string): void => {
  let next: number;
  starts.push(() => {
    next = 25;
  });
  on("scroll", () => {
    // A pixel of grace: positions are fractions where the page is zoomed.
    const seen = ((scrollY + innerHeight + 1) / document.documentElement.scrollHeight) * 100;
    for (; next <= 100 && next <= seen; next += 25) emit(type, { percent: next });
  });
};
