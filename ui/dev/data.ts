import type { ServerResponse } from 'node:http';
import type { Dag, DagRow, DagTask, LogLine, Run, Ti } from '../src/api/types.ts';
import { places } from './places.ts';
import { questionOf } from './questions.ts';
import { ganttOf, graphOf } from './shapes.ts';

export interface Ask {
  method: string;
  url: URL;
  body: Record<string, unknown> | undefined;
  signedIn: boolean;
  response: ServerResponse;
}

const json = (response: ServerResponse, value: unknown, status = 200) => {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(status === 204 ? undefined : JSON.stringify(value));
};
const HOUR = 3_600_000;
const START = Math.floor(Date.now() / HOUR) * HOUR;
const iso = (ms: number) => new Date(ms).toISOString();
const hash = (text: string) => [...text].reduce((sum, char) => (Math.imul(sum, 31) + char.charCodeAt(0)) >>> 0, 7);

const PIPELINE = ['sync_candidates', 'sync_positions', 'embed_candidates', 'embed_positions', 'find_matches', 'publish_report'];
const PLACES = ['crm', 'billing', 'search', 'mail', 'warehouse', 'ledger', 'tickets', 'catalogue'];
const KINDS = ['export', 'cleanup', 'rollup', 'quality', 'snapshot'];

function makeDag(dagId: string, index: number): Dag {
  const big = dagId === 'wide_example';
  const names = big
    ? Array.from({ length: 500 }, (_, n) => `part_${Math.floor(n / 25)}.step_${n % 25}`)
    : index === 0
      ? PIPELINE
      : PIPELINE.slice(0, 2 + (index % 5));
  const tasks: DagTask[] = names.map((name, n) => ({
    task_id: name,
    label: name.split('.').at(-1)!,
    operator: n % 3 === 2 ? 'HttpOperator' : 'PythonOperator',
    parent: big ? name.split('.')[0]! : null,
    trigger_rule: 'all_success',
    retries: 2,
    pool: 'default_pool',
    is_mapped: n === 2,
    is_sensor: false,
    is_setup: false,
    is_teardown: false,
    doc_md: null,
    downstream: big ? (n % 25 < 24 ? [names[n + 1]!] : []) : names.slice(n + 1, n + (n === 0 && names.length > 2 ? 3 : 2)),
  }));
  const runs = Array.from({ length: big ? 100 : 30 }, (_, n) => makeRun(dagId, index, n, big ? 100 : 30));
  const paused = index % 7 === 3;
  return {
    dag_id: dagId,
    description:
      index === 0
        ? 'Syncs candidates and positions, embeds them and finds matches.'
        : index % 2
          ? `Keeps ${dagId.split('_')[0]} in order`
          : null,
    tags: index === 0 ? ['recruiting', 'bullhorn', 'ml'] : [KINDS[index % 5]!],
    owners: [index === 0 ? 'recruiting' : index % 3 ? 'platform' : 'data'],
    is_paused: paused,
    schedule: index === 0 ? '0 */6 * * *' : index % 4 === 1 ? 'None' : '15 2 * * *',
    schedule_words: index === 0 ? 'every 6 hours' : index % 4 === 1 ? 'only by hand' : 'at 02:15 every day',
    timezone: index % 5 === 2 ? 'America/New_York' : 'UTC',
    next_run: paused || index % 4 === 1 ? null : iso(START + (1 + (index % 9)) * HOUR),
    last_run: runs.at(-1)!,
    runs,
    run_counts: { running: runs.filter((run) => run.state === 'running').length, success: 812 + index, failed: index % 4 },
    task_counts:
      index % 5 === 0
        ? { success: 3, running: 1, scheduled: 2 }
        : index % 4 === 2
          ? { success: 2, failed: 1, upstream_failed: 2 }
          : { success: names.length },
    has_import_errors: false,
    can_edit: true,
    can_trigger: true,
    doc_md: index === 0 ? '# Matching\n\nEvery six hours. See the *runbook* before clearing.' : null,
    params:
      index === 0
        ? {
            threshold: {
              value: 70,
              description: 'Matches below this score are dropped.',
              schema: { type: 'integer', title: 'Score threshold', minimum: 0, maximum: 100 },
            },
            mode: { value: 'incremental', description: null, schema: { type: 'string', enum: ['incremental', 'full'] } },
            since: { value: null, description: 'Only what changed after it.', schema: { type: ['string', 'null'], format: 'date-time' } },
            notify: { value: true, description: 'Mail the report', schema: { type: 'boolean' } },
            clients: { value: ['acme'], description: null, schema: { type: 'array', section: 'Scope' } },
            extra: { value: { dry: false }, description: null, schema: { type: 'object', section: 'Scope' } },
          }
        : {},
    fileloc: `/srv/dags/${dagId}.py`,
    relative_fileloc: `${dagId}.py`,
    version: 3,
    catchup: false,
    max_active_runs: 16,
    max_active_tasks: 16,
    start_date: '2029-01-01T00:00:00Z',
    end_date: null,
    last_parsed: iso(Date.now() - 20_000),
    is_active: true,
    tasks,
    groups: big ? Array.from({ length: 20 }, (_, n) => ({ group_id: `part_${n}`, label: `part_${n}`, parent: null, tooltip: '' })) : [],
    recent_confs: [{ run_id: 'manual__1', conf: { threshold: 80 } }],
    import_errors: [],
  };
}

function makeRun(dagId: string, index: number, n: number, of: number): Run {
  const after = START - (of - 1 - n) * 6 * HOUR;
  const newest = n === of - 1;
  const state = newest && index % 5 === 0 ? 'running' : hash(dagId + n) % 11 === 0 || (newest && index % 4 === 2) ? 'failed' : 'success';
  const seconds = 60 + (hash(`${dagId}${n}d`) % 240);
  const start = newest ? Date.now() - 90_000 : after + 3000;
  return {
    dag_id: dagId,
    run_id: n % 9 === 4 ? `manual__${iso(after)}` : `scheduled__${iso(after)}`,
    state,
    run_type: n % 9 === 4 ? 'manual' : 'scheduled',
    run_after: iso(after),
    logical_date: iso(after),
    data_interval_start: iso(after - 6 * HOUR),
    data_interval_end: iso(after),
    queued_at: iso(start - 1000),
    start_date: iso(start),
    end_date: state === 'running' ? null : iso(start + seconds * 1000),
    duration: state === 'running' ? null : seconds,
    note: n % 10 === 7 ? 'Looked at by the team.' : null,
    version: n > of / 2 ? 3 : 2,
    triggered_by: n % 9 === 4 ? 'rest_api' : 'timetable',
  };
}

const NAMES = ['bullhorn_sync_optimized', 'wide_example', ...PLACES.flatMap((place) => KINDS.map((kind) => `${place}_${kind}`))];
const dags = new Map(NAMES.map((name, index) => [name, makeDag(name, index)]));

const CODES = ['none', 'scheduled', 'queued', 'running', 'success', 'failed', 'skipped', 'upstream_failed', 'up_for_retry'];
function stateAt(run: Run, task: number, tasks: number): string | null {
  if (run.state === 'success') return hash(run.run_id + task) % 17 === 0 ? 'skipped' : 'success';
  const turn = Math.floor(tasks * 0.6);
  if (task < turn) return 'success';
  if (run.state === 'running') return task === turn ? 'running' : task === turn + 1 ? 'up_for_retry' : task < turn + 3 ? 'scheduled' : null;
  return task === turn ? 'failed' : 'upstream_failed';
}

export function tisOf(dag: Dag, run: Run): Ti[] {
  const each = ((run.duration ?? 90) / dag.tasks.length) * 1.4;
  return dag.tasks.map((task, n) => {
    const state = stateAt(run, n, dag.tasks.length);
    const began = Date.parse(run.start_date!) + n * each * 700;
    const ran = state === 'success' || state === 'failed' || state === 'running' || state === 'up_for_retry';
    const over = ran && state !== 'running';
    return {
      dag_id: dag.dag_id,
      run_id: run.run_id,
      task_id: task.task_id,
      map_index: -1,
      state,
      try_number: state === 'failed' ? 3 : ran ? 1 : 0,
      max_tries: 2,
      operator: task.operator,
      pool: task.pool,
      queue: 'default',
      priority_weight: dag.tasks.length - n,
      scheduled_at: ran ? iso(began - 2000) : null,
      queued_at: ran ? iso(began - 1000) : null,
      start_date: ran ? iso(began) : null,
      end_date: over ? iso(began + each * 1000) : null,
      duration: over ? each : null,
      hostname: ran ? 'worker-1' : null,
      pid: ran ? 4000 + n : null,
      rendered_map_index: null,
      note: null,
      logical_date: run.logical_date,
      run_after: run.run_after,
    };
  });
}

function gridOf(dag: Dag, url: URL) {
  const runs = dag.runs.slice(-Number(url.searchParams.get('n') ?? 25));
  const tasks = dag.tasks.flatMap((task, n) => {
    const row = {
      id: task.task_id,
      label: task.label,
      kind: 'task',
      depth: task.parent ? 1 : 0,
      parent: task.parent,
      operator: task.operator,
      mapped: task.is_mapped,
      setup: false,
      teardown: false,
      at: n,
    };
    const first = task.parent && dag.tasks.findIndex((each) => each.parent === task.parent) === n;
    return first
      ? [{ ...row, id: task.parent!, label: task.parent!, kind: 'group', depth: 0, parent: null, operator: null, mapped: false }, row]
      : [row];
  });
  const bytes = Buffer.alloc(tasks.length * runs.length);
  tasks.forEach((task, row) => {
    runs.forEach((run, column) => {
      const state = stateAt(run, task.at, dag.tasks.length) ?? 'none';
      bytes[row * runs.length + column] = CODES.indexOf(state) | (task.mapped ? 0x10 : 0) | (state === 'failed' ? 0x20 : 0);
    });
  });
  return { version: 3, tasks, runs, cells: bytes.toString('base64'), older: runs.length < dag.runs.length, newer: false };
}

function logLine(n: number, total: number): LogLine {
  const at = iso(START + n * 137);
  const line = (level: LogLine['level'], text: string): LogLine => ({
    n,
    offset: n * 100,
    bytes: 100,
    at,
    level,
    source: level ? 'task' : null,
    text,
    cut: false,
  });
  if (n === 2) return line('info', '::group::Pre-task execution');
  if (n === 6) return line('info', '::endgroup::');
  if (n === 20)
    return line(
      'info',
      'ANSI: \u001b[32mgreen\u001b[0m \u001b[1;31mbold red\u001b[0m \u001b[38;5;208morange\u001b[0m <img src=x onerror=alert(1)> https://example.com/a?b=c',
    );
  if (n === total - 9) return line('error', 'Task failed with exception');
  if (n > total - 9 && n < total - 2) {
    return line(
      'error',
      [
        'Traceback (most recent call last):',
        '  File "/srv/dags/matching.py", line 42, in find_matches',
        '    return call_service(url, run_id)',
        '  File "/srv/dags/matching.py", line 17, in call_service',
        '    raise ServiceError(f"{url} does not answer")',
        'ServiceError: http://127.0.0.1:8000 does not answer',
      ][n - total + 8]!,
    );
  }
  if (n % 97 === 50) return line('warning', `batch ${n} took longer than usual: 2.${n % 10} s`);
  return line(
    n % 31 === 5 ? 'debug' : 'info',
    `${n} of ${total}: candidate ${10_000 + n} embedded in ${3 + (n % 9)} ms, model text-embedding-3, 768 dimensions`,
  );
}

async function logs(rest: string[], url: URL, response: ServerResponse, task: string) {
  const total = task === 'sync_candidates' ? 1_000_000 : 1200;
  const number = (name: string, or: number) => Number(url.searchParams.get(name) ?? or);
  const errors = [total - 9, total - 3];
  switch (rest[0]) {
    case 'lines': {
      const asked = number('from', 0);
      const from = asked < 0 ? Math.max(0, total + asked) : asked;
      const lines = Array.from({ length: Math.max(0, Math.min(number('n', 500), total - from)) }, (_, n) => logLine(from + n, total));
      return json(response, { total, bytes: total * 118, complete: true, from, lines });
    }
    case 'levels':
      return json(response, {
        total,
        counts: { info: total - 60, warning: 40, error: 7, debug: 13 },
        first_error: errors[0],
        marks: [[50, 'warning'], [Math.floor(total / 2), 'warning'], ...errors.map((line) => [line, 'error'])],
      });
    case 'near':
      return json(response, {
        line:
          url.searchParams.get('dir') === 'prev'
            ? (errors.findLast((line) => line < number('line', 0)) ?? null)
            : (errors.find((line) => line > number('line', 0)) ?? null),
      });
    case 'search': {
      const q = url.searchParams.get('q') ?? '';
      const hits = Array.from({ length: Math.min(total, 5000) }, (_, n) => n).filter((n) => logLine(n, total).text.includes(q));
      response.setHeader('Content-Type', 'application/x-ndjson');
      return response.end(
        [...hits.map((n) => ({ n })), { done: true, total: hits.length, truncated: false }].map((each) => JSON.stringify(each)).join('\n'),
      );
    }
    default:
      response.setHeader('Content-Type', 'text/plain');
      return response.end(Array.from({ length: 1000 }, (_, n) => logLine(n, total).text).join('\n'));
  }
}

const runOf = (dag: Dag, id: string) => dag.runs.find((run) => run.run_id === id);

function tiDetail(dag: Dag, run: Run, ti: Ti) {
  const tries = Array.from({ length: Math.max(ti.try_number, 0) }, (_, n) => ({
    try_number: n + 1,
    state: n + 1 === ti.try_number ? ti.state : 'failed',
    start_date: ti.start_date,
    end_date: ti.end_date,
    duration: ti.duration,
    hostname: 'worker-1',
    pid: 4000 + n,
    exit: ti.state === 'failed' ? 'exception ServiceError' : null,
    log: true,
  }));
  return {
    ...ti,
    tries,
    why: ti.state === null ? ['waits for find_matches, which is running', 'pool default_pool has 0 of 128 slots free'] : [],
    heartbeat_at: ti.state === 'running' ? iso(Date.now() - 4000) : null,
    ...(questionOf(run.run_id, ti.task_id)?.answer === null ? { state: 'deferred' } : {}),
    trigger: null,
    question: questionOf(run.run_id, ti.task_id),
    rendered: { op_kwargs: { run_id: run.run_id }, templates_dict: null, sql: 'SELECT *\nFROM matches\nWHERE score >= 70' },
    xcoms: [{ key: 'return_value', bytes: 2140, timestamp: run.run_after, mapped: false }],
    mapped: null,
    links: [],
    task: dag.tasks.find((task) => task.task_id === ti.task_id),
  };
}

export async function answer({ method, url, body, signedIn, response }: Ask) {
  const path = url.pathname;
  if (path === '/ui/api/login') {
    if (body?.username !== 'admin' || body?.password !== 'admin') return json(response, { detail: 'wrong' }, 401);
    response.setHeader('Set-Cookie', 'updraft_session=1; Path=/; HttpOnly; SameSite=Lax');
    return json(response, null, 204);
  }
  if (path === '/ui/api/logout') {
    response.setHeader('Set-Cookie', 'updraft_session=; Path=/; Max-Age=0');
    return json(response, null, 204);
  }
  if (!signedIn) return json(response, { detail: 'Not authenticated' }, 401);
  if (path === '/ui/api/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('retry: 2000\n\n: hello\n\n');
    return;
  }
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  const [, , kind, dagId = '', runId = '', ...rest] = parts;
  const dag = dags.get(
    kind === 'dags' || kind === 'grid' || kind === 'graph' || kind === 'gantt' || kind === 'runs' || kind === 'logs' ? dagId : '',
  );
  if (path === '/ui/api/me') return json(response, ME);
  if (kind === 'dagSources') return json(response, { dag_id: dagId, version_number: 3, content: SOURCE });
  if (kind === 'dags' && runId === 'dagVersions')
    return json(response, { dag_versions: [{ version_number: 3, created_at: '2030-01-01T00:00:00Z' }], total_entries: 1 });
  const place = places({ method, url, body });
  if (place) return json(response, place.body, place.status);
  if (path === '/ui/api/dags') return json(response, list(url));
  if (path === '/ui/api/home') return json(response, home());
  if (path === '/ui/api/search')
    return json(response, {
      hits: NAMES.filter((name) => name.includes(url.searchParams.get('q') ?? ''))
        .slice(0, 20)
        .map((name) => ({ kind: 'dag', id: name, label: name, detail: null, href: `/dags/${name}` })),
    });
  if (method === 'PATCH' && parts[0] === 'api' && kind === 'dags' && dag && typeof body?.is_paused === 'boolean') {
    dag.is_paused = body.is_paused;
    return json(response, dag);
  }
  if (method === 'POST' && dag && parts[0] === 'api' && runId === 'dagRuns')
    return json(response, { dag_run_id: dag.runs.at(-1)!.run_id, ...body });
  if (method === 'POST' && dag && parts[0] === 'api' && runId === 'clearTaskInstances') {
    const affected = tisOf(dag, dag.runs.at(-1)!)
      .slice(-3)
      .map((ti) => ({ ...ti, dag_run_id: ti.run_id }));
    return json(response, { task_instances: affected, total_entries: affected.length });
  }
  if (path === '/api/v2/eventLogs') {
    const event_logs = Array.from({ length: 40 }, (_, n) => ({
      event_log_id: n,
      when: iso(Date.now() - n * HOUR),
      dag_id: NAMES[0],
      task_id: n % 2 ? 'find_matches' : null,
      run_id: null,
      map_index: null,
      try_number: null,
      event: n % 2 ? 'clear' : 'trigger',
      logical_date: null,
      owner: 'admin',
      extra: '{"conf": {"threshold": 70}}',
    }));
    return json(response, { event_logs, total_entries: 40 });
  }
  if (path === '/ui/api/runs')
    return json(response, {
      runs: (dags.get(url.searchParams.get('dag') ?? '') ?? dags.get(NAMES[0]!)!).runs.toReversed(),
      next: null,
      total: 30,
    });
  if (dag && kind === 'grid') return json(response, gridOf(dag, url));
  if (dag && kind === 'graph') return json(response, graphOf(dag, url.searchParams.getAll('open')));
  const run = dag && runOf(dag, runId);
  if (dag && run && kind === 'gantt') return json(response, ganttOf(dag, run, tisOf(dag, run)));
  if (dag && run && kind === 'logs') return logs(rest.slice(3), url, response, rest[0] ?? '');
  if (dag && run && kind === 'runs') {
    const all = tisOf(dag, run);
    const ti = all.find((each) => each.task_id === rest[1]);
    if (rest[0] === 'tasks' && rest[3] === 'xcoms')
      return json(response, { key: rest[4], value: { fetched: 412, inserted: 12, names: ['a', 'b'], ok: true, none: null }, bytes: 2140 });
    if (rest[0] === 'tasks' && ti) return json(response, tiDetail(dag, run, ti));
    const counts: Record<string, number> = {};
    for (const each of all) counts[each.state ?? 'none'] = (counts[each.state ?? 'none'] ?? 0) + 1;
    const failed = all.find((each) => each.state === 'failed');
    return json(response, {
      ...run,
      note: null,
      conf: { threshold: 70 },
      task_instances: all,
      counts,
      creating_user: null,
      upstream_events: [],
      failure: failed
        ? {
            task_id: failed.task_id,
            map_index: -1,
            try_number: 3,
            error: 'ServiceError: http://127.0.0.1:8000 does not answer',
            frames: ['File "/srv/dags/matching.py", line 42, in find_matches', 'File "/srv/dags/matching.py", line 17, in call_service'],
            failed: 0,
            upstream_failed: counts.upstream_failed ?? 0,
            log_line: 1191,
          }
        : null,
    });
  }
  if (dag && kind === 'dags') {
    if (runId === 'durations')
      return json(response, {
        runs: dag.runs.map((each) => ({
          run_id: each.run_id,
          run_after: each.run_after,
          state: each.state,
          duration: each.duration,
          queued_seconds: 1.2,
        })),
      });
    if (runId === 'tasks') {
      const task_instances = dag.runs.map((each) => tisOf(dag, each).find((ti) => ti.task_id === rest[0]));
      return json(response, { task_instances, median: 44, p95: 71 });
    }
    return json(response, dag);
  }
  json(response, { detail: `${method} ${path} is not made up` }, 404);
}

function list(url: URL) {
  const q = url.searchParams;
  const tags = q.getAll('tag');
  const found = [...dags.values()].filter(
    (dag) =>
      dag.dag_id.includes(q.get('q') ?? '') &&
      tags.every((tag) => dag.tags.includes(tag)) &&
      (q.get('paused') === null || String(dag.is_paused) === q.get('paused')) &&
      (q.get('state') === null || dag.last_run?.state === (q.get('state') === 'running' ? 'running' : 'failed')),
  );
  const offset = Number(q.get('offset') ?? 0);
  const rows: DagRow[] = found.slice(offset, offset + Number(q.get('limit') ?? 50)).map((dag) => ({ ...dag, runs: dag.runs.slice(-14) }));
  const all = [...dags.values()];
  return {
    total: found.length,
    counts: {
      all: all.length,
      active: all.filter((dag) => !dag.is_paused).length,
      paused: all.filter((dag) => dag.is_paused).length,
      running: 9,
      failed: 7,
      import_errors: 1,
    },
    tags: [...new Set(all.flatMap((dag) => dag.tags))],
    owners: ['recruiting', 'platform', 'data'],
    dags_folder: '/srv/dags',
    dags: rows,
  };
}

function home() {
  const all = [...dags.values()];
  return {
    health: ['scheduler', 'executor', 'metadatabase', 'dag_processor', 'triggerer'].map((component, n) => ({
      component,
      status: n === 4 ? 'unhealthy' : 'healthy',
      latest_heartbeat: iso(Date.now() - (n === 4 ? 190_000 : 2000)),
      detail: n === 4 ? 'no heartbeat for more than 30 s' : null,
    })),
    failed: all.flatMap((dag) => dag.runs.slice(-4).filter((run) => run.state === 'failed')).slice(0, 6),
    running: all.flatMap((dag) => dag.runs.filter((run) => run.state === 'running')).slice(0, 6),
    late: [{ dag_id: NAMES[3], run_after: iso(Date.now() - 600_000), late_seconds: 600 }],
    next: all
      .filter((dag) => dag.next_run)
      .slice(0, 8)
      .map((dag) => ({ dag_id: dag.dag_id, run_after: dag.next_run, schedule_words: dag.schedule_words })),
    import_errors: 1,
    pools: [
      { name: 'default_pool', slots: 128, running: 14, queued: 3, scheduled: 6, deferred: 2, open: 103 },
      { name: 'ml_service', slots: 4, running: 4, queued: 2, scheduled: 0, deferred: 0, open: 0 },
    ],
    outcomes: Array.from({ length: 24 }, (_, n) => ({
      hour: iso(START - (23 - n) * HOUR),
      success: 10 + (hash(`o${n}`) % 30),
      failed: hash(`f${n}`) % 5,
    })),
  };
}

const SOURCE = `"""The recruiting pipeline."""
import json
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.python import PythonOperator

# Every six hours.
with DAG("bullhorn_sync_optimized", schedule="0 */6 * * *", start_date=datetime(2029, 1, 1), catchup=False) as dag:
    sync = PythonOperator(task_id="sync_candidates", python_callable=lambda: 1 + 2.5)
`;
const EVERYTHING = [
  'DAGs',
  'DAG Runs',
  'Task Instances',
  'Variables',
  'Connections',
  'Pools',
  'Users',
  'Roles',
  'XComs',
  'Datasets',
  'Audit Logs',
  'Jobs',
  'ImportError',
  'Configurations',
  'Plugins',
  'Providers',
];

const MENU = [
  ...['Audit Logs', 'Cluster Activity', 'Configurations', 'Connections', 'DAG Dependencies', 'DAG Runs', 'DAGs', 'Datasets', 'Jobs'],
  ...['List Roles', 'List Users', 'Plugins', 'Pools', 'Providers', 'Task Instances', 'Variables', 'XComs'],
];

const ME = {
  username: 'admin',
  first_name: 'Ada',
  last_name: 'Admin',
  roles: ['Admin'],
  csrf_token: 'x',
  version: '0.9.0',
  instance_name: 'Updraft',
  default_timezone: 'utc',
  can: { read: EVERYTHING, edit: EVERYTHING, create: EVERYTHING, delete: EVERYTHING, menu: MENU },
  test_connection: true,
  expose_config: true,
  auto_refresh: true,
  plugins: [
    { name: 'Matches', category: 'Recruiting', href: '/recruiting/matches', frame: false },
    { name: 'Quality', category: 'Recruiting', href: '/recruiting/quality', frame: false },
  ],
};
