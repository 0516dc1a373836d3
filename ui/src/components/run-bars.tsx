import { useNavigate } from '@tanstack/react-router';
import type { MouseEvent } from 'react';
import type { Run } from '../api/types.ts';
import { useNow, useZone } from '../lib/now.ts';
import { stateOf, stateWord } from '../lib/states.ts';
import { duration, elapsed, shortTime } from '../lib/time.ts';
import styles from './run-bars.module.css';

/**
 * The last runs of a DAG, oldest first: the height is the duration, the colour and the foot's shape the state. A picture for the eye; a press on
 * a bar opens its run, which the grid of the DAG offers to the keyboard too.
 */
export function RunBars({ runs, slots = 14 }: { runs: readonly Run[]; slots?: number }) {
  const zone = useZone();
  const now = useNow(10);
  const navigate = useNavigate();
  const taken = runs.map((run) => run.duration ?? elapsed(run.start_date, run.end_date, now) ?? 0);
  const longest = Math.max(1, ...taken);
  const failed = runs.filter((run) => run.state === 'failed').length;
  const open = (event: MouseEvent) => {
    const bar = (event.target as Element).closest<HTMLElement>('[data-run]');
    const run = runs.find((each) => each.run_id === bar?.dataset.run);
    if (run) navigate({ to: '/dags/$dag/runs/$run', params: { dag: run.dag_id, run: run.run_id }, search: {} });
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <span className={styles.bars} role="img" aria-label={`Last ${runs.length} runs, ${failed} failed`} onClick={open}>
      {Array.from({ length: Math.max(0, slots - runs.length) }, (_, slot) => (
        <i key={`empty-${slot}`} className={styles.empty} />
      ))}
      {runs.map((run, index) => (
        <i
          key={run.run_id}
          className={styles.bar}
          data-s={stateOf(run.state)}
          data-run={run.run_id}
          title={`${stateWord(run.state)}, ${shortTime(run.run_after, zone, now)}, ${duration(taken[index])}`}
        >
          <b style={{ height: `${Math.max(12, ((taken[index] ?? 0) / longest) * 100)}%` }} />
        </i>
      ))}
    </span>
  );
}
