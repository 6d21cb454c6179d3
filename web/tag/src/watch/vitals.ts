/** Web vitals of the page load, in ms (CLS has no unit), when the page is first hidden. */
import { emit, ends } from "../pageview.js";

type Entry = PerformanceEntry & {
  responseStart: number;
  value: number;
  hadRecentInput: boolean;
  interactionId: number;
};

const observe = (type: string, take: (entry: Entry) => void) =>
  new PerformanceObserver((list) => (list.getEntries() as Entry[]).forEach(take)).observe({
    type,
    buffered: true,
    durationThreshold: 16,
  } as PerformanceObserverInit);

export const watchVitals = (type: string): void => {
  const vitals = { cls: 0 } as Record<"ttfb" | "fcp" | "lcp" | "cls" | "inp", number>;
  let sent = false;
  // Layout shifts count in windows: at most a second apart and five seconds long. The worst window is the score.
  let window = 0;
  let first = 0;
  let last = 0;

  observe("navigation", (entry) => (vitals.ttfb = entry.responseStart));
  observe("paint", (entry) => entry.name[6] == "c" && (vitals.fcp = entry.startTime)); // first-contentful-paint
  observe("largest-contentful-paint", (entry) => (vitals.lcp = entry.startTime));
  observe("layout-shift", (entry) => {
    if (entry.hadRecentInput) return;
    if (entry.startTime - last > 1e3 || entry.startTime - first > 5e3) {
      window = 0;
      first = entry.startTime;
    }
    last = entry.startTime;
    vitals.cls = Math.max(vitals.cls, (window += entry.value));
  });
  observe("event", (entry) => entry.interactionId && (vitals.inp = Math.max(vitals.inp || 0, entry.duration)));

  ends.push(() => {
    if (!sent) emit(type, vitals);
    sent = true;
  });
};
