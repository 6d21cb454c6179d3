// The shop's pages come from the server; this fills in what depends on the visitor and signals what happens.
import "../style.css";
import { drawHeader } from "./header";
import { accountDetour, drawAccount, drawPrivacy, listenToAccount, listenToPrivacy } from "./pages/account";
import { cartParameters, drawCart } from "./pages/cart";
import {
  checkoutDetour,
  completeEvent,
  drawCheckout,
  drawConfirmation,
  listenToCheckout,
  orderParameters,
} from "./pages/checkout";
import { listenToLogin } from "./pages/login";
import { listenToProduct } from "./pages/product";
import { signal } from "./signals";

interface Behaviour {
  /** Listens to what is there from the beginning: once. */
  listen?: () => void;
  /** Fills in what depends on the visitor: each time that the page is shown. */
  draw?: () => void;
  /** Another address, for visitors who cannot be here. */
  detour?: () => string | null;
  /** Parameters of the page's event, beside those that the server gave. */
  parameters?: () => Record<string, unknown>;
  event?: () => [string, Record<string, unknown>];
}

const PAGES: Record<string, Behaviour> = {
  product: { listen: listenToProduct },
  cart: { draw: drawCart, parameters: cartParameters },
  login: { listen: listenToLogin },
  checkout: { listen: listenToCheckout, draw: drawCheckout, detour: checkoutDetour, parameters: orderParameters },
  complete: { draw: drawConfirmation, event: completeEvent },
  account: { listen: listenToAccount, draw: drawAccount, detour: accountDetour },
  privacy: { listen: listenToPrivacy, draw: drawPrivacy },
};

const { page = "", signal: type = "PAGE_VIEW", parameters = "{}" } = document.body.dataset;
const behaviour = PAGES[page] ?? {};

function show(): boolean {
  const detour = behaviour.detour?.();
  if (detour) {
    location.replace(detour);
    return false;
  }
  const own = { ...(JSON.parse(parameters) as Record<string, unknown>), ...behaviour.parameters?.() };
  void signal(...(behaviour.event?.() ?? ([type, own] as const)));
  drawHeader();
  behaviour.draw?.();
  return true;
}

if (show()) {
  behaviour.listen?.();
  // Until now a form would have been sent by the browser: with a password in the address.
  for (const button of document.querySelectorAll<HTMLButtonElement>("main button:disabled")) button.disabled = false;
  for (const select of document.querySelectorAll<HTMLSelectElement>("select[data-submit]"))
    select.addEventListener("change", () => select.form?.submit());
}
// Out of the back/forward cache: another page view, and what it shows may be old.
addEventListener("pageshow", ({ persisted }) => persisted && show());
