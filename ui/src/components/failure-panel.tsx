import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Failure, RunDetail } from '../api/types.ts';
import { Button, ButtonLink } from './button.tsx';
import { ClearDialog } from './clear/clear-dialog.tsx';
import { MarkDialog } from './clear/mark-dialog.tsx';
import styles from './failure-panel.module.css';
import { StateChip } from './state.tsx';
import { TiLink } from './ti-table.tsx';

/** Why a run failed: the task that failed first, what it said, and what to do. */
export function FailurePanel({ run, failure }: { run: RunDetail; failure: Failure }) {
  const [asked, setAsked] = useState<'clear' | 'mark' | null>(null);
  const targets = [{ dag: run.dag_id, run: run.run_id, task: failure.task_id, mapIndex: failure.map_index }];
  const others = [
    failure.failed > 1 && `${failure.failed - 1} more failed`,
    failure.upstream_failed > 0 && `${failure.upstream_failed} upstream failed`,
  ]
    .filter(Boolean)
    .join(', ');
  const params = { dag: run.dag_id, run: run.run_id, task: failure.task_id };
  const search = {
    tab: 'log' as const,
    try: failure.try_number,
    ...(failure.log_line == null ? {} : { l: String(failure.log_line + 1) }),
  };
  return (
    <section className={styles.panel} aria-label="Failure">
      <h2 className={styles.head}>
        <StateChip state="failed" size="small" word="failed first" />
        <TiLink ti={{ dag_id: run.dag_id, run_id: run.run_id, task_id: failure.task_id, map_index: failure.map_index }}>
          {failure.task_id}
          {failure.map_index >= 0 && ` [${failure.map_index}]`}
        </TiLink>
        <span className="muted">try {failure.try_number}</span>
        {others && <span className="muted">{others}</span>}
      </h2>
      <pre className={styles.error}>
        {failure.frames?.slice(-3).map((frame) => `${frame}\n`)}
        <strong>{failure.error}</strong>
      </pre>
      <div className={styles.actions}>
        <ButtonLink kind="primary" size="small">
          {failure.map_index >= 0 ? (
            <Link
              to="/dags/$dag/runs/$run/tasks/$task/$mapIndex"
              params={{ ...params, mapIndex: String(failure.map_index) }}
              search={search}
            >
              Log at error
            </Link>
          ) : (
            <Link to="/dags/$dag/runs/$run/tasks/$task" params={params} search={search}>
              Log at error
            </Link>
          )}
        </ButtonLink>
        <Button size="small" icon="refresh" onClick={() => setAsked('clear')}>
          Clear from failure
        </Button>
        <Button size="small" onClick={() => setAsked('mark')}>
          Mark success
        </Button>
      </div>
      {asked === 'clear' && <ClearDialog targets={targets} scope={{ downstream: true }} onClose={() => setAsked(null)} />}
      {asked === 'mark' && <MarkDialog targets={targets} state="success" onClose={() => setAsked(null)} />}
    </section>
  );
}
