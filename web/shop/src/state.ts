// What the shop remembers, all of it in this browser: the cart, who is logged in, who registered, and orders.

export interface Item {
  slug: string;
  model: string;
  size: string;
  cents: number;
}

export interface Customer {
  id: string;
  name: string;
  emails: string[];
}

export interface Order {
  number: string;
  items: Item[];
  cents: number;
  placed: string;
  /** Its CHECKOUT_COMPLETE was signalled. */
  announced: boolean;
}

export interface State {
  cart: Item[];
  /** Id of the customer who is logged in. */
  current: string | null;
  customers: Customer[];
  orders: Order[];
  tracking: boolean;
}

const KEY = "loosehanger";
const EMPTY: State = { cart: [], current: null, customers: [], orders: [], tracking: true };

export function load(): State {
  try {
    return { ...EMPTY, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<State>) };
  } catch {
    return { ...EMPTY }; // garbled, or no storage: an empty cart
  }
}

/** Changes the state and keeps it. */
export function update(change: (state: State) => Partial<State>): State {
  const before = load();
  const after = { ...before, ...change(before) };
  localStorage.setItem(KEY, JSON.stringify(after));
  return after;
}

export function customerOf(state: State): Customer | null {
  return state.customers.find(({ id }) => id === state.current) ?? null;
}

/** What is on the label: `M Navy Slim Jeans`. */
export function product(item: Item): string {
  return `${item.size} ${item.model}`;
}

export function total(items: Item[]): number {
  return items.reduce((sum, item) => sum + item.cents, 0);
}

export function money(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`;
}

export function count(items: Item[]): string {
  return items.length === 1 ? "1 item" : `${items.length} items`;
}
