// The facts of a page: opened as an event stream, whole at first, then with the entries that are new.

import { useEffect, useState } from "preact/hooks";
import type { Entry, Head } from "./types";

export type Facts<T> =
  | { kind: "loading" }
  | { kind: "failed"; problem: string }
  | { kind: "there"; facts: T; stale: boolean };

const MOST_ENTRIES = 400;
const AGAIN_MS = 1500;

/** Whether the facts of a page may be drawn anew while a person reads it. */
export interface Hold {
  paused: boolean;
}

export function useFacts<T extends Head>(page: string, hold: Hold): Facts<T> {
  const [state, setState] = useState<Facts<T>>({ kind: "loading" });
  useEffect(() => {
    setState({ kind: "loading" });
    return follow<T>(page, hold, setState);
  }, [page]);
  return state;
}

function follow<T extends Head>(page: string, hold: Hold, tell: (state: Facts<T>) => void): () => void {
  let source: EventSource | null = null;
  let again: number | undefined;
  let facts: T | null = null;
  let ended = false;

  const open = (): void => {
    source = new EventSource(`${page}.events`);
    source.onmessage = (message: MessageEvent<string>) => {
      const news = JSON.parse(message.data) as T;
      facts = facts === null || news.whole ? news : merged(facts, news);
      if (!hold.paused) tell({ kind: "there", facts, stale: false });
    };
    source.onerror = () => {
      if (facts !== null) tell({ kind: "there", facts, stale: true });
      if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      void reason(page).then((problem) => {
        if (ended) return;
        if (facts === null) tell({ kind: "failed", problem });
        again = window.setTimeout(open, AGAIN_MS);
      });
    };
  };
  const close = (): void => {
    source?.close();
    source = null;
    window.clearTimeout(again);
  };
  // Browsers open six connections to a server at most: a page that nobody sees gives its one back.
  const onVisibility = (): void => {
    close();
    if (document.visibilityState === "visible") open();
  };

  open();
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    ended = true;
    close();
    document.removeEventListener("visibilitychange", onVisibility);
  };
}

async function reason(page: string): Promise<string> {
  try {
    const answer = await fetch(`${page}.json`);
    const body = (await answer.json()) as { error?: string };
    return body.error ?? `the server answered ${answer.status}`;
  } catch {
    return "the server does not answer; is riverrun running?";
  }
}

type WithEntries = Head & { entries?: Entry[] };

/** The newer facts, with the entries of the older ones behind the new ones; a changed entry takes its old place. */
export function merged<T extends WithEntries>(older: T, newer: T): T {
  if (newer.entries === undefined || older.entries === undefined) return newer;
  const changed = new Map(newer.entries.map((entry) => [entry.id, entry]));
  const kept = older.entries.map((entry) => {
    const change = changed.get(entry.id);
    if (change !== undefined) changed.delete(entry.id);
    return change ?? entry;
  });
  const entries = [...changed.values(), ...kept].sort((a, b) => b.timestamp - a.timestamp || b.offset - a.offset);
  return { ...newer, entries: entries.slice(0, MOST_ENTRIES) };
}
