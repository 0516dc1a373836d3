/** Made-up questions of tasks to people. An answer is kept until the server ends. */
import type { Answered } from './named.ts';

const DAG = 'bullhorn_sync_optimized';
const ASKER = 'publish_report';
const ASKED = new Date(Date.now() - 25 * 60_000).toISOString();
const PARAMS = {
  limit: { value: 50, description: 'At most so many matches', schema: { type: 'integer', minimum: 1, maximum: 500 } },
  reason: { value: '', description: null, schema: { type: 'string', title: 'Reason' } },
};
const answers = new Map<string, { chosen_options: string[]; params_input: object }>();

/** What a task asks in the made-up data: the report of every run waits until somebody publishes it. */
export function questionOf(run_id: string, task_id: string) {
  if (task_id !== ASKER) return null;
  const answer = answers.get(run_id);
  return {
    subject: 'Publish the report to all clients?',
    body: '212 matches above 70, 3 of them of clients who asked for a pause.',
    options: ['Publish', 'Hold back'],
    defaults: ['Hold back'],
    multiple: false,
    params: PARAMS,
    assigned_users: [],
    created_at: ASKED,
    may_answer: true,
    answer: answer ? { ...answer, responded_by: { name: 'Admin User' }, responded_at: new Date().toISOString() } : null,
  };
}

export function questions(method: string, path: string, query: URLSearchParams, body: unknown): Answered | null {
  const [dag_id = '', dag_run_id = ''] = path
    .split('/')
    .filter((_, at) => at === 4 || at === 6)
    .map(decodeURIComponent);
  if (!path.endsWith('/hitlDetails')) return null;
  if (method === 'PATCH') {
    answers.set(dag_run_id, body as { chosen_options: string[]; params_input: object });
    return { status: 200, body };
  }
  const run = dag_run_id === '~' ? 'scheduled__2030-01-12T06:00:00+00:00' : dag_run_id;
  const isAnswered = query.get('response_received') === 'true';
  const question = questionOf(run, ASKER)!;
  const task_instance = { dag_id: DAG, dag_run_id: run, task_id: ASKER, map_index: -1 };
  if (dag_id !== '~' && dag_id !== DAG) return { status: 200, body: { hitl_details: [], total_entries: 0 } };
  const asked = {
    ...question,
    response_received: isAnswered,
    responded_at: isAnswered ? ASKED : null,
    responded_by_user: null,
    chosen_options: isAnswered ? ['Hold back'] : null,
    task_instance: { ...task_instance, state: isAnswered ? 'success' : 'deferred', try_number: 1 },
  };
  return { status: 200, body: { hitl_details: [asked], total_entries: 1 } };
}
