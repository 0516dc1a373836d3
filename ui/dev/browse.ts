/** Made-up answers of the pages that browse: task instances, jobs, XComs, import errors, assets. */
import type { Answered } from './named.ts';

const HOUR = 3_600_000;
const now = Date.now();
const iso = (ms: number) => new Date(ms).toISOString();
const DAG = 'bullhorn_sync_optimized';
const TASKS = ['sync_candidates', 'sync_positions', 'embed_candidates', 'embed_positions', 'find_matches', 'publish_report'];
const STATES = ['success', 'success', 'success', 'running', 'failed', 'upstream_failed', 'up_for_retry', 'skipped', null, 'deferred'];
const run = (n: number) => `scheduled__${iso(Math.floor(now / HOUR) * HOUR - n * 6 * HOUR).replace('.000Z', '+00:00')}`;

const tis = Array.from({ length: 240 }, (_, n) => {
  const start = now - n * 40 * 60_000;
  const state = STATES[(n * 7) % STATES.length]!;
  return {
    dag_id: n % 5 === 4 ? 'billing_export' : DAG,
    run_id: run(Math.floor(n / 6)),
    task_id: TASKS[n % 6]!,
    map_index: n % 6 === 2 ? n % 4 : -1,
    state,
    try_number: 1 + (n % 3),
    max_tries: 2,
    operator: n % 3 === 2 ? 'HttpOperator' : 'PythonOperator',
    pool: 'default_pool',
    queue: 'default',
    priority_weight: 1,
    scheduled_at: iso(start - 5000),
    queued_at: iso(start - 3000),
    start_date: state === null ? null : iso(start),
    end_date: state === null || state === 'running' ? null : iso(start + 1000 * (20 + ((n * 37) % 400))),
    duration: state === null || state === 'running' ? null : 20 + ((n * 37) % 400),
    hostname: 'worker-1.internal',
    pid: 4000 + n,
    note: null,
    logical_date: iso(start),
    run_after: iso(start),
  };
});

const jobs = ['SchedulerJob', 'TriggererJob', 'DagProcessorJob', 'LocalTaskJob', 'LocalTaskJob', 'LocalTaskJob'].map((job_type, n) => ({
  id: 900 - n,
  dag_id: null,
  state: n < 4 ? 'running' : n === 4 ? 'success' : 'failed',
  job_type,
  start_date: iso(now - (n + 1) * 5 * HOUR),
  end_date: n < 4 ? null : iso(now - n * HOUR),
  latest_heartbeat: iso(now - (n < 4 ? 3000 : n * HOUR)),
  executor_class: 'LocalExecutor',
  hostname: 'updraft-1.internal',
  unixname: 'updraft',
}));

const xcoms = tis.slice(0, 30).map((ti, n) => ({
  key: n % 3 ? 'return_value' : 'rows',
  timestamp: ti.end_date ?? ti.run_after,
  logical_date: ti.logical_date,
  map_index: ti.map_index,
  task_id: ti.task_id,
  dag_id: ti.dag_id,
  run_id: ti.run_id,
  dag_display_name: ti.dag_id,
  task_display_name: ti.task_id,
  run_after: ti.run_after,
}));

const importErrors = [
  {
    import_error_id: 1,
    timestamp: iso(now - 12_000),
    filename: 'billing/export_v2.py',
    bundle_name: 'dags-folder',
    stack_trace: `Traceback (most recent call last):\n  File "/dags/billing/export_v2.py", line 12, in <module>\n    from lib.ledger import Client\n  File "/dags/lib/ledger.py", line 3, in <module>\n    import ledger_sdk\nModuleNotFoundError: No module named 'ledger_sdk'\n`,
  },
  {
    import_error_id: 2,
    timestamp: iso(now - 3 * HOUR),
    filename: 'search/reindex.py',
    bundle_name: 'dags-folder',
    stack_trace: `  File "/dags/search/reindex.py", line 41\n    with DAG("reindex" schedule="@daily"):\n             ^^^^^^^^^^^^^^^^^^^\nSyntaxError: invalid syntax. Perhaps you forgot a comma?\n`,
  },
];

const asset = (id: number, name: string, uri: string, makers: [string, string][], starts: string[], readers: [string, string][] = []) => ({
  id,
  name,
  uri,
  group: 'asset',
  extra: id === 1 ? { owner: 'recruiting' } : {},
  created_at: iso(now - 400 * HOUR),
  updated_at: iso(now - 4 * HOUR),
  scheduled_dags: starts.map((dag_id) => ({ dag_id, created_at: iso(now), updated_at: iso(now) })),
  producing_tasks: makers.map(([dag_id, task_id]) => ({ dag_id, task_id })),
  consuming_tasks: readers.map(([dag_id, task_id]) => ({ dag_id, task_id })),
  aliases: [],
  watchers: [],
  last_asset_event: id < 5 ? { id, timestamp: iso(now - id * HOUR) } : null,
});
const assets = [
  asset(1, 'candidates', 's3://warehouse/recruiting/candidates', [[DAG, 'sync_candidates']], ['search_snapshot', 'crm_quality']),
  asset(2, 'positions', 's3://warehouse/recruiting/positions', [[DAG, 'sync_positions']], ['search_snapshot']),
  asset(3, 'matches', 'postgres://db/app/public/matches', [[DAG, 'find_matches']], ['mail_rollup'], [['crm_export', 'load']]),
  asset(4, 'search-index', 'search-index', [['search_snapshot', 'publish']], ['mail_rollup', 'catalogue_cleanup']),
  asset(5, 'ledger', 's3://warehouse/ledger', [['billing_export', 'write']], ['billing_rollup']),
];
const events = Array.from({ length: 12 }, (_, n) => ({
  id: 100 - n,
  asset_id: 1 + (n % 4),
  uri: assets[n % 4]!.uri,
  name: assets[n % 4]!.name,
  group: 'asset',
  extra: n === 2 ? { rows: 412 } : {},
  source_task_id: n === 3 ? null : 'find_matches',
  source_dag_id: n === 3 ? null : DAG,
  source_run_id: n === 3 ? null : run(n),
  source_map_index: -1,
  created_dagruns: n % 3 ? [{ run_id: run(n), dag_id: 'search_snapshot', state: n === 1 ? 'running' : 'success' }] : [],
  timestamp: iso(now - n * 3 * HOUR),
}));

const slice = <T>(query: URLSearchParams, rows: T[]) => {
  const offset = Number(query.get('offset') ?? 0);
  return rows.slice(offset, offset + Number(query.get('limit') ?? 50));
};

export function browse(method: string, path: string, query: URLSearchParams, body: Record<string, unknown> | undefined): Answered | null {
  const ok = (answer: unknown): Answered => ({ status: 200, body: answer });
  if (path === '/ui/api/task-instances') {
    const states = query.getAll('state');
    const found = tis.filter(
      (ti) =>
        (states.length === 0 || states.includes(String(ti.state))) &&
        ti.task_id.includes(query.get('task') ?? '') &&
        ti.dag_id.includes(query.get('dag') ?? ''),
    );
    const start = Number(query.get('cursor') ?? 0);
    const size = Number(query.get('limit') ?? 50);
    return ok({
      task_instances: found.slice(start, start + size),
      next: start + size < found.length ? String(start + size) : null,
      total: found.length,
    });
  }
  if (path === '/api/v2/jobs') return ok({ jobs: slice(query, jobs), total_entries: jobs.length });
  if (path === '/api/v2/importErrors') return ok({ import_errors: slice(query, importErrors), total_entries: importErrors.length });
  if (path === '/api/v2/assets/events' && method === 'GET') {
    const found = events.filter((event) => !query.get('asset_id') || String(event.asset_id) === query.get('asset_id'));
    return ok({ asset_events: slice(query, found), total_entries: found.length });
  }
  if (path === '/api/v2/assets/events') {
    const of = assets.find((each) => each.id === body?.asset_id)!;
    events.unshift({
      ...events[3]!,
      id: 200 + events.length,
      asset_id: of.id,
      name: of.name,
      uri: of.uri,
      extra: (body?.extra ?? {}) as never,
      timestamp: iso(Date.now()),
    });
    return ok(events[0]);
  }
  if (path === '/api/v2/assets') {
    const found = assets.filter((each) => each.name.includes(query.get('name_pattern') ?? ''));
    return ok({ assets: slice(query, found), total_entries: found.length });
  }
  const one = /^\/api\/v2\/assets\/(\d+)(\/materialize)?$/.exec(path);
  if (one) {
    const found = assets.find((each) => each.id === Number(one[1]));
    if (!found) return { status: 404, body: { detail: `there is no asset ${one[1]}` } };
    return ok(one[2] ? { dag_id: found.producing_tasks[0]?.dag_id, dag_run_id: run(0) } : found);
  }
  if (path === '/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries')
    return ok({ xcom_entries: slice(query, xcoms), total_entries: xcoms.length });
  if (/\/xcomEntries\//.test(path)) return ok({ value: { inserted: 412, updated: 38, sample: ['a', 'b', null], ratio: 0.93 } });
  if (method === 'PATCH' && /^\/api\/v2\/dags\/~\/dagRuns(\/~\/taskInstances)?$/.test(path))
    return ok({ update: { success: [], errors: [] } });
  if (method === 'POST' && /\/dagRuns\/[^/]+\/clear$/.test(path)) {
    return ok({ task_instances: tis.slice(0, 6).map((ti) => ({ ...ti, dag_run_id: ti.run_id })), total_entries: 6 });
  }
  return null;
}
