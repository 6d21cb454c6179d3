// The processes, the disk, and what each room says of itself.

import { useFacts } from "../facts";
import { ago, bytes, time } from "../format";
import { Badge, Details, Empty, Scroll, Shown } from "../parts";
import type { Health, Process } from "../types";

const hold = { paused: false };
const SILENT_MS = 10_000;

export function HealthPage() {
  const state = useFacts<Health>("/health", hold);
  return (
    <Shown of={state}>
      {(facts) => (
        <>
          <section class="card">
            <h2>Processes</h2>
            {facts.processes.length === 0 ? (
              <Empty>
                <b>No supervisor looks after this data folder.</b>
                <p>
                  <code>riverrun up</code> starts all rooms and shows them here; rooms started one by one do not.
                </p>
              </Empty>
            ) : (
              <>
                {facts.supervisor !== null && facts.now - facts.supervisor.updated > SILENT_MS && (
                  <p class="stale" role="alert">
                    The supervisor has been silent since {time(facts.supervisor.updated, facts.now)} UTC.
                  </p>
                )}
                <Processes processes={facts.processes} now={facts.now} />
              </>
            )}
          </section>
          <section class="card">
            <h2>Disk</h2>
            <p>
              {bytes(facts.disk.free)} free of {bytes(facts.disk.total)}
            </p>
          </section>
          {facts.accounts.length > 0 && (
            <section class="card">
              <h2>Rooms</h2>
              {facts.accounts.map((account) => (
                <Details
                  key={`${account.room}/${account.name}`}
                  value={account.details}
                  summary={`${account.room} ${account.name}, account of ${ago(account.updated, facts.now)}`}
                />
              ))}
            </section>
          )}
        </>
      )}
    </Shown>
  );
}

function Processes({ processes, now }: { processes: Process[]; now: number }) {
  return (
    <Scroll label="Processes">
      <table>
        <thead>
          <tr>
            <th scope="col">process</th>
            <th scope="col">state</th>
            <th scope="col" class="number">pid</th>
            <th scope="col" class="number">port</th>
            <th scope="col" class="number">memory</th>
            <th scope="col" class="number">peak</th>
            <th scope="col" class="number">restarts</th>
            <th scope="col">started</th>
          </tr>
        </thead>
        <tbody>
          {processes.map((process) => (
            <tr key={process.name}>
              <th scope="row">{process.name}</th>
              <td>
                <Badge kind={process.alive ? "mapped" : process.state === "stopped" ? "open" : "rejected"} title={process.error ?? ""}>
                  {process.state}
                </Badge>
              </td>
              <td class="number">{process.pid ?? "—"}</td>
              <td class="number">{process.port ?? "—"}</td>
              <td class="number">{process.memory === null ? "—" : bytes(process.memory)}</td>
              <td class="number">{process.peak_bytes === 0 ? "—" : bytes(process.peak_bytes)}</td>
              <td class="number">{process.restarts}</td>
              <td>{process.started === null ? "—" : ago(process.started, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
