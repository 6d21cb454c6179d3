// All results, and one: its chart, its newest rows, its SQL, and how its job is doing.

import { ChartView } from "../chart";
import { useFacts } from "../facts";
import { ago, count, decimal, fullTime, words } from "../format";
import { chartOf } from "../infer";
import { Details, Empty, ResultTable, Shown } from "../parts";
import type { Account, Json, Queries, QueryPage as QueryFacts } from "../types";
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
              <dt>{words(name)}</dt>
              <dd>{scalar(name, value)}</dd>
            </>
          ))}
      </dl>
      {facts.some(([, value]) => value !== null && typeof value === "object") && (
        <Details value={account.details} summary="Operators and state" />
      )}
    </section>
  );
}

function scalar(name: string, value: Json): string {
  if (typeof value === "number" && /watermark|_at$|time$/.test(name) && value > 1e11) return fullTime(value);
  return typeof value === "number" ? decimal(value) : String(value);
}
