/** Clicks on elements with `data-event`, on links to other sites, and on downloads. */
import { on } from "../dom.js";
import { emit } from "../pageview.js";

const FILES = /\.(csv|dmg|docx?|exe|gz|mp[34]|pdf|pptx?|xlsx?|zip)$/i;

const onClick = (selector: string, clicked: (element: HTMLAnchorElement) => void) =>
  on("click", ({ target }) => {
    const element = (target as Element).closest?.<HTMLAnchorElement>(selector);
    if (element) clicked(element);
  });

/** `data-event="type"` signals, and `data-event-product="x"` adds `{product: "x"}`. */
export const watchMarked = (): void =>
  onClick("[data-event]", ({ attributes, dataset }) => {
    const parameters: Record<string, string> = {};
    for (const { name, value } of attributes)
      if (name.startsWith("data-event-")) parameters[name.slice(11)] = value;
    emit(dataset.event!, parameters);
  });

/** A link that is not to a host (mailto:) has an empty one. */
export const watchOutbound = (type: string): void =>
  onClick("a[href]", ({ host, href: url }) => {
    if (host && host != location.host) emit(type, { url });
  });

export const watchDownloads = (type: string): void =>
  onClick("a[href]", (link) => {
    if (link.hasAttribute("download") || FILES.test(link.pathname)) emit(type, { url: link.href });
  });
