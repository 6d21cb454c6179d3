// What several pages share: links, states, tables, values.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { count, decimal, fullTime, instant, short, time, words } from "./format";
import type { Facts } from "./facts";
import type { Column, Entry, Head, Json, Query, Row } from "./types";

/** A page in its three states: loading, failed, there (perhaps stale). */
export function Shown<T extends Head>({ of, children }: { of: Facts<T>; children: (facts: T) => ComponentChildren }) {
  if (of.kind === "loading") return <Loading />;
  if (of.kind === "failed") {
    return (
      <div class="state failed" role="alert">
        <b>This page cannot be shown.</b>
        <p>{of.problem}</p>
        <p>It is tried again by itself.</p>
      </div>
    );
  }
  return (
    <>
      {of.stale && (
        <p class="stale" role="status">
          The connection is lost: this is what was known at {time(of.facts.now)} UTC. It is tried again by itself.
        </p>
      )}
      {children(of.facts)}
    </>
  );
}

function Loading() {
  return (
    <div class="state loading" role="status">
      <span class="bar" />
      <span class="bar" />
      <span class="bar" />
      <span class="sr">Loading</span>
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="state empty">{children}</div>;
}

export function Link({ to, children, ...rest }: { to: string; children: ComponentChildren } & JSX.AnchorHTMLAttributes) {
  return (
    <a href={to} {...rest}>
      {children}
    </a>
  );
}

export function sessionPath(session: string): string {
  return `/sessions/${encodeURIComponent(session)}`;
}

export function SessionLink({ session }: { session: string }) {
  return (
    <a class="mono" href={sessionPath(session)} title={session}>
      {short(session)}
    </a>
  );
}

/** A region that scrolls sideways by itself, by keyboard too. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

export function Badge({ kind, children, title }: { kind: string; children: ComponentChildren; title?: string }) {
  return (
    <span class={`badge ${kind}`} {...(title === undefined ? {} : { title })}>
      {children}
    </span>
  );
}

export function OutcomeBadge({ entry }: { entry: Entry }) {
  const outcome = entry.outcome;
  if (outcome === null) return <Badge kind="open">open</Badge>;
  if (outcome.state === "mapped") return <Badge kind="mapped">accepted</Badge>;
  return (
    <Badge kind="rejected" title={outcome.message ?? ""}>
      rejected{outcome.reason ? `: ${outcome.reason}` : ""}
    </Badge>
  );
}

export function Value({ value, column }: { value: Json | undefined; column: Column }) {
  if (value === null || value === undefined) return <span class="null">NULL</span>;
  const at = ["time", "time-micros", "date"].includes(column.kind) ? instant(value, column) : null;
  if (at !== null) {
    const text = column.kind === "date" ? new Date(at).toISOString().slice(0, 10) : time(at);
    return <time title={fullTime(at)}>{text}</time>;
  }
  if (typeof value === "number") return <>{column.type === "int" || column.type === "long" ? count(value) : decimal(value)}</>;
  if (typeof value === "boolean") return <>{value ? "yes" : "no"}</>;
  if (Array.isArray(value)) return <List values={value} />;
  if (typeof value === "object") return <Fields row={value} />;
  if (column.name.replace(/_/g, "").toLowerCase() === "sessionid") return <SessionLink session={value} />;
  return value.length > 90 ? <span title={value}>{value.slice(0, 88)}…</span> : <>{value}</>;
}

function List({ values }: { values: Json[] }) {
  const parts: { text: string; times: number }[] = [];
  for (const value of values) {
    const text = value === null ? "NULL" : typeof value === "object" ? JSON.stringify(value) : String(value);
    const last = parts[parts.length - 1];
    if (last !== undefined && last.text === text) last.times += 1;
    else parts.push({ text, times: 1 });
  }
  return (
    <span class="list">
      {parts.map((part, index) => (
        <span key={index}>
          {part.text}
          {part.times > 1 && <small> ×{part.times}</small>}
        </span>
      ))}
    </span>
  );
}

function Fields({ row }: { row: Row }) {
  const parts = Object.entries(row).filter(([, value]) => value !== null);
  if (parts.length === 1 && typeof parts[0]?.[1] !== "object") return <>{String(parts[0]?.[1])}</>;
  return <code class="json">{JSON.stringify(row)}</code>;
}

/** The rows of a result, newest first. */
export function ResultTable({ query, limit }: { query: Query; limit: number }) {
  const rows = query.rows.slice(0, limit);
  return (
    <Scroll label={`Rows of ${query.title}`}>
      <table>
        <thead>
          <tr>
            {query.columns.map((column) => (
              <th key={column.name} scope="col" class={column.kind} title={`${column.name}: ${column.type}`}>
                {words(column.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} class="fresh">
              {query.columns.map((column) => (
                <td key={column.name} class={column.kind}>
                  <Value value={row.value?.[column.name]} column={column} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** A value of any shape, folded. */
export function Details({ value, summary }: { value: Json; summary: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="raw" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {open && <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>}
    </details>
  );
}

export function Difference({ value, settled }: { value: number; settled: boolean }) {
  if (value === 0) return <span class="difference good">0</span>;
  if (!settled) return <span class="difference moving" title="Data is flowing: the account follows in a moment">settling</span>;
  return <span class="difference bad">{count(value)}</span>;
}

/** The text of a field of an event, when it has one. */
export function textOf(value: Json, name: string): string | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const found = value[name];
  return found === null || found === undefined || typeof found === "object" ? null : String(found);
}

/** The part of a URL that tells the page. */
export function pageOf(location: string | null): string {
  if (location === null) return "";
  try {
    const url = new URL(location);
    return url.pathname + url.search;
  } catch {
    return location;
  }
}
