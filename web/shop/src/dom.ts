// Elements from data. Text is text: nothing that a visitor typed becomes markup.

type Child = Node | string;
type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

/** `h("a", {href: "/"}, "home")`; an attribute that is a function listens to the event of its name. */
export function h(name: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (typeof value === "boolean") element.toggleAttribute(key, value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** The element with this id, which the server's page has. */
export function at<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw Error(`the page has no #${id}`);
  return found as T;
}

export function field(form: HTMLFormElement, name: string): string {
  return String(new FormData(form).get(name) ?? "").trim();
}

/** Says something beside what was done, to everybody. */
export function say(id: string, text: string, bad = false): void {
  const place = at(id);
  place.textContent = text;
  place.classList.toggle("bad", bad);
}
