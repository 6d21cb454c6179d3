// The cart.
import { at, h } from "../dom";
import { drawHeader } from "../header";
import { signal } from "../signals";
import { count, load, money, product, total, update, type Item } from "../state";

export function itemRow(item: Item, ...more: (Node | string)[]): HTMLElement {
  return h(
    "li",
    { class: "row" },
    h("img", { src: `/picture/${item.slug}.svg`, alt: "", width: "90", height: "114" }),
    h(
      "div",
      { class: "what" },
      h("a", { href: `/product/${item.slug}` }, item.model),
      h("span", { class: "quiet" }, `Size ${item.size}`),
      ...more,
    ),
    h("span", { class: "price" }, money(item.cents)),
  );
}

export function summary(items: Item[]): HTMLElement {
  const line = (name: string, value: string) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  return h(
    "dl",
    { class: "sum" },
    line(count(items), money(total(items))),
    line("Delivery", "free"),
    line("Total", money(total(items))),
  );
}

function remove(index: number): void {
  const item = load().cart[index];
  if (!item) return;
  update(({ cart }) => ({ cart: cart.filter((_, at) => at !== index) }));
  void signal("REMOVE_FROM_CART", { product: product(item), price: item.cents / 100 });
  drawHeader();
  drawCart();
  at("main").focus();
}

export function drawCart(): void {
  const { cart, current } = load();
  at("empty").hidden = cart.length > 0;
  at("full").hidden = cart.length === 0;
  at("items").replaceChildren(
    ...cart.map((item, index) =>
      itemRow(
        item,
        h(
          "button",
          { type: "button", class: "link", click: () => remove(index), "aria-label": `Remove ${product(item)}` },
          "Remove",
        ),
      ),
    ),
  );
  at("summary").replaceChildren(summary(cart));
  at("login-hint").hidden = current !== null;
}

export function cartParameters(): Record<string, unknown> {
  return { items: load().cart.length };
}
