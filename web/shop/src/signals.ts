// What the shop tells the tag. docs/shop.md has the events and their parameters.
import { customerOf, load } from "./state";

interface Tag {
  signal(type: string, parameters?: unknown): string | null;
  whenCommitted(callback: () => void, timeoutMs?: number): void;
  consent(given: boolean): void;
}

declare global {
  interface Window {
    divolte?: Tag;
  }
}

/** How long a click may wait for its event to be on disk. */
const PATIENCE_MS = 1000;

/** The tag, or null when it could not be loaded: the shop works without it. */
const tag: Promise<Tag | null> = new Promise((resolve) => {
  const done = () => resolve(window.divolte ?? null);
  if (window.divolte || document.readyState == "complete") return done();
  document.querySelector("script[data-page-views]")?.addEventListener("load", done);
  addEventListener("load", done); // of everything: the tag has come by then, or will not come
});

const ready = tag.then((found) => {
  if (found && !load().tracking) found.consent(false);
  return found;
});

/** `Parameters` are those of the event; who is logged in is added. */
export async function signal(type: string, parameters: Record<string, unknown> = {}): Promise<void> {
  const customer = customerOf(load());
  (await ready)?.signal(type, customer ? { ...parameters, customer } : parameters);
}

/** Goes to another page once all events are safe. */
export async function leaveFor(address: string): Promise<void> {
  const found = await Promise.race([ready, new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null))]);
  const leave = () => location.assign(address);
  if (found) found.whenCommitted(leave, PATIENCE_MS);
  else leave();
}

export async function consent(given: boolean): Promise<void> {
  (await ready)?.consent(given);
}
