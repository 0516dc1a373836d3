/** What the pages beside the DAGs ask of the public REST API. The forms are those of Airflow 3. */
import { path } from '../lib/base.ts';
import type { Query } from './client.ts';
import { ask } from './queries.ts';

export interface Job {
  id: number;
  dag_id: string | null;
  state: string | null;
  job_type: string | null;
  start_date: string | null;
  end_date: string | null;
  latest_heartbeat: string | null;
  executor_class: string | null;
  hostname: string | null;
  unixname: string | null;
}

export interface XCom {
  key: string;
  timestamp: string;
  logical_date: string | null;
  map_index: number;
  task_id: string;
  dag_id: string;
  run_id: string;
}

export interface ImportError {
  import_error_id: number;
  timestamp: string;
  filename: string;
  bundle_name: string | null;
  stack_trace: string;
}

export interface Asset {
  id: number;
  name: string;
  uri: string;
  group: string;
  extra: Record<string, unknown> | null;
  created_at: string;
  updated_at: string;
  scheduled_dags: { dag_id: string }[];
  producing_tasks: { dag_id: string; task_id: string }[];
  consuming_tasks: { dag_id: string; task_id: string }[];
  aliases: { id: number; name: string }[];
  last_asset_event: { id: number | null; timestamp: string | null } | null;
}

export interface AssetEvent {
  id: number;
  asset_id: number;
  uri: string | null;
  name: string | null;
  extra: Record<string, unknown> | null;
  source_task_id: string | null;
  source_dag_id: string | null;
  source_run_id: string | null;
  source_map_index: number;
  created_dagruns: { run_id: string; dag_id: string; state: string }[];
  timestamp: string;
}

export interface Backfill {
  id: number;
  dag_id: string;
  from_date: string;
  to_date: string;
  dag_run_conf: Record<string, unknown> | null;
  is_paused: boolean;
  reprocess_behavior: 'failed' | 'completed' | 'none';
  max_active_runs: number;
  created_at: string;
  completed_at: string | null;
  updated_at: string;
}

export const placeQueries = {
  jobs: (query: Query) => ask<{ jobs: Job[]; total_entries: number }>(['jobs'], '/api/v2/jobs', query),
  xcoms: (query: Query) =>
    ask<{ xcom_entries: XCom[]; total_entries: number }>(['xcoms'], '/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries', query),
  importErrors: (query: Query) =>
    ask<{ import_errors: ImportError[]; total_entries: number }>(['import-errors'], '/api/v2/importErrors', query),
  assets: (query: Query) => ask<{ assets: Asset[]; total_entries: number }>(['assets'], '/api/v2/assets', query),
  asset: (id: number) => ask<Asset>(['assets', id], path`/api/v2/assets/${id}`),
  assetEvents: (query: Query) =>
    ask<{ asset_events: AssetEvent[]; total_entries: number }>(['asset-events'], '/api/v2/assets/events', query),
  backfills: (dag: string) =>
    ask<{ backfills: Backfill[]; total_entries: number }>(['dag', dag, 'backfills'], '/api/v2/backfills', {
      dag_id: dag,
      limit: 20,
      order_by: '-id',
    }),
  config: () => ask<{ sections: { name: string; options: { key: string; value: string | string[] }[] }[] }>(['config'], '/api/v2/config'),
  plugins: () => ask<{ plugins: Plugin[]; total_entries: number }>(['plugins'], '/api/v2/plugins', { limit: 100 }),
  pluginErrors: () =>
    ask<{ import_errors: { source: string; error: string }[]; total_entries: number }>(
      ['plugins', 'errors'],
      '/api/v2/plugins/importErrors',
    ),
  providers: (query: Query) => ask<{ providers: Provider[]; total_entries: number }>(['providers'], '/api/v2/providers', query),
  health: () => ask<Record<string, Record<string, string | null> | null>>(['health'], '/api/v2/monitor/health'),
  version: () => ask<{ version: string; git_version: string | null }>(['version'], '/api/v2/version'),
};

export interface Provider {
  package_name: string;
  description: string;
  version: string;
  documentation_url: string | null;
}

export interface Plugin {
  name: string;
  source: string;
  macros: string[];
  flask_blueprints: string[];
  fastapi_apps: { name?: string; url_prefix?: string }[];
  fastapi_root_middlewares: { name?: string }[];
  external_views: { name: string; href: string }[];
  react_apps: { name: string }[];
  appbuilder_views: { name?: string }[];
  appbuilder_menu_items: { name?: string }[];
  global_operator_extra_links: string[];
  operator_extra_links: string[];
  listeners: string[];
  timetables: string[];
}
