// What the server sends: the shapes that src/riverrun/serve/views.py makes.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Row = { [name: string]: Json };

export interface Head {
  version: string;
  now: number;
  seq: number;
  whole: boolean;
}

export interface Outcome {
  state: "mapped" | "rejected";
  topic: string;
  reason?: string | null;
  message?: string | null;
  field?: string | null;
}

export interface Entry {
  id: string;
  topic: string;
  offset: number;
  timestamp: number;
  key: string | null;
  session: string | null;
  outcome: Outcome | null;
  value: Json;
  role?: Role;
}

export type Role = "events" | "mapped" | "rejected" | "result" | "topic";

export interface Totals {
  received: number;
  mapped: number;
  rejected: number;
  late: number;
  results: number;
  open: number;
  difference: number;
  settled: boolean;
}

export interface Series {
  first: number;
  received: number[];
  mapped: number[];
  rejected: number[];
}

export type Kind = "time" | "time-micros" | "date" | "number" | "nested" | "boolean" | "text";

export interface Column {
  name: string;
  kind: Kind;
  type: string;
  nullable: boolean;
}

export interface ResultRow {
  id: string;
  timestamp: number;
  value: Row;
}

export interface Query {
  name: string;
  title: string;
  about: string | null;
  columns: Column[];
  count: number;
  grown: number;
  job: string | null;
  late: number;
  rows: ResultRow[];
}

export interface Process {
  name: string;
  room: string;
  state: string;
  pid: number | null;
  port: number | null;
  started: number | null;
  next_start: number | null;
  restarts: number;
  peak_bytes: number;
  memory: number | null;
  alive: boolean;
  exit: number | null;
  error: string | null;
}

export interface Topic {
  name: string;
  role: Role;
  partitions: number;
  entries: number;
  kept: number;
  per_second: number;
  grown: number;
  record: string | null;
  problem: string | null;
}

export interface Line {
  kind: "room" | "topic";
  room: string;
  name: string;
  inputs: string[];
  stored: number;
  delivered: number;
  rejected: { [reason: string]: number };
  open: number;
  late: number;
  others: number;
  difference: number;
  settled: boolean;
  updated: number;
}

export interface Account {
  room: string;
  name: string;
  positions?: { [topic: string]: { [partition: string]: number } };
  received?: number;
  delivered?: { [topic: string]: number };
  rejected?: { [reason: string]: number };
  late?: number;
  updated: number;
  details: { [name: string]: Json };
}

export interface SessionSummary {
  session: string;
  entries: number;
  first: number;
  last: number;
}

export interface Overview extends Head {
  addresses: { [name: string]: string };
  totals: Totals;
  series: Series;
  entries: Entry[];
  queries: Query[];
  processes: Process[];
}

export interface Topics extends Head {
  topics: Topic[];
}

export interface TopicPage extends Head {
  topic: Topic;
  columns: Column[];
  schema: Json;
  entries: Entry[];
}

export interface Queries extends Head {
  queries: Query[];
}

export interface QueryPage extends Head {
  query: Query;
  account: Account | null;
  sql: { file: string; text: string }[];
}

export interface Ledger extends Head {
  ledger: { lines: Line[]; difference: number; open: number; settled: boolean };
  totals: Totals;
  accounts: Account[];
}

export interface Rejections extends Head {
  reasons: { reason: string; count: number; by: { [room: string]: number } }[];
  topics: string[];
  entries: Entry[];
}

export interface Sessions extends Head {
  sessions: SessionSummary[];
}

export interface SessionPage extends Head {
  session: string;
  summary: SessionSummary | null;
  entries: Entry[];
}

export interface Health extends Head {
  supervisor: { pid: number; started: number; updated: number; config: string | null } | null;
  addresses: { [name: string]: string };
  processes: Process[];
  disk: { free: number; total: number };
  accounts: { room: string; name: string; updated: number; details: { [name: string]: Json } }[];
}
