// All results, and one: its chart, its newest rows, its SQL, and how its job is doing.

import { ChartView } from "../chart";
import { useFacts } from "../facts";
import { ago, bytes, count, decimal, fullTime, time, words } from "../format";
import { chartOf } from "../infer";
import { Details, Empty, ResultTable, Scroll, Shown } from "../parts";
import type { Account, Json, Queries, QueryPage as QueryFacts, Row } from "../types";
import { QueryCard } from "./live";

const hold = { paused: false };

export function QueriesPage() {
  const state = useFacts<Queries>("/queries", hold);
  return (
    <Shown of={state}>
      {(facts) =>
        facts.queries.length === 0 ? (
          <Empty>
            <b>No query has written a row yet.</b>
            <p>
              A result is a topic that a pipeline's <code>INSERT INTO</code> writes.
            </p>
          </Empty>
        ) : (
          <div class="cards wide">
            {facts.queries.map((query) => (
              <QueryCard key={query.name} query={query} now={facts.now} level={2} />
            ))}
          </div>
        )
      }
    </Shown>
  );
}

export function QueryPage({ name }: { name: string }) {
  const state = useFacts<QueryFacts>(`/queries/${encodeURIComponent(name)}`, hold);
  return (
    <Shown of={state}>
      {({ query, account, sql, now }) => {
        const chart = chartOf(query.columns, query.rows.map((row) => row.value), query.count > query.rows.length);
        return (
          <>
            {query.about !== null && <p class="about">{query.about}</p>}
            <p class="facts">
              {count(query.count)} rows
              {query.count > 0 && `, the last ${ago(query.grown, now)}`}
              {query.job !== null && `; job ${query.job}`}
              {query.late > 0 && `; ${count(query.late)} late events left out`}
            </p>
            {chart !== null && (
              <section class="card">
                <ChartView chart={chart} title={query.title} />
              </section>
            )}
            <section class="card">
              {query.rows.length === 0 ? (
                <Empty>
                  <b>No row yet.</b>
                  <p>A window's rows come when it has closed: when an event arrives that is later than its end.</p>
                </Empty>
              ) : (
                <ResultTable query={query} limit={200} />
              )}
            </section>
            {sql.length > 0 && (
              <section class="card">
                <h2>SQL</h2>
                {sql.map(({ file, text }, index) => (
                  <details key={file} class="raw" open={index === 0}>
                    <summary class="mono">{file}</summary>
                    <pre class="sql" tabIndex={0}>
                      {text}
                    </pre>
                  </details>
                ))}
              </section>
            )}
            {account !== null && <Job account={account} />}
          </>
        );
      }}
    </Shown>
  );
}

function Job({ account }: { account: Account }) {
  const facts = Object.entries(account.details);
  const operators = operatorsOf(account);
  return (
    <section class="card">
      <h2>Job {account.name}</h2>
      <dl class="pairs">
        <dt>taken in</dt>
        <dd>{count(account.received ?? 0)} entries</dd>
        <dt>late</dt>
        <dd>{count(account.late ?? 0)}</dd>
        {facts
          .filter(([, value]) => value === null || typeof value !== "object")
          .map(([name, value]) => (
            <>
              <dt>{words(name.replace(/_bytes$/, ""))}</dt>
              <dd>{scalar(name, value)}</dd>
            </>
          ))}
      </dl>
      {operators.length > 0 && <Operators rows={operators} />}
      {facts.some(([name, value]) => name !== "operators" && value !== null && typeof value === "object") && (
        <Details value={account.details} summary="Everything the job says of itself" />
      )}
    </section>
  );
}

const FIGURES: [name: string, heading: string, shown: (value: number) => string][] = [
  ["rows_in", "rows in", count],
  ["rows_out", "rows out", count],
  ["late", "late", count],
  ["state_rows", "rows kept", count],
  ["state_bytes", "state", bytes],
  ["watermark", "watermark", time],
  ["ms", "busy, s", (value) => decimal(value / 1000)],
];

/** The operators of a job in the order in which rows go through them. */
function Operators({ rows }: { rows: Row[] }) {
  return (
    <Scroll label="Operators">
      <table>
        <thead>
          <tr>
            <th scope="col">operator</th>
            {FIGURES.map(([name, heading]) => (
              <th key={name} scope="col" class="number">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              <td>{String(row.operator)}</td>
              {FIGURES.map(([name, , shown]) => {
                const value = row[name];
                return (
                  <td key={name} class="number">
                    {typeof value === "number" ? shown(value) : ""}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function operatorsOf(account: Account): Row[] {
  const found = account.details.operators;
  if (!Array.isArray(found)) return [];
  return found.filter((row): row is Row => row !== null && typeof row === "object" && !Array.isArray(row));
}

function scalar(name: string, value: Json): string {
  if (typeof value === "number" && /watermark|_at$|time$/.test(name) && value > 1e11) return fullTime(value);
  if (typeof value === "number") return name.endsWith("_bytes") ? bytes(value) : decimal(value);
  return String(value);
}
