/** What users do to DAGs, runs and task instances, through the public REST API. */
import { path } from '../lib/base.ts';
import { patch, post, remove } from './client.ts';
import { client } from './queries.ts';
import type { Dag, DagList } from './types.ts';

/** Shows the new value at once in every list, and takes it back when the server refuses. */
export async function setPaused(dag: string, paused: boolean) {
  const show = (value: boolean) => {
    client.setQueriesData<DagList>({ queryKey: ['dags'] }, (list) =>
      list?.dags ? { ...list, dags: list.dags.map((row) => (row.dag_id === dag ? { ...row, is_paused: value } : row)) } : list,
    );
    client.setQueryData<Dag>(['dag', dag, null], (before) => before && { ...before, is_paused: value });
  };
  show(paused);
  try {
    await patch(path`/api/v2/dags/${dag}`, { is_paused: paused }, { update_mask: 'is_paused' });
  } catch (error) {
    show(!paused);
    throw error;
  }
  await Promise.all([client.invalidateQueries({ queryKey: ['dags'] }), client.invalidateQueries({ queryKey: ['dag', dag], exact: false })]);
}

export interface NewRun {
  logical_date: string | null;
  dag_run_id?: string | undefined;
  conf?: Record<string, unknown> | undefined;
  note?: string | undefined;
}

/** Starts a run; the id it got. */
export async function trigger(dag: string, run: NewRun): Promise<string> {
  const made = await post<{ dag_run_id: string }>(path`/api/v2/dags/${dag}/dagRuns`, run);
  await stale(dag);
  return made.dag_run_id;
}

/** What is known of a DAG's runs is old. */
export const stale = (dag: string) =>
  Promise.all([
    client.invalidateQueries({ queryKey: ['dags'] }),
    client.invalidateQueries({ queryKey: ['dag', dag] }),
    client.invalidateQueries({ queryKey: ['run', dag] }),
    client.invalidateQueries({ queryKey: ['runs'] }),
    client.invalidateQueries({ queryKey: ['task-instances'] }),
  ]);

/** A task instance as the dry runs of the REST API list it. */
export interface Affected {
  dag_id: string;
  dag_run_id: string;
  task_id: string;
  map_index: number;
  state: string | null;
}

export interface Scope {
  past?: boolean;
  future?: boolean;
  upstream?: boolean;
  downstream?: boolean;
}

/** Clears tasks of one run, or with `dry_run` says what would be cleared. */
export async function clearTasks(
  dag: string,
  body: { dag_run_id: string; task_ids?: (string | [string, number])[]; only_failed?: boolean; dry_run: boolean; scope?: Scope },
): Promise<Affected[]> {
  const { scope = {}, ...rest } = body;
  const answer = await post<{ task_instances: Affected[] }>(path`/api/v2/dags/${dag}/clearTaskInstances`, {
    only_failed: false,
    reset_dag_runs: true,
    include_past: scope.past ?? false,
    include_future: scope.future ?? false,
    include_upstream: scope.upstream ?? false,
    include_downstream: scope.downstream ?? false,
    ...rest,
  });
  return answer.task_instances;
}

/** Marks a task instance, or with `dryRun` says what would be marked. */
export async function markTask(
  at: { dag: string; run: string; task: string; mapIndex: number },
  state: 'success' | 'failed' | 'skipped',
  scope: Scope,
  dryRun: boolean,
): Promise<Affected[]> {
  const one = path`/api/v2/dags/${at.dag}/dagRuns/${at.run}/taskInstances/${at.task}`;
  const url = `${at.mapIndex >= 0 ? `${one}/${at.mapIndex}` : one}${dryRun ? '/dry_run' : ''}`;
  const answer = await patch<{ task_instances: Affected[] }>(url, {
    new_state: state,
    include_past: scope.past ?? false,
    include_future: scope.future ?? false,
    include_upstream: scope.upstream ?? false,
    include_downstream: scope.downstream ?? false,
  });
  return answer?.task_instances ?? [];
}

export const markRun = (dag: string, run: string, state: 'success' | 'failed' | 'queued') =>
  patch(path`/api/v2/dags/${dag}/dagRuns/${run}`, { state }, { update_mask: 'state' });
export const deleteRun = (dag: string, run: string) => remove(path`/api/v2/dags/${dag}/dagRuns/${run}`);
export const killTask = (at: { dag: string; run: string; task: string; mapIndex: number }) =>
  post(path`/ui/api/runs/${at.dag}/${at.run}/tasks/${at.task}/${at.mapIndex}/kill`);
export const setRunNote = (dag: string, run: string, note: string) => patch(path`/ui/api/runs/${dag}/${run}/note`, { note });
export const setTaskNote = (at: { dag: string; run: string; task: string; mapIndex: number }, note: string) =>
  patch(path`/ui/api/runs/${at.dag}/${at.run}/tasks/${at.task}/${at.mapIndex}/note`, { note });
