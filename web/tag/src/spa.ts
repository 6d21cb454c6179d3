/** Page views of single-page apps: a new one when the address has changed and has come to rest. */
import { on } from "./dom.js";
import { turn } from "./pageview.js";

const REST_MS = 250;

/** Does not wait for the rest. */
export let settleAddress: (() => void) | undefined;

/** A fragment is part of the address when it looks like a route (`#/` or `#!`). */
const address = () => location.href.split(/#(?![/!])/)[0];

export const watchAddress = (): void => {
  let here = address();
  let timer: ReturnType<typeof setTimeout>;

  const look = (settleAddress = () => {
    if (here != (here = address())) turn();
  });
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(look, REST_MS);
  };

  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = (...state) => {
      original.apply(history, state);
      changed();
    };
  }
  on("popstate", changed);
};
