// Rejected events: how many for which reason, and each with what was wrong and the event as it came.

import { useFacts } from "../facts";
import { count, fullTime, time } from "../format";
import { Badge, Details, Empty, SessionLink, Shown, textOf } from "../parts";
import type { Entry, Rejections } from "../types";

const hold = { paused: false };

export function RejectedPage() {
  const state = useFacts<Rejections>("/rejected", hold);
  return (
    <Shown of={state}>
      {(facts) => (
        <>
          <section class="card">
            <h2>Reasons</h2>
            {facts.reasons.length === 0 ? (
              <Empty>
                <b>Nothing was rejected.</b>
                <p>An event that cannot be mapped is kept in a dead-letter topic with the reason, and shows here.</p>
              </Empty>
            ) : (
              <table>
                <thead>
                  <tr>
                    <th scope="col">reason</th>
                    <th scope="col" class="number">events</th>
                    <th scope="col">rejected by</th>
                  </tr>
                </thead>
                <tbody>
                  {facts.reasons.map((reason) => (
                    <tr key={reason.reason}>
                      <th scope="row">
                        <Badge kind="rejected">{reason.reason}</Badge>
                      </th>
                      <td class="number">{count(reason.count)}</td>
                      <td>{Object.keys(reason.by).join(", ")}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </section>
          {facts.entries.length > 0 && (
            <section class="card">
              <h2>The latest</h2>
              <ol class="entries">
                {facts.entries.slice(0, 100).map((entry) => (
                  <Rejected key={entry.id} entry={entry} now={facts.now} />
                ))}
              </ol>
            </section>
          )}
        </>
      )}
    </Shown>
  );
}

function Rejected({ entry, now }: { entry: Entry; now: number }) {
  const field = textOf(entry.value, "field");
  return (
    <li class="fresh">
      <span class="meta">
        <time title={fullTime(entry.timestamp)}>{time(entry.timestamp, now)}</time>
        <Badge kind="rejected">{textOf(entry.value, "reason") ?? "rejected"}</Badge>
        {entry.session !== null && <SessionLink session={entry.session} />}
        {field !== null && <code>{field}</code>}
      </span>
      <Details value={entry.value} summary={textOf(entry.value, "message") ?? ""} />
    </li>
  );
}
