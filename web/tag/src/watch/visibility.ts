/** Elements with `data-visible="name"` that came half into view: once a page view each. */
import { emit, starts } from "../pageview.js";

export const watchVisibility = (type: string): void => {
  let seen: Element[] = [];
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries)
        if (isIntersecting && !seen.includes(target)) {
          seen.push(target);
          emit(type, { element: (target as HTMLElement).dataset.visible });
        }
    },
    { threshold: 0.5 },
  );
  const scan = () => {
    document.querySelectorAll("[data-visible]").forEach((element) => observer.observe(element));
  };
  starts.push(() => {
    seen = [];
    observer.disconnect();
    scan();
  });
  new MutationObserver(scan).observe(document, { childList: true, subtree: true });
};
