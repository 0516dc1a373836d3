// History that no task had to run for: rows of runs that ended long ago.
const KIND = ['success', 'success', 'success', 'success', 'success', 'success', 'skipped', 'success'];
const STATES = ['success', 'failed', 'skipped', 'upstream_failed', 'up_for_retry', 'success', 'success', 'removed'];

/** Writes so many ended runs of a DAG, some hours apart, `filled_000` first; the states of their tasks follow from their places.
 * Few things go wrong if they are `kind`. */
export function fillRuns(server, dag, tasks, count, { kind = false, hours = 1, from = Date.UTC(2020, 0, 1) } = {}) {
  const states = kind ? KIND : STATES;
  const first = from * 1000;
  const step = hours * 3_600_000_000;
  const numbers = `WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < ${count - 1})`;
  const statements = [
    [
      `${numbers} INSERT INTO dag_run (dag_id, run_id, version_id, state, run_type, run_after, conf, queued_at, start_date, end_date)
       SELECT ?, printf('filled_%03d', n), (SELECT version_id FROM dag WHERE dag_id = ?), CASE WHEN n % ${kind ? 23 : 7} = 3 THEN 'failed' ELSE 'success' END, 'manual', ? + n * ${step}, '{}',
              ? + n * ${step}, ? + n * ${step}, ? + n * ${step} + 60000000 * (1 + n % 9) FROM n`,
      [dag, dag, first, first, first, first],
    ],
    ...tasks.map((task, row) => [
      `INSERT INTO task_instance (dag_id, run_id, task_id, map_index, operator, state, max_tries, try_number, start_date, end_date)
       SELECT dag_id, run_id, ?, -1, 'EmptyOperator', json_extract(?, '$[' || ((? + CAST(substr(run_id, 8) AS INTEGER)) % ${STATES.length}) || ']'), 0, 1,
              start_date, start_date + 1000000 * (1 + ? % 30) FROM dag_run WHERE dag_id = ? AND run_id LIKE 'filled_%'`,
      [task, JSON.stringify(states), row, row, dag],
    ]),
    ['SELECT 1', []],
  ];
  server.sql(statements);
}

/** The state of a task of such a run. */
export const filledState = (row, run) => STATES[(row + run) % STATES.length];
