/** Listens on the window, before the page's own handlers can stop an event. */
export const on = <T extends Event>(type: string, listener: (event: T) => void): void =>
  addEventListener(type, listener as (event: Event) => void, true);
