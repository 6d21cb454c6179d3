// The part of the header that depends on the visitor.
import { at } from "./dom";
import { customerOf, load } from "./state";

export function drawHeader(): void {
  const state = load();
  const customer = customerOf(state);
  const cart = at("cart-count");
  cart.textContent = String(state.cart.length);
  cart.hidden = state.cart.length === 0;
  at("cart-link").setAttribute("aria-label", `Cart, ${state.cart.length} items`);
  const account = at<HTMLAnchorElement>("account-link");
  account.href = customer ? "/account" : "/login";
  at("account-name").textContent = customer ? (customer.name.split(" ")[0] ?? customer.name) : "Log in";
}
