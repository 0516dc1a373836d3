import { useNow, useZone } from '../../../src/lib/now.ts';
import { count } from '../../../src/lib/numbers.ts';
import { shortTime } from '../../../src/lib/time.ts';
import { band, isUnusual, type Measure, type Point } from '../lib/series.ts';
import styles from '../pages/pages.module.css';
import { RunLink, useRunAddress } from './run-link.tsx';

const WIDTH = 760;
const HEIGHT = 220;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 10;

function Chart({ measure, points }: { measure: Measure; points: readonly Point[] }) {
  const zone = useZone();
  const now = useNow(60);
  const address = useRunAddress();
  const usual = band(points.map(({ value }) => value));
  const top = Math.max(1, ...points.map(({ value }) => value), usual?.high ?? 0) * 1.08;
  const x = (index: number) => LEFT + (points.length === 1 ? 0.5 : index / (points.length - 1)) * (WIDTH - LEFT - 14);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const ticks = [0, 0.5, 1].map((part) => Math.round((top / 1.08) * part));
  return (
    <div className={styles.chart}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-label={`${measure.group}: ${measure.name}, ${points.length} runs`} role="group">
        {[...new Set(ticks)].map((tick) => (
          <g key={tick}>
            <path d={`M${LEFT} ${y(tick)}H${WIDTH - 8}`} data-grid="" />
            <text x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
              {count(tick)}
            </text>
          </g>
        ))}
        {usual && (
          <>
            <rect x={LEFT} y={y(usual.high)} width={WIDTH - LEFT - 8} height={Math.max(1, y(usual.low) - y(usual.high))} data-band="" />
            <path d={`M${LEFT} ${y(usual.middle)}H${WIDTH - 8}`} data-middle="" />
          </>
        )}
        <polyline points={points.map((point, index) => `${x(index)},${y(point.value)}`).join(' ')} />
        {points.map((point, index) => {
          const odd = isUnusual(point.value, usual);
          const said = `${count(point.value)} ${measure.name}, ${shortTime(point.at, zone, now)}${odd ? ', unusual' : ''}${point.state === 'succeeded' ? '' : `, ${point.state}`}`;
          return (
            <a
              key={point.run_id}
              href={address(point.run_id, measure.task)}
              aria-label={said}
              data-unusual={odd || undefined}
              data-failed={point.state === 'failed' || undefined}
            >
              <title>{said}</title>
              {odd ? <path d={`M${x(index)} ${y(point.value) - 7}l7 12h-14z`} /> : <circle cx={x(index)} cy={y(point.value)} r="4" />}
              <circle cx={x(index)} cy={y(point.value)} r="12" opacity="0" />
            </a>
          );
        })}
        {[0, points.length - 1]
          .filter((index, place, all) => all.indexOf(index) === place)
          .map((index) => {
            const point = points[index];
            return (
              point && (
                <text key={index} x={x(index)} y={HEIGHT - 6} textAnchor={index === 0 ? (points.length === 1 ? 'middle' : 'start') : 'end'}>
                  {shortTime(point.at, zone, now)}
                </text>
              )
            );
          })}
      </svg>
    </div>
  );
}

/** A figure over the runs, with where it usually lies; or the same as a table. */
export function Series({ measure, points, asTable }: { measure: Measure; points: readonly Point[]; asTable: boolean }) {
  const zone = useZone();
  const now = useNow(60);
  const usual = band(points.map(({ value }) => value));
  if (points.length === 0) return <p className="muted">No run made this figure yet.</p>;
  return (
    <>
      <p className={styles.keys}>
        {usual ? (
          <>
            <span>
              usually {count(Math.round(usual.low))} to {count(Math.round(usual.high))} (median {count(usual.middle)} ± 3 MAD)
            </span>
            <span>▲ unusual</span>
          </>
        ) : (
          <span>A usual range is shown from four runs on.</span>
        )}
      </p>
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={styles.wide} tabIndex={0} aria-label={measure.name}>
          <table className={styles.volumes}>
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col" data-left="">
                  Began
                </th>
                <th scope="col">{measure.name}</th>
                <th scope="col" data-left="">
                  Compared with usual
                </th>
              </tr>
            </thead>
            <tbody>
              {points.toReversed().map((point) => (
                <tr key={point.run_id}>
                  <td>
                    <RunLink run={point.run_id} task={measure.task} />
                  </td>
                  <td data-left="">{shortTime(point.at, zone, now)}</td>
                  <td>{count(point.value)}</td>
                  <td data-left="">{isUnusual(point.value, usual) ? 'unusual' : usual ? 'usual' : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : (
        <Chart measure={measure} points={points} />
      )}
    </>
  );
}
