// The sessions that were active last, and one: everything that is known of it, from the click to the result.

import { useFacts } from "../facts";
import { ago, count, fullTime, time } from "../format";
import { Badge, Details, Empty, Link, OutcomeBadge, SessionLink, Shown, pageOf, sessionPath, textOf } from "../parts";
import { ownSession } from "../session";
import type { Entry, SessionPage as SessionFacts, Sessions } from "../types";
import { gist } from "./topics";

const hold = { paused: false };

export function SessionsPage() {
  const state = useFacts<Sessions>("/sessions", hold);
  const own = ownSession();
  return (
    <Shown of={state}>
      {(facts) => (
        <>
          {own !== null && (
            <p class="about">
              This browser has a session too: <Link to={sessionPath(own)}>your session</Link>.
            </p>
          )}
          <section class="card">
            {facts.sessions.length === 0 ? (
              <Empty>
                <b>No session yet.</b>
                <p>It begins with the first click on a tagged page.</p>
              </Empty>
            ) : (
              <table>
                <thead>
                  <tr>
                    <th scope="col">session</th>
                    <th scope="col" class="number">entries</th>
                    <th scope="col">first</th>
                    <th scope="col">last</th>
                  </tr>
                </thead>
                <tbody>
                  {facts.sessions.map((session) => (
                    <tr key={session.session} class={session.session === own ? "mine" : ""}>
                      <td>
                        <SessionLink session={session.session} />
                      </td>
                      <td class="number">{count(session.entries)}</td>
                      <td>{time(session.first, facts.now)}</td>
                      <td>{time(session.last, facts.now)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </section>
        </>
      )}
    </Shown>
  );
}

export function SessionPage({ session }: { session: string }) {
  const state = useFacts<SessionFacts>(`/sessions/${encodeURIComponent(session)}`, hold);
  return (
    <Shown of={state}>
      {(facts) => {
        const entries = [...facts.entries].sort((a, b) => b.timestamp - a.timestamp || b.offset - a.offset);
        const events = entries.filter((entry) => entry.role === "events");
        const others = entries.filter((entry) => entry.role === "result" || entry.role === "topic");
        return (
          <>
            <p class="facts mono">{session}</p>
            {entries.length === 0 ? (
              <section class="card">
                <Empty>
                  <b>Nothing is known of this session yet.</b>
                  <p>Its events show here as soon as they arrive. The last thousand active sessions are remembered.</p>
                </Empty>
              </section>
            ) : (
              <div class="columns even">
                <section class="card" aria-labelledby="clicks">
                  <h2 id="clicks">{count(events.length)} events</h2>
                  <ol class="timeline">
                    {events.map((entry) => (
                      <Click key={entry.id} entry={entry} record={recordOf(entry, entries)} now={facts.now} />
                    ))}
                  </ol>
                </section>
                <section class="card" aria-labelledby="answers">
                  <h2 id="answers">In results</h2>
                  {others.length === 0 ? (
                    <Empty>
                      <p>No result tells of this session yet. A session's window closes some time after its last event.</p>
                    </Empty>
                  ) : (
                    <ol class="entries">
                      {others.map((entry) => (
                        <li key={entry.id} class="fresh">
                          <span class="meta">
                            <Link to={`/${entry.role === "result" ? "queries" : "topics"}/${entry.topic}`}>{entry.topic}</Link>
                            <span>{ago(entry.timestamp, facts.now)}</span>
                          </span>
                          <Details value={entry.value} summary={gist(entry)} />
                        </li>
                      ))}
                    </ol>
                  )}
                </section>
              </div>
            )}
          </>
        );
      }}
    </Shown>
  );
}

/** The record that was made of a raw event: both name the same event id, whatever the schema calls it. */
function recordOf(event: Entry, entries: Entry[]): Entry | undefined {
  const id = textOf(event.value, "eventId");
  return entries.find(
    (entry) => entry.role === "mapped" && (textOf(entry.value, "eventid") ?? textOf(entry.value, "eventId")) === id,
  );
}

function Click({ entry, record, now }: { entry: Entry; record: Entry | undefined; now: number }) {
  return (
    <li class="fresh">
      <span class="meta">
        <time title={fullTime(entry.timestamp)}>{time(entry.timestamp, now)}</time>
        <b>{textOf(entry.value, "eventType") ?? "—"}</b>
        <span class="page">{pageOf(textOf(entry.value, "location"))}</span>
        <OutcomeBadge entry={entry} />
        {textOf(entry.value, "duplicate") === "true" && <Badge kind="open">duplicate</Badge>}
        {textOf(entry.value, "corrupt") === "true" && <Badge kind="rejected">corrupt</Badge>}
      </span>
      {entry.outcome?.message != null && <p class="why">{entry.outcome.message}</p>}
      <Details value={entry.value} summary="event" />
      {record !== undefined && <Details value={record.value} summary="mapped record" />}
    </li>
  );
}
