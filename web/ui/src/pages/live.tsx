// The first page: what comes in, what becomes of it, and the newest rows of every result.

import { useState } from "preact/hooks";
import { ChartView, RateView } from "../chart";
import { useFacts } from "../facts";
import { ago, count, fullTime, time } from "../format";
import { chartOf } from "../infer";
import { Difference, Empty, Link, OutcomeBadge, ResultTable, Scroll, SessionLink, Shown, pageOf, textOf } from "../parts";
import { goTo } from "../route";
import { ownSession } from "../session";
import type { Entry, Overview, Query, Totals } from "../types";

const hold = { paused: false };

export function LivePage() {
  const state = useFacts<Overview>("/index", hold);
  return (
    <Shown of={state}>
      {(facts) => (
        <>
          <Equation totals={facts.totals} />
          <section class="card">
            <RateView series={facts.series} />
          </section>
          <div class="columns">
            <Events entries={facts.entries} now={facts.now} shop={facts.addresses["shop"]} />
            <section aria-labelledby="results" class="results">
              <h2 id="results">Results</h2>
              {facts.queries.length === 0 && (
                <Empty>
                  <b>No results yet.</b>
                  <p>The first row of a window comes when the window has closed.</p>
                </Empty>
              )}
              <div class="cards">
                {facts.queries.map((query) => (
                  <QueryCard key={query.name} query={query} now={facts.now} />
                ))}
              </div>
            </section>
          </div>
        </>
      )}
    </Shown>
  );
}

/** The ledger in one line: received = mapped + rejected + open. */
export function Equation({ totals }: { totals: Totals }) {
  return (
    <div class="equation card">
      <Term name="received" value={totals.received} kind="received" />
      <span class="sign">=</span>
      <Term name="accepted" value={totals.mapped} kind="mapped" />
      <span class="sign">+</span>
      <Term name="rejected" value={totals.rejected} kind="rejected" />
      <span class="sign">+</span>
      <Term name="open" value={totals.open} kind="open" />
      <Link to="/ledger" class="verdict">
        <b>
          <Difference value={totals.difference} settled={totals.settled} />
        </b>
        <small>difference</small>
      </Link>
    </div>
  );
}

function Term({ name, value, kind }: { name: string; value: number; kind: string }) {
  return (
    <span class={`term ${kind}`}>
      <b>{count(value)}</b>
      <small>{name}</small>
    </span>
  );
}

function Events({ entries, now, shop }: { entries: Entry[]; now: number; shop: string | undefined }) {
  const [paused, setPaused] = useState(hold.paused);
  const [filter, setFilter] = useState("");
  const own = ownSession();
  const wanted = filter.trim();
  const shown = entries.filter((entry) => wanted === "" || (entry.session ?? "").includes(wanted));
  const toggle = (): void => {
    hold.paused = !hold.paused;
    setPaused(hold.paused);
  };
  return (
    <section aria-labelledby="events" class="card events">
      <header>
        <h2 id="events">Events</h2>
        {shop !== undefined && (
          <a class="out" href={shop} target="_blank" rel="noopener">
            Open the shop and click
          </a>
        )}
        <button type="button" aria-pressed={paused} onClick={toggle}>
          {paused ? "Go on" : "Pause"}
        </button>
      </header>
      <form
        class="find"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted !== "") goTo(`/sessions/${encodeURIComponent(wanted)}`);
        }}
      >
        <label>
          <span class="sr">Session</span>
          <input
            type="search"
            name="session"
            placeholder="Session id (or a part of it)"
            autocomplete="off"
            spellcheck={false}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
        {own !== null && (
          <Link to={`/sessions/${encodeURIComponent(own)}`} class="own">
            Your session
          </Link>
        )}
      </form>
      {shown.length === 0 ? (
        <Empty>
          {entries.length === 0 ? (
            <>
              <b>Nothing has arrived yet.</b>
              <p>Open a tagged page and click.</p>
            </>
          ) : (
            <p>None of the latest events belongs to such a session. Press Enter to look for the whole session.</p>
          )}
        </Empty>
      ) : (
        <Scroll label="The latest events">
          <table class="compact">
            <thead>
              <tr>
                <th scope="col">time</th>
                <th scope="col">event</th>
                <th scope="col" class="page">page</th>
                <th scope="col">session</th>
                <th scope="col">outcome</th>
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, 25).map((entry) => (
                <tr key={entry.id} class={`fresh ${entry.session !== null && entry.session === own ? "mine" : ""}`}>
                  <td>
                    <time title={fullTime(entry.timestamp)}>{time(entry.timestamp, now)}</time>
                  </td>
                  <td class="strong">{textOf(entry.value, "eventType") ?? "—"}</td>
                  <td class="page" title={textOf(entry.value, "location") ?? ""}>
                    {pageOf(textOf(entry.value, "location"))}
                  </td>
                  <td>{entry.session !== null && <SessionLink session={entry.session} />}</td>
                  <td>
                    <OutcomeBadge entry={entry} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}

export function QueryCard({ query, now, level = 3 }: { query: Query; now: number; level?: 2 | 3 }) {
  const Heading = level === 2 ? "h2" : "h3";
  const chart = chartOf(query.columns, query.rows.map((row) => row.value), query.count > query.rows.length);
  return (
    <article class="card query">
      <header>
        <Heading>
          <Link to={`/queries/${encodeURIComponent(query.name)}`}>{query.title}</Link>
        </Heading>
        <small>
          {count(query.count)} {query.count === 1 ? "row" : "rows"}
          {query.count > 0 && `, last ${ago(query.grown, now)}`}
        </small>
      </header>
      {query.rows.length === 0 ? (
        <Empty>
          <p>No row yet.</p>
        </Empty>
      ) : chart !== null ? (
        <ChartView chart={chart} title={query.title} />
      ) : (
        <ResultTable query={query} limit={5} />
      )}
    </article>
  );
}
