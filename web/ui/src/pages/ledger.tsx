// The ledger: what was stored is what was delivered, rejected or is still open, for every room and topic.

import { useFacts } from "../facts";
import { ago, count } from "../format";
import { Difference, Empty, Link, Scroll, Shown } from "../parts";
import type { Ledger, Line } from "../types";
import { Equation } from "./live";

const hold = { paused: false };

export function LedgerPage() {
  const state = useFacts<Ledger>("/ledger", hold);
  return (
    <Shown of={state}>
      {({ ledger, totals, now }) => {
        const rooms = ledger.lines.filter((line) => line.kind === "room");
        const topics = ledger.lines.filter((line) => line.kind === "topic");
        return (
          <>
            <Equation totals={totals} />
            <p class="about">
              Every room keeps an account of what it took in and what became of it. What is stored in its input topics
              must be what it delivered, rejected, or has still to read. A difference other than 0 would mean that
              something was lost or counted twice.
            </p>
            <section class="card">
              <h2>Rooms</h2>
              {rooms.length === 0 ? (
                <Empty>
                  <b>No room has written an account yet.</b>
                </Empty>
              ) : (
                <Rooms lines={rooms} now={now} />
              )}
            </section>
            {topics.length > 0 && (
              <section class="card">
                <h2>Topics that rooms write</h2>
                <Written lines={topics} now={now} />
              </section>
            )}
          </>
        );
      }}
    </Shown>
  );
}

function Rooms({ lines, now }: { lines: Line[]; now: number }) {
  return (
    <Scroll label="Accounts of the rooms">
      <table>
        <thead>
          <tr>
            <th scope="col">room</th>
            <th scope="col">reads</th>
            <th scope="col" class="number">stored</th>
            <th scope="col" class="number">= delivered</th>
            <th scope="col" class="number">+ rejected</th>
            <th scope="col" class="number">+ for others</th>
            <th scope="col" class="number">+ open</th>
            <th scope="col" class="number">difference</th>
            <th scope="col" class="number">of these late</th>
            <th scope="col">account</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={`${line.room}/${line.name}`}>
              <th scope="row">
                {line.room} <span class="quiet">{line.name}</span>
              </th>
              <td>
                {line.inputs.length === 0 && <span class="quiet">requests</span>}
                {line.inputs.map((topic, index) => (
                  <span key={topic}>
                    {index > 0 && ", "}
                    <Link to={`/topics/${topic}`}>{topic}</Link>
                  </span>
                ))}
              </td>
              <td class="number">{count(line.stored)}</td>
              <td class="number">{count(line.delivered)}</td>
              <td class="number" title={reasons(line)}>
                {count(Object.values(line.rejected).reduce((sum, value) => sum + value, 0))}
              </td>
              <td class="number">{count(line.others)}</td>
              <td class="number">{count(line.open)}</td>
              <td class="number">
                <Difference value={line.difference} settled={line.settled} />
              </td>
              <td class="number">{count(line.late)}</td>
              <td>{ago(line.updated, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Written({ lines, now }: { lines: Line[]; now: number }) {
  return (
    <Scroll label="Topics that rooms write">
      <table>
        <thead>
          <tr>
            <th scope="col">topic</th>
            <th scope="col">written by</th>
            <th scope="col" class="number">stored</th>
            <th scope="col" class="number">= delivered to it</th>
            <th scope="col" class="number">difference</th>
            <th scope="col">account</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.name}>
              <th scope="row">
                <Link to={`/topics/${line.name}`}>{line.name}</Link>
              </th>
              <td>{line.room}</td>
              <td class="number">{count(line.stored)}</td>
              <td class="number">{count(line.delivered)}</td>
              <td class="number">
                <Difference value={line.difference} settled={line.settled} />
              </td>
              <td>{ago(line.updated, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function reasons(line: Line): string {
  return Object.entries(line.rejected)
    .map(([reason, number]) => `${reason}: ${number}`)
    .join(", ");
}
