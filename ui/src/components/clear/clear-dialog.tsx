import { useState } from 'react';
import { type Affected, clearTasks, type Scope, stale } from '../../api/actions.ts';
import { Confirm } from '../confirm.tsx';
import { CheckField } from '../field.tsx';
import { AffectedList, ScopeChoice } from './scope.tsx';
import type { Target } from './target.ts';

interface Props {
  targets: readonly Target[];
  onClose: () => void;
  /** What is ticked at first. */
  scope?: Scope;
  onlyFailed?: boolean;
  /** Whole runs are cleared: no task is named. */
  wholeRuns?: boolean;
}

const ids = (targets: readonly Target[]) =>
  targets.map((target): string | [string, number] => (target.mapIndex >= 0 ? [target.task, target.mapIndex] : target.task));

/** Clears task instances, so that they run again: first what would be cleared, then exactly that. */
export function ClearDialog({ targets, onClose, scope: initial, onlyFailed = false, wholeRuns }: Props) {
  const [scope, setScope] = useState<Scope>(initial ?? { downstream: !wholeRuns });
  const [failed, setFailed] = useState(onlyFailed);
  const dag = targets[0]!.dag;
  const byRun = [...Map.groupBy(targets, (target) => target.run)];
  const dryRun = async () => {
    const answers = await Promise.all(
      byRun.map(([run, of]) =>
        clearTasks(dag, {
          dag_run_id: run,
          ...(wholeRuns ? {} : { task_ids: ids(of) }),
          only_failed: failed,
          dry_run: true,
          scope: wholeRuns ? {} : scope,
        }),
      ),
    );
    const all = new Map(answers.flat().map((each) => [`${each.dag_run_id}\n${each.task_id}\n${each.map_index}`, each]));
    return [...all.values()];
  };
  // What was shown is what is cleared: the instances by name, without the scope that found them.
  const clear = async (affected: Affected[]) => {
    for (const [run, of] of Map.groupBy(affected, (each) => each.dag_run_id)) {
      const task_ids = of.map((each): string | [string, number] => (each.map_index >= 0 ? [each.task_id, each.map_index] : each.task_id));
      await clearTasks(dag, { dag_run_id: run, task_ids, dry_run: false });
    }
    await stale(dag);
  };
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title={
        wholeRuns
          ? `Clear ${byRun.length === 1 ? 'the run' : `${byRun.length} runs`}`
          : `Clear ${targets.length === 1 ? targets[0]!.task : `${targets.length} task instances`}`
      }
      description="What is cleared runs again, with a new try. Logs of earlier tries stay."
      choices={
        wholeRuns ? (
          <CheckField label="Only what failed" checked={failed} onChange={(event) => setFailed(event.target.checked)} />
        ) : (
          <ScopeChoice scope={scope} onChange={setScope}>
            <CheckField label="Only what failed" checked={failed} onChange={(event) => setFailed(event.target.checked)} />
          </ScopeChoice>
        )
      }
      dryRun={{
        key: ['clear', targets, scope, failed],
        run: dryRun,
        show: (affected) => <AffectedList affected={affected} />,
        none: 'Nothing would be cleared',
      }}
      confirm="Clear"
      action={clear}
      done={(affected) => `${affected.length} task ${affected.length === 1 ? 'instance was' : 'instances were'} cleared.`}
    />
  );
}
