import type { ReactNode } from 'react';
import { Icon } from '../../../src/components/icons.tsx';
import { Tip } from '../../../src/components/tip.tsx';
import { useConfig } from '../api.ts';
import styles from './parts.module.css';

/** The address of a run in Updraft, or of one of its tasks. */
export function useRunAddress() {
  const { updraft, dags } = useConfig();
  return (runId: string, task?: string, dag: keyof typeof dags = 'pipeline') => {
    const run = `${updraft}/dags/${encodeURIComponent(dags[dag])}/runs/${encodeURIComponent(runId)}`;
    return task ? `${run}/tasks/${encodeURIComponent(task)}` : run;
  };
}

/** A figure that leads to the run, or the task, that made it. */
export function RunLink({
  run,
  task,
  dag,
  children,
}: {
  run: string | null | undefined;
  task?: string;
  dag?: 'pipeline' | 'quality';
  children?: ReactNode;
}) {
  const address = useRunAddress();
  if (!run) return children ?? <span className="muted">–</span>;
  return (
    <Tip text={`Made by run ${run}${task ? `, task ${task}` : ''}`}>
      <a className={styles.run} href={address(run, task, dag)}>
        {children ?? (
          <>
            <span className="cut">{run}</span>
            <Icon name="external" size={12} />
          </>
        )}
      </a>
    </Tip>
  );
}
