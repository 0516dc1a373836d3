import { useState } from 'react';
import { type Affected, markTask, type Scope } from '../../api/actions.ts';
import { markTis } from '../../api/bulk.ts';
import { Confirm } from '../confirm.tsx';
import { AffectedList, ScopeChoice } from './scope.tsx';
import type { Target } from './target.ts';

/** Marks task instances as success or failed: first which, then exactly those. */
export function MarkDialog({ targets, state, onClose }: { targets: readonly Target[]; state: 'success' | 'failed'; onClose: () => void }) {
  const [scope, setScope] = useState<Scope>({});
  const dryRun = async () => {
    const answers = await Promise.all(targets.map((target) => markTask(target, state, scope, true)));
    const all = new Map(answers.flat().map((each) => [`${each.dag_run_id}\n${each.task_id}\n${each.map_index}`, each]));
    return [...all.values()];
  };
  const mark = async (affected: Affected[]) => {
    await markTis(
      affected.map(({ dag_id, dag_run_id, task_id, map_index }) => ({ dag_id, run_id: dag_run_id, task_id, map_index })),
      state,
    );
  };
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Mark ${targets.length === 1 ? targets[0]!.task : `${targets.length} task instances`} as ${state}`}
      description={
        state === 'failed'
          ? 'What runs is ended. Tasks that wait for it follow their trigger rules.'
          : 'Nothing is run. Tasks that wait for it go on.'
      }
      choices={<ScopeChoice scope={scope} onChange={setScope} />}
      dryRun={{
        key: ['mark', targets, state, scope],
        run: dryRun,
        show: (affected) => <AffectedList affected={affected} />,
        none: `Everything chosen is ${state} already`,
      }}
      confirm={`Mark ${state}`}
      danger={state === 'failed'}
      action={mark}
      done={(affected) => `${affected.length} task ${affected.length === 1 ? 'instance was' : 'instances were'} marked ${state}.`}
    />
  );
}
