import { memo } from 'react';
import type { Run } from '../../api/types.ts';
import { COLUMN } from '../../lib/grid.ts';
import { stateOf, stateWord } from '../../lib/states.ts';
import { duration, elapsed } from '../../lib/time.ts';
import styles from './grid-canvas.module.css';

const TYPES: Record<string, string> = { manual: '▸', backfill: '↺', asset_triggered: '◆', dataset_triggered: '◆' };

/** The runs above the grid: how long each took, what kind it is, where the DAG's version changed. */
export const GridHead = memo(function GridHead({
  runs,
  from,
  to,
  active,
  labels,
  now,
}: {
  runs: readonly Run[];
  from: number;
  to: number;
  active: number | null;
  labels: readonly string[];
  now: number;
}) {
  const taken = runs.map((run) => run.duration ?? elapsed(run.start_date, run.end_date, now) ?? 0);
  const longest = Math.max(1, ...taken);
  return (
    <div className={styles.head} role="row" aria-rowindex={1}>
      <div className={styles.corner} role="columnheader">
        <span className="sr">Task</span>
        <span>{duration(longest)}</span>
        <span>{duration(longest / 2)}</span>
        <span>0 s</span>
      </div>
      {runs.slice(from, to).map((run, at) => {
        const column = from + at;
        const changed =
          column > 0 && run.version !== null && runs[column - 1]!.version !== null && runs[column - 1]!.version !== run.version;
        return (
          <div
            key={run.run_id}
            id={`cell--1-${column}`}
            role="columnheader"
            aria-colindex={column + 2}
            className={styles.run}
            data-s={stateOf(run.state)}
            data-r={-1}
            data-c={column}
            data-active={active === column || undefined}
            data-changed={changed || undefined}
            style={{ left: `calc(var(--label) + ${column * COLUMN}px)` }}
          >
            <span className="sr">
              {labels[column]}, {stateWord(run.state)}, {duration(taken[column])}
              {run.note ? ', has a note' : ''}
              {changed ? `, first of version ${run.version}` : ''}
            </span>
            <i style={{ height: `${Math.max(6, ((taken[column] ?? 0) / longest) * 60)}px` }} />
            <small aria-hidden="true">
              {TYPES[run.run_type] ?? ''}
              {run.note ? '•' : ''}
            </small>
          </div>
        );
      })}
    </div>
  );
});
