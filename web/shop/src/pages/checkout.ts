// Delivery and payment, and the confirmation.
import { at, h } from "../dom";
import { leaveFor } from "../signals";
import { customerOf, load, money, total, update, type Order } from "../state";
import { itemRow, summary } from "./cart";

/** Where to go instead: only customers with something in the cart can check out. */
export function checkoutDetour(): string | null {
  const state = load();
  if (state.cart.length === 0) return "/cart";
  return customerOf(state) ? null : "/login?next=/checkout";
}

export function orderParameters(): Record<string, unknown> {
  const { cart } = load();
  return { items: cart.length, total: total(cart) / 100 };
}

export function drawCheckout(): void {
  const state = load();
  const name = at<HTMLFormElement>("checkout").elements.namedItem("name") as HTMLInputElement;
  name.value ||= customerOf(state)?.name ?? "";
  at("items").replaceChildren(...state.cart.map((item) => itemRow(item)));
  at("summary").replaceChildren(summary(state.cart));
}

export function listenToCheckout(): void {
  at("checkout").addEventListener("submit", (event) => {
    event.preventDefault();
    const { cart } = load();
    const digits = 100_000 + Math.floor(Math.random() * 900_000);
    const order: Order = {
      number: `LH-${digits}`,
      items: cart,
      cents: total(cart),
      placed: new Date().toISOString(),
      announced: false,
    };
    update(({ orders }) => ({ orders: [order, ...orders].slice(0, 20), cart: [] }));
    void leaveFor("/checkout/complete");
  });
}

/** The event of the confirmation page: the purchase, the first time; afterwards an ordinary page view. */
export function completeEvent(): [string, Record<string, unknown>] {
  const order = load().orders[0];
  if (!order || order.announced) return ["PAGE_VIEW", {}];
  update(({ orders }) => ({ orders: orders.map((one) => ({ ...one, announced: true })) }));
  return ["CHECKOUT_COMPLETE", { order: order.number, items: order.items.length, total: order.cents / 100 }];
}

export function drawConfirmation(): void {
  const state = load();
  const order = state.orders[0];
  at("none").hidden = order !== undefined;
  at("done").hidden = order === undefined;
  if (!order) return;
  const first = customerOf(state)?.name.split(" ")[0];
  at("thanks").textContent = first ? `Thank you, ${first}.` : "Thank you.";
  at("number").textContent = order.number;
  at("items").replaceChildren(...order.items.map((item) => itemRow(item)));
  at("summary").replaceChildren(h("dl", { class: "sum" }, h("div", {}, h("dt", {}, "Paid"), h("dd", {}, money(order.cents)))));
}
