// Addresses: every view has one, and moving between them loads nothing but facts.

import { useEffect, useState } from "preact/hooks";

export function goTo(path: string): void {
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The path shown now. Clicks on links of this site move without a reload. */
export function usePath(): string {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const onMove = (): void => setPath(location.pathname);
    const onClick = (event: MouseEvent): void => {
      const link = (event.target as Element | null)?.closest("a");
      const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
      if (!link || !plain || link.target !== "" || link.origin !== location.origin || link.hash !== "") return;
      if (/\.(json|events)$/.test(link.pathname)) return;
      event.preventDefault();
      if (link.pathname !== location.pathname) goTo(link.pathname);
    };
    addEventListener("popstate", onMove);
    document.addEventListener("click", onClick);
    return () => {
      removeEventListener("popstate", onMove);
      document.removeEventListener("click", onClick);
    };
  }, []);
  return path;
}
