// The session of the person who looks. The tag keeps it in a cookie, and a cookie belongs to a host whatever the port.

const COOKIE = /(?:^|;\s*)_dvs=([^;]+)/;

export function ownSession(): string | null {
  const found = COOKIE.exec(document.cookie)?.[1];
  return found === undefined ? null : decodeURIComponent(found);
}
