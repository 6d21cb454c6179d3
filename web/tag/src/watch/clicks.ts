/** Clicks on elements with `data-event`, on links to other sites, and on downloads. */
import { on } from "../dom.js";
import { options } from "../options.js";
import { emit } from "../pageview.js";

const FILES = /\.(csv|dmg|docx?|exe|gz|mp[34]|pdf|pptx?|xlsx?|zip)$/i;

/** `data-event-product="x"` -> `{product: "x"}` */
const eventParameters = (element: Element) => {
  const parameters: Record<string, string> = {};
  for (const { name, value } of element.attributes)
    if (name.startsWith("data-event-")) parameters[name.slice(11)] = value;
  return parameters;
};

export const watchClicks = (): void =>
  on("click", ({ target }) => {
    const closest = (selector: string) => (target as Element).closest<HTMLAnchorElement>(selector);
    const marked = options.eventAttributes && closest("[data-event]");
    if (marked) emit(marked.dataset.event!, eventParameters(marked));
    const link = closest("a[href]");
    if (!link) return;
    const { href: url, host } = link; // empty when it is not to a host (mailto:)
    if (options.downloads && (link.hasAttribute("download") || FILES.test(link.pathname))) emit("download", { url });
    else if (options.outboundLinks && host && host != location.host) emit("outboundLink", { url });
  });
