/** Cookies that hold an identifier. */
import { isIdentifier } from "./ids.js";
import { options } from "./options.js";

/** The identifier in the cookie; what is not one counts as absent, so that a garbled cookie heals. */
export const readCookie = (name: string): string | undefined =>
  document.cookie
    .split("; ")
    .map((cookie) => cookie.split("="))
    .find(([key, value]) => key == name && isIdentifier(value))?.[1];

/** `seconds` of 0 take the cookie away. */
export const writeCookie = (name: string, value: string, seconds: number): void => {
  document.cookie =
    `${name}=${value}; path=/; max-age=${seconds}; SameSite=Lax` +
    (options.cookieDomain ? "; domain=" + options.cookieDomain : "") +
    (location.protocol == "https:" ? "; Secure" : "");
};
