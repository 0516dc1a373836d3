/** What is done to many runs or task instances of any DAG at once, through the bulk operations of the REST API. */
import { path } from '../lib/base.ts';
import { type Affected, clearTasks, type Scope } from './actions.ts';
import { patch, post } from './client.ts';
import { client } from './queries.ts';
import type { Run, Ti } from './types.ts';

export type RunId = Pick<Run, 'dag_id' | 'run_id'>;
export type TiId = Pick<Ti, 'dag_id' | 'run_id' | 'task_id' | 'map_index'>;

interface Answer {
  update?: { success?: string[]; errors?: { error?: string }[] } | null;
  delete?: { success?: string[]; errors?: { error?: string }[] } | null;
}

/** Everything that shows runs or task instances asks again. */
const refresh = () =>
  client.invalidateQueries({
    predicate: ({ queryKey: [about] }) => ['dags', 'dag', 'run', 'runs', 'task-instances', 'home'].includes(String(about)),
  });

async function bulk(url: string, action: Record<string, unknown>) {
  const answer = await patch<Answer>(url, { actions: [action] });
  await refresh();
  const errors = [...(answer.update?.errors ?? []), ...(answer.delete?.errors ?? [])].map((each) => each.error ?? 'refused');
  if (errors.length > 0) throw new Error(errors.slice(0, 5).join(' '));
}

const RUNS = '/api/v2/dags/~/dagRuns';
const TIS = '/api/v2/dags/~/dagRuns/~/taskInstances';
const run = ({ dag_id, run_id }: RunId) => ({ dag_id, dag_run_id: run_id });
const ti = (each: TiId) => ({ ...run(each), task_id: each.task_id, map_index: each.map_index });

export const markRuns = (runs: readonly RunId[], state: 'success' | 'failed' | 'queued') =>
  bulk(RUNS, {
    action: 'update',
    entities: runs.map((each) => ({ ...run(each), state })),
    update_mask: ['state'],
    action_on_non_existence: 'skip',
  });
export const deleteRuns = (runs: readonly RunId[]) =>
  bulk(RUNS, { action: 'delete', entities: runs.map(run), action_on_non_existence: 'skip' });

export const markTis = (tis: readonly TiId[], state: 'success' | 'failed' | 'skipped') =>
  bulk(TIS, {
    action: 'update',
    entities: tis.map((each) => ({ ...ti(each), new_state: state })),
    update_mask: ['new_state'],
    action_on_non_existence: 'skip',
  });
export const deleteTis = (tis: readonly TiId[]) => bulk(TIS, { action: 'delete', entities: tis.map(ti), action_on_non_existence: 'skip' });

/** Clears whole runs, or says what would be cleared. */
export async function clearRuns(runs: readonly RunId[], onlyFailed: boolean, dryRun: boolean): Promise<Affected[]> {
  const affected: Affected[] = [];
  for (const each of runs) {
    const answer = await post<{ task_instances?: Affected[] }>(path`/api/v2/dags/${each.dag_id}/dagRuns/${each.run_id}/clear`, {
      dry_run: dryRun,
      only_failed: onlyFailed,
    });
    affected.push(...(answer.task_instances ?? []));
  }
  if (!dryRun) await refresh();
  return affected;
}

/** Clears task instances run by run, or says what would be cleared. */
export async function clearTis(tis: readonly TiId[], scope: Scope, dryRun: boolean): Promise<Affected[]> {
  const affected = new Map<string, Affected>();
  for (const of of Map.groupBy(tis, (each) => `${each.dag_id}\n${each.run_id}`).values()) {
    const answer = await clearTasks(of[0]!.dag_id, {
      dag_run_id: of[0]!.run_id,
      task_ids: of.map((each): string | [string, number] => (each.map_index >= 0 ? [each.task_id, each.map_index] : each.task_id)),
      dry_run: dryRun,
      scope,
    });
    for (const each of answer) affected.set(JSON.stringify([each.dag_id, each.dag_run_id, each.task_id, each.map_index]), each);
  }
  if (!dryRun) await refresh();
  return [...affected.values()];
}
