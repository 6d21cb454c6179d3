// All topics, and one: its entries as they arrive, and its schema.

import { useFacts } from "../facts";
import { ago, count, decimal, fullTime, time } from "../format";
import { Badge, Details, Empty, Link, OutcomeBadge, Scroll, SessionLink, Shown } from "../parts";
import type { Entry, Role, Topic, TopicPage as TopicFacts, Topics } from "../types";

const hold = { paused: false };

const ROLES: Record<Role, string> = {
  events: "raw events",
  mapped: "mapped records",
  rejected: "dead letters",
  result: "a query's result",
  topic: "input",
};

export function TopicsPage() {
  const state = useFacts<Topics>("/topics", hold);
  return (
    <Shown of={state}>
      {(facts) =>
        facts.topics.length === 0 ? (
          <Empty>
            <b>There are no topics here yet.</b>
            <p>
              The collector makes the first one: <code>riverrun collect</code>.
            </p>
          </Empty>
        ) : (
          <section class="card">
            <Scroll label="Topics">
              <table>
                <thead>
                  <tr>
                    <th scope="col">topic</th>
                    <th scope="col">holds</th>
                    <th scope="col">record</th>
                    <th scope="col" class="number">entries</th>
                    <th scope="col" class="number">kept</th>
                    <th scope="col" class="number">a second</th>
                    <th scope="col" class="number">partitions</th>
                    <th scope="col">last</th>
                  </tr>
                </thead>
                <tbody>
                  {facts.topics.map((topic) => (
                    <TopicRow key={topic.name} topic={topic} now={facts.now} />
                  ))}
                </tbody>
              </table>
            </Scroll>
          </section>
        )
      }
    </Shown>
  );
}

function TopicRow({ topic, now }: { topic: Topic; now: number }) {
  return (
    <tr>
      <th scope="row">
        <Link to={`/topics/${encodeURIComponent(topic.name)}`}>{topic.name}</Link>
        {topic.problem !== null && <Badge kind="rejected" title={topic.problem}>problem</Badge>}
      </th>
      <td>{ROLES[topic.role]}</td>
      <td>{topic.record ?? "—"}</td>
      <td class="number">{count(topic.entries)}</td>
      <td class="number">{count(topic.kept)}</td>
      <td class="number">{decimal(topic.per_second)}</td>
      <td class="number">{topic.partitions}</td>
      <td>{topic.entries === 0 ? "—" : ago(topic.grown, now)}</td>
    </tr>
  );
}

export function TopicPage({ name }: { name: string }) {
  const state = useFacts<TopicFacts>(`/topics/${encodeURIComponent(name)}`, hold);
  return (
    <Shown of={state}>
      {({ topic, entries, schema, now }) => (
        <>
          <p class="facts">
            {count(topic.entries)} entries in {topic.partitions} {topic.partitions === 1 ? "partition" : "partitions"},{" "}
            {ROLES[topic.role]}, {decimal(topic.per_second)} a second
          </p>
          {topic.problem !== null && (
            <p class="stale" role="alert">
              {topic.problem}
            </p>
          )}
          <section class="card">
            {entries.length === 0 ? (
              <Empty>
                <b>No entry yet.</b>
              </Empty>
            ) : (
              <EntryList entries={entries.slice(0, 100)} now={now} events={topic.role === "events"} />
            )}
          </section>
          {schema !== null && (
            <section class="card">
              <Details value={schema} summary="Avro schema" />
            </section>
          )}
        </>
      )}
    </Shown>
  );
}

export function EntryList({ entries, now, events }: { entries: Entry[]; now: number; events: boolean }) {
  return (
    <ol class="entries">
      {entries.map((entry) => (
        <li key={entry.id} class="fresh">
          <span class="meta">
            <span class="mono" title={entry.id}>
              #{entry.offset}
            </span>
            <time title={fullTime(entry.timestamp)}>{time(entry.timestamp, now)}</time>
            {entry.session !== null && <SessionLink session={entry.session} />}
            {events && <OutcomeBadge entry={entry} />}
          </span>
          <Details value={entry.value} summary={gist(entry)} />
        </li>
      ))}
    </ol>
  );
}

/** The fields of a value in one line. */
export function gist(entry: Entry): string {
  const value = entry.value;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value);
  const parts: string[] = [];
  for (const [name, part] of Object.entries(value)) {
    if (part === null || typeof part === "object") continue;
    parts.push(`${name}: ${String(part)}`);
    if (parts.length === 7) break;
  }
  return parts.join("  ·  ").slice(0, 220);
}
