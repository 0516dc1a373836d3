/** What `/ui/api` answers. */

export interface Me {
  username: string;
  first_name: string;
  last_name: string;
  roles: string[];
  csrf_token: string;
  version: string;
  instance_name: string;
  default_timezone: string;
  can: { read: string[]; edit: string[]; create: string[]; delete: string[]; menu: string[] };
  test_connection: boolean;
  expose_config: boolean;
  auto_refresh: boolean;
  plugins?: { name: string; category: string; href: string; frame: boolean }[];
}

export interface Run {
  dag_id: string;
  run_id: string;
  state: string | null;
  run_type: string;
  run_after: string;
  logical_date: string | null;
  data_interval_start: string | null;
  data_interval_end: string | null;
  queued_at: string | null;
  start_date: string | null;
  end_date: string | null;
  duration: number | null;
  note: boolean | string | null;
  version: number | null;
  triggered_by: string | null;
}

export interface Ti {
  dag_id: string;
  run_id: string;
  task_id: string;
  map_index: number;
  state: string | null;
  try_number: number;
  max_tries: number;
  operator: string | null;
  pool: string;
  queue: string | null;
  priority_weight: number | null;
  scheduled_at: string | null;
  queued_at: string | null;
  start_date: string | null;
  end_date: string | null;
  duration: number | null;
  hostname: string | null;
  pid: number | null;
  note: string | null;
  logical_date: string | null;
  run_after: string;
}

export interface DagRow {
  dag_id: string;
  description: string | null;
  tags: string[];
  owners: string[];
  is_paused: boolean;
  schedule: string | null;
  schedule_words: string | null;
  timezone: string;
  next_run: string | null;
  last_run: Run | null;
  runs: Run[];
  run_counts: Record<string, number>;
  task_counts: Record<string, number>;
  favorite: boolean;
  has_import_errors: boolean;
  can_edit: boolean;
  can_trigger: boolean;
}

export interface DagList {
  total: number;
  counts: { all: number; active: number; paused: number; running: number; failed: number; import_errors: number };
  tags: string[];
  owners: string[];
  dags_folder: string;
  dags: DagRow[];
}

export interface ParamSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  description_md?: string;
  section?: string;
  format?: string;
  enum?: unknown[];
  values_display?: Record<string, string>;
  examples?: unknown[];
  items?: ParamSchema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  const?: unknown;
}

export interface Param {
  value: unknown;
  description?: string | null;
  schema: ParamSchema;
}

export interface DagTask {
  task_id: string;
  label: string;
  operator: string;
  parent: string | null;
  trigger_rule: string;
  retries: number;
  pool: string;
  is_mapped: boolean;
  is_sensor: boolean;
  doc_md: string | null;
  downstream: string[];
}

export interface Dag extends DagRow {
  doc_md: string | null;
  params: Record<string, Param>;
  fileloc: string;
  relative_fileloc: string | null;
  bundle: string | null;
  version: number | null;
  catchup: boolean;
  max_active_runs: number | null;
  max_active_tasks: number | null;
  start_date: string | null;
  end_date: string | null;
  default_args?: string | null;
  last_parsed: string | null;
  owner_links?: Record<string, string>;
  tasks: DagTask[];
  groups: { group_id: string; label: string; parent: string | null; tooltip: string | null }[];
  recent_confs: { run_id: string; conf: Record<string, unknown> }[];
  import_errors: { filename: string; timestamp: string; stack_trace: string }[];
}

export interface Home {
  health: { component: string; status: 'healthy' | 'unhealthy' | 'unknown'; latest_heartbeat: string | null; detail: string | null }[];
  failed: Run[];
  running: Run[];
  late: { dag_id: string; run_after: string; late_seconds: number }[];
  next: { dag_id: string; run_after: string; schedule_words: string | null }[];
  import_errors: number;
  pools: { name: string; slots: number; running: number; queued: number; scheduled: number; deferred: number; open: number }[];
  outcomes: { hour: string; success: number; failed: number }[];
}

export interface GridTask {
  id: string;
  label: string;
  kind: 'task' | 'group';
  depth: number;
  parent: string | null;
  operator: string | null;
  mapped: boolean;
  setup: boolean;
  teardown: boolean;
}

export interface Grid {
  version: number | null;
  tasks: GridTask[];
  runs: Run[];
  /** Base64 of a byte per task row and run, rows first. */
  cells: string;
  older: boolean;
  newer: boolean;
}

export interface GraphNode {
  id: string;
  label: string;
  kind: string;
  parent: string | null;
  x: number;
  y: number;
  w: number;
  h: number;
  operator: string | null;
  mapped: boolean;
  count: number | null;
}

export interface GraphEdge {
  from: string;
  to: string;
  label: string | null;
  setup: boolean;
  points: [number, number][];
}

export interface Graph {
  version: number | null;
  width: number;
  height: number;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export interface GanttTry {
  try: number;
  state: string | null;
  scheduled_at: string | null;
  queued_at: string | null;
  start: string | null;
  end: string | null;
}

export interface GanttRow {
  task_id: string;
  map_index: number;
  label: string;
  group: string | null;
  depth: number;
  operator: string | null;
  state: string | null;
  tries: GanttTry[];
  wait: number | null;
  run: number | null;
  share: number | null;
  median: number | null;
}

export interface Gantt {
  now: string;
  start: string | null;
  end: string | null;
  rows: GanttRow[];
  critical: string[];
  gaps: { from: string; to: string }[];
}

export interface Failure {
  task_id: string;
  map_index: number;
  try_number: number;
  error: string;
  frames?: string[];
  failed: number;
  upstream_failed: number;
  log_line?: number | null;
}

export interface RunDetail extends Omit<Run, 'note'> {
  conf: Record<string, unknown> | null;
  note: string | null;
  task_instances: Ti[];
  counts: Record<string, number>;
  creating_user: string | null;
  failure: Failure | null;
  upstream_events: { asset: string; uri?: string; timestamp: string }[];
}

export interface Try {
  try_number: number;
  state: string | null;
  start_date: string | null;
  end_date: string | null;
  duration: number | null;
  hostname: string | null;
  pid: number | null;
  exit: string | null;
  log: boolean;
}

export interface TiDetail extends Ti {
  tries: Try[];
  why: string[];
  heartbeat_at: string | null;
  trigger?: { class: string; since: string; kwargs: Record<string, unknown> } | null;
  rendered: Record<string, unknown>;
  xcoms: { key: string; bytes: number; timestamp: string; mapped: boolean }[];
  mapped: { count: number; counts: Record<string, number> } | null;
  links?: { name: string; href: string }[];
  task: DagTask | null;
}

export type Level = 'debug' | 'info' | 'warning' | 'error' | 'critical';

export interface LogLine {
  n: number;
  at: string | null;
  level: Level | null;
  source: string | null;
  text: string;
  cut: boolean;
}

export interface LogPage {
  total: number;
  bytes: number;
  complete: boolean;
  from: number;
  lines: LogLine[];
}

export interface LogLevels {
  total: number;
  counts: Partial<Record<Level, number>>;
  first_error: number | null;
  marks: [number, Level][];
}

export interface Hit {
  kind: 'dag' | 'run' | 'task' | 'variable' | 'connection';
  id: string;
  label: string;
  detail: string | null;
  href: string;
}

/** A row of the event log, as `/api/v2/eventLogs` has it. */
export interface EventLog {
  event_log_id: number;
  when: string;
  dag_id: string | null;
  task_id: string | null;
  run_id: string | null;
  map_index: number | null;
  try_number: number | null;
  event: string;
  logical_date: string | null;
  owner: string | null;
  extra: string | null;
}
