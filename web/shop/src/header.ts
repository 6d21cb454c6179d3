// The part of the header that depends on the visitor.
import { at } from "./dom";
import { count, customerOf, load } from "./state";

export function drawHeader(): void {
  const state = load();
  const customer = customerOf(state);
  const [number, unit] = count(state.cart).split(" ");
  at("cart-count").textContent = number ?? "";
  at("cart-unit").textContent = unit ?? "";
  at("cart-count").hidden = at("cart-unit").hidden = state.cart.length === 0;
  const account = at<HTMLAnchorElement>("account-link");
  account.href = customer ? "/account" : "/login";
  at("account-name").textContent = customer ? (customer.name.split(" ")[0] ?? customer.name) : "Log in";
}
