/** Divolte's identifiers: `0:<base-36 ms>:<unique>`. */

export const base36 = (value: number): string => value.toString(36);

/** 32 unpredictable characters: digits and small letters, 165 bits. */
export const unique = (): string =>
  [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => base36(byte % 36)).join("");

/** What a collector accepts as a party or session id. */
export const isIdentifier = (text?: string): boolean => /^0:[\da-z]{1,12}:[^:]*$/i.test(text!);
