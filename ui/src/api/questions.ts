/** What tasks ask people ("required actions"), and the answers. The forms are those of Airflow 3. */
import { path } from '../lib/base.ts';
import { stale } from './actions.ts';
import { patch, type Query } from './client.ts';
import { ask, client } from './queries.ts';

/** What a task has asked, as lists of them tell it. */
export interface Asked {
  subject: string;
  created_at: string;
  options: string[];
  assigned_users: { id: string; name: string }[];
  response_received: boolean;
  responded_at: string | null;
  responded_by_user: { id: string; name: string } | null;
  chosen_options: string[] | null;
  task_instance: { dag_id: string; dag_run_id: string; task_id: string; map_index: number; state: string | null; try_number: number };
}

/** Where questions are looked for: everywhere, in a DAG, or in one of its runs. */
export interface Scope {
  dag?: string | undefined;
  run?: string | undefined;
}

/** Questions of this part, the oldest first unless the query says otherwise. */
export const questions = ({ dag, run }: Scope, query: Query) =>
  ask<{ hitl_details: Asked[]; total_entries: number }>(
    ['questions', dag ?? null, run ?? null],
    path`/api/v2/dags/${dag ?? '~'}/dagRuns/${run ?? '~'}/hitlDetails`,
    { order_by: 'created_at', ...query },
  );

/** Those that wait for an answer. */
export const openQuestions = (scope: Scope, limit = 5) => questions(scope, { response_received: false, state: 'deferred', limit });

export interface Answered {
  chosen_options: string[];
  params_input: Record<string, unknown>;
}

/** Answers what a task asks. */
export async function answerQuestion(at: { dag: string; run: string; task: string; mapIndex: number }, answer: Answered) {
  await patch(path`/api/v2/dags/${at.dag}/dagRuns/${at.run}/taskInstances/${at.task}/${at.mapIndex}/hitlDetails`, answer);
  await Promise.all([stale(at.dag), client.invalidateQueries({ queryKey: ['questions'] })]);
}
