// Small charts in SVG. Every mark has a title, every chart says in words what it shows.

import { count, decimal, time, words } from "./format";
import type { Bars, Chart, Lines, Stacks } from "./infer";
import type { Series } from "./types";

const WIDTH = 360;
const HEIGHT = 150;
const LEFT = 34;
const BOTTOM = 20;
const TOP = 8;

export function ChartView({ chart, title }: { chart: Chart; title: string }) {
  if (chart.kind === "bars") return <BarsView chart={chart} title={title} />;
  return chart.kind === "stacks" ? <StacksView chart={chart} title={title} /> : <LinesView chart={chart} title={title} />;
}

function Legend({ labels }: { labels: string[] }) {
  return (
    <ul class="legend" aria-hidden="true">
      {labels.map((label, index) => (
        <li key={label}>
          <i class={`swatch c${index % 8}`} />
          {words(label)}
        </li>
      ))}
    </ul>
  );
}

/** A round number at or above `value`, to end an axis with. */
export function ceiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 4, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

function Axis({ top, times }: { top: number; times: number[] }) {
  const ticks = Number.isInteger(top) && top < 2 ? [0, top] : [0, top / 2, top];
  const y = (value: number): number => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const first = times[0];
  const last = times[times.length - 1];
  return (
    <g class="axis">
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={LEFT} x2={WIDTH} y1={y(tick)} y2={y(tick)} />
          <text x={LEFT - 5} y={y(tick) + 3.5} text-anchor="end">
            {decimal(tick)}
          </text>
        </g>
      ))}
      {first !== undefined && (
        <text x={LEFT} y={HEIGHT - 5}>
          {time(first).slice(-8, -3)}
        </text>
      )}
      {last !== undefined && last !== first && (
        <text x={WIDTH} y={HEIGHT - 5} text-anchor="end">
          {time(last).slice(-8, -3)}
        </text>
      )}
    </g>
  );
}

function StacksView({ chart, title }: { chart: Stacks; title: string }) {
  const sums = chart.times.map((_, at) => chart.series.reduce((sum, line) => sum + (line.values[at] ?? 0), 0));
  const top = ceiling(Math.max(...sums, 0));
  const slot = (WIDTH - LEFT) / chart.times.length;
  const bar = Math.min(slot * 0.82, 46);
  const unit = (HEIGHT - BOTTOM - TOP) / top;
  return (
    <figure class="chart">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${title}: ${words(chart.measure)} by ${words(chart.by)} over ${chart.times.length} points in time`}
      >
        <Axis top={top} times={chart.times} />
        {chart.times.map((at, column) => {
          let below = HEIGHT - BOTTOM;
          return chart.series.map((line, index) => {
            const value = line.values[column] ?? 0;
            if (value === 0) return null;
            const height = value * unit;
            below -= height;
            return (
              <rect
                key={`${at} ${line.label}`}
                class={`c${index % 8}`}
                x={LEFT + slot * column + (slot - bar) / 2}
                y={below}
                width={bar}
                height={Math.max(height - 0.8, 0.4)}
                rx={1}
              >
                <title>{`${time(at)} · ${words(line.label)}: ${decimal(value)} ${words(chart.measure)}`}</title>
              </rect>
            );
          });
        })}
      </svg>
      <Legend labels={chart.series.map((line) => line.label)} />
    </figure>
  );
}

function LinesView({ chart, title }: { chart: Lines; title: string }) {
  const values = chart.series.flatMap((line) => line.values.filter((value): value is number => value !== null));
  const top = ceiling(Math.max(...values, 0));
  const first = chart.times[0] ?? 0;
  const span = (chart.times[chart.times.length - 1] ?? 1) - first || 1;
  const x = (at: number): number => LEFT + 4 + ((at - first) / span) * (WIDTH - LEFT - 8);
  const y = (value: number): number => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  return (
    <figure class="chart">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${title}: ${chart.series.map((line) => words(line.label)).join(", ")} over time`}
      >
        <Axis top={top} times={chart.times} />
        {chart.series.map((line, index) => {
          const points = chart.times.flatMap((at, column) => {
            const value = line.values[column];
            return value === null || value === undefined ? [] : [{ at, value }];
          });
          return (
            <g key={line.label} class={`line c${index % 8}`}>
              <polyline points={points.map(({ at, value }) => `${x(at)},${y(value)}`).join(" ")} />
              {points.map(({ at, value }) => (
                <circle key={at} cx={x(at)} cy={y(value)} r={2.4}>
                  <title>{`${time(at)} · ${words(line.label)}: ${decimal(value)}`}</title>
                </circle>
              ))}
            </g>
          );
        })}
      </svg>
      <Legend labels={chart.series.map((line) => line.label)} />
    </figure>
  );
}

function BarsView({ chart, title }: { chart: Bars; title: string }) {
  const top = Math.max(...chart.bars.map((bar) => bar.value), 1);
  return (
    <figure class="chart" role="img" aria-label={`${title}: ${words(chart.measure)} by ${words(chart.by)}`}>
      <dl class="bars">
        {chart.bars.map((bar) => (
          <div key={bar.label}>
            <dt>{bar.label}</dt>
            <dd>
              <i class="c0" style={{ width: `${(bar.value / top) * 100}%` }} />
              <span>{decimal(bar.value)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}

const RATE_HEIGHT = 96;

/** Events a second over the last minutes: what came in, and what was rejected. */
export function RateView({ series }: { series: Series }) {
  const seconds = series.received.length;
  const top = ceiling(Math.max(...series.received, ...series.rejected, 1));
  const x = (second: number): number => (second / Math.max(1, seconds - 1)) * WIDTH * 2;
  const y = (value: number): number => RATE_HEIGHT - (value / top) * (RATE_HEIGHT - 6);
  const outline = series.received.map((value, second) => `${x(second).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const now = series.received.slice(-10).reduce((sum, value) => sum + value, 0) / 10;
  return (
    <figure class="chart rate">
      <figcaption>
        <b>{decimal(Math.round(now * 10) / 10)}</b> events a second <small>(highest in five minutes: {count(Math.max(...series.received, 0))})</small>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH * 2} ${RATE_HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`Events a second over the last five minutes; now ${decimal(now)}`}>
        <polygon class="area" points={`0,${RATE_HEIGHT} ${outline} ${WIDTH * 2},${RATE_HEIGHT}`} />
        <polyline class="edge" points={outline} />
        {series.rejected.map((value, second) =>
          value > 0 ? <rect key={second} class="bad" x={x(second)} y={y(value)} width={3} height={RATE_HEIGHT - y(value)} /> : null,
        )}
      </svg>
      <div class="span" aria-hidden="true">
        <span>5 minutes ago</span>
        <span>now</span>
      </div>
    </figure>
  );
}
