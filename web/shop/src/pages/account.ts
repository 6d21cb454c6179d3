// Who is logged in, her orders, the way out; and the choice whether the tag may follow.
import { at, h } from "../dom";
import { consent } from "../signals";
import { count, customerOf, load, money, update } from "../state";

export function accountDetour(): string | null {
  return customerOf(load()) ? null : "/login";
}

export function drawAccount(): void {
  const state = load();
  const customer = customerOf(state);
  at("name").textContent = customer?.name ?? "";
  at("email").textContent = customer?.emails.join(", ") ?? "";
  at("no-orders").hidden = state.orders.length > 0;
  at("orders").replaceChildren(
    ...state.orders.map((order) =>
      h(
        "li",
        { class: "order" },
        h("strong", {}, order.number),
        h("span", { class: "quiet" }, new Date(order.placed).toLocaleDateString("en", { dateStyle: "medium" })),
        h("span", {}, count(order.items)),
        h("span", { class: "price" }, money(order.cents)),
      ),
    ),
  );
}

export function listenToAccount(): void {
  at("logout").addEventListener("click", () => {
    update(() => ({ current: null }));
    location.assign("/");
  });
}

export function drawPrivacy(): void {
  at<HTMLInputElement>("tracking").checked = load().tracking;
}

export function listenToPrivacy(): void {
  const box = at<HTMLInputElement>("tracking");
  box.addEventListener("change", () => {
    update(() => ({ tracking: box.checked }));
    void consent(box.checked);
  });
}
