// A product page: choose a size, put it into the cart.
import { at, field, h, say } from "../dom";
import { drawHeader } from "../header";
import { signal } from "../signals";
import { load, money, product, update, type Item } from "../state";

const MOST_ITEMS = 20;

export function listenToProduct(): void {
  const form = at<HTMLFormElement>("buy");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const size = field(form, "size");
    if (!size) {
      say("buy-message", "Please choose a size.", true);
      form.querySelector("input")?.focus();
      return;
    }
    const { slug = "", model = "", cents = "0" } = form.dataset;
    add({ slug, model, size, cents: Number(cents) });
  });
}

function add(item: Item): void {
  const before = load().cart.length;
  if (before >= MOST_ITEMS) {
    say("buy-message", `The cart is full: ${MOST_ITEMS} items are the most.`, true);
    return;
  }
  update(({ cart }) => ({ cart: [...cart, item] }));
  drawHeader();
  void signal("ADD_TO_CART", { product: product(item), price: item.cents / 100 });
  at("buy-message").classList.remove("bad");
  at("buy-message").replaceChildren(
    h("span", {}, `${product(item)}, ${money(item.cents)}, is in your cart. `),
    h("a", { href: "/cart" }, "Go to the cart"),
  );
}
