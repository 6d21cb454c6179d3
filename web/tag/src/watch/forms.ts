/** Submitted forms: which one, never what was typed. */
import { on } from "../dom.js";
import { emit } from "../pageview.js";

export const watchForms = (type: string): void =>
  on("submit", ({ target }) => {
    // Attributes, because a field named `id` hides the property.
    const attribute = (name: string) => (target as Element).getAttribute(name);
    emit(type, { id: attribute("id"), name: attribute("name"), action: attribute("action") });
  });
