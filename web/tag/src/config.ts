/** What a tag can be told: by the collector that serves it, by `data-` attributes of its `<script>`, or by code. */

export interface Config {
  /** URL of the collector, up to and including the last slash. The script takes it from where it came from. */
  collector?: string;
  /** Page view id made by the server. The script takes it from its URL: `divolte.js#<id>`. */
  pageViewId?: string;
  /** File name of the script; it finds its own element by it where the browser does not say. */
  scriptName?: string;
  /** Name of the object on `window`. */
  globalName?: string;
  /** Path of the events below `collector`. */
  eventSuffix?: string;
  /** Cookies and how long they live, in seconds. */
  partyCookie?: string;
  partyTimeout?: number;
  sessionCookie?: string;
  sessionTimeout?: number;
  cookieDomain?: string;
  /** Warnings on the console. */
  logging?: boolean;
  /** `manual`: the tag signals no `pageView` when a page view starts; the page does. */
  pageViews?: "manual";
  /** Milliseconds to wait for an answer before the next request leaves. */
  eventTimeout?: number;
  /** Only image requests, one event each, as Divolte's own tag makes them. */
  imageOnly?: boolean;
  /** `include`: send cookies to a collector of another origin too. */
  credentials?: "include";
  /** What is sent and kept before the page has called `consent`. */
  consent?: "none" | "cookieless" | "queue" | "gate";
  /** What to do when the browser says that its user does not want to be tracked. */
  gpc?: Policy;
  dnt?: Policy;
  /** Keep nothing on the device, ever. */
  cookieless?: boolean;
  /** What to watch without code: words with a blank between them, see watch/index.ts. */
  track?: string;
}

export type Policy = "ignore" | "cookieless" | "gate";
