import { Link } from '@tanstack/react-router';
import type { Run } from '../api/types.ts';
import { useNow, useZone } from '../lib/now.ts';
import { stateOf, stateWord } from '../lib/states.ts';
import { duration, elapsed, shortTime } from '../lib/time.ts';
import styles from './run-bars.module.css';

/** The last runs of a DAG, oldest first: the height is the duration, the colour and the foot's shape the state. */
export function RunBars({ runs, slots = 14 }: { runs: readonly Run[]; slots?: number }) {
  const zone = useZone();
  const now = useNow(10);
  const taken = runs.map((run) => run.duration ?? elapsed(run.start_date, run.end_date, now) ?? 0);
  const longest = Math.max(1, ...taken);
  return (
    <ul className={styles.bars} aria-label={`Last ${runs.length} runs`}>
      {Array.from({ length: Math.max(0, slots - runs.length) }, (_, slot) => (
        <li key={`empty-${slot}`} aria-hidden="true" className={styles.empty} />
      ))}
      {runs.map((run, index) => {
        const words = `${stateWord(run.state)}, ${shortTime(run.run_after, zone, now)}, ${duration(taken[index])}`;
        return (
          <li key={run.run_id}>
            <Link
              to="/dags/$dag/runs/$run"
              params={{ dag: run.dag_id, run: run.run_id }}
              className={styles.bar}
              data-s={stateOf(run.state)}
              aria-label={words}
              title={words}
            >
              <span style={{ height: `${Math.max(12, ((taken[index] ?? 0) / longest) * 100)}%` }} />
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
