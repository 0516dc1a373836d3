/** Made-up answers about the server itself, its users and its plugins. */
import type { Answered } from './named.ts';

const iso = (ago: number) => new Date(Date.now() - ago).toISOString();
const RESOURCES = ['Connections', 'DAG Runs', 'DAGs', 'Datasets', 'Jobs', 'Pools', 'Task Instances', 'Users', 'Variables', 'XComs'];
const may = (actions: string[], resources: string[]) =>
  resources.flatMap((resource) => actions.map((action) => ({ action: { name: action }, resource: { name: resource } })));
const roles = [
  { name: 'Admin', actions: may(['can_read', 'can_edit', 'can_create', 'can_delete', 'menu_access'], RESOURCES) },
  { name: 'Op', actions: may(['can_read', 'can_edit'], RESOURCES.slice(0, 7)) },
  { name: 'Recruiter', actions: may(['can_read'], ['DAGs', 'DAG Runs']) },
  { name: 'Viewer', actions: may(['can_read'], RESOURCES) },
];
const user = (username: string, first_name: string, last_name: string, role: string, ago: number | null) => ({
  username,
  first_name,
  last_name,
  email: `${username}@example.com`,
  active: username !== 'old',
  last_login: ago === null ? null : iso(ago),
  login_count: 40,
  failed_login_count: username === 'grace' ? 2 : 0,
  roles: [{ name: role }],
});
const users = [
  user('admin', 'Ada', 'Admin', 'Admin', 60_000),
  user('grace', 'Grace', 'Hopper', 'Op', 3_600_000),
  user('old', 'Otto', 'Old', 'Viewer', null),
];

export function admin(method: string, path: string, _query: URLSearchParams, body: Record<string, unknown> | undefined): Answered | null {
  const ok = (answer: unknown): Answered => ({ status: 200, body: answer });
  if (path === '/api/v2/monitor/health') {
    return ok({
      metadatabase: { status: 'healthy' },
      scheduler: { status: 'healthy', latest_scheduler_heartbeat: iso(2000) },
      triggerer: { status: 'unhealthy', latest_triggerer_heartbeat: iso(240_000) },
      dag_processor: { status: 'healthy', latest_dag_processor_heartbeat: iso(4000) },
    });
  }
  if (path === '/api/v2/version') return ok({ version: '0.9.0', git_version: null });
  if (path === '/api/v2/config') {
    return ok({
      sections: [
        {
          name: 'core',
          options: [
            { key: 'dags_folder', value: '/srv/dags' },
            { key: 'parallelism', value: '32' },
            { key: 'test_connection', value: 'Enabled' },
            { key: 'fernet_key', value: '< hidden >' },
          ],
        },
        {
          name: 'api',
          options: [
            { key: 'expose_config', value: 'non-sensitive-only' },
            { key: 'maximum_page_limit', value: '100' },
          ],
        },
      ],
    });
  }
  if (path === '/api/v2/plugins/importErrors')
    return ok({
      import_errors: [{ source: '/srv/plugins/broken.py', error: "ModuleNotFoundError: No module named 'flask'" }],
      total_entries: 1,
    });
  if (path === '/api/v2/plugins') {
    const none = {
      macros: [],
      flask_blueprints: [],
      fastapi_apps: [],
      fastapi_root_middlewares: [],
      external_views: [],
      react_apps: [],
      appbuilder_views: [],
      appbuilder_menu_items: [],
      global_operator_extra_links: [],
      operator_extra_links: [],
      listeners: [],
      timetables: [],
    };
    return ok({
      plugins: [
        {
          ...none,
          name: 'recruiting',
          source: '/srv/plugins/recruiting.py',
          external_views: [{ name: 'Matches', href: '/recruiting/matches' }],
          macros: ['threshold'],
        },
        { ...none, name: 'lineage', source: 'lineage==1.2.0', listeners: ['lineage.listener'], timetables: ['lineage.Workdays'] },
      ],
      total_entries: 2,
    });
  }
  if (path === '/api/v2/providers') {
    const provider = (name: string, version: string, description: string) => ({
      package_name: `apache-airflow-providers-${name}`,
      version,
      description,
      documentation_url: `https://airflow.apache.org/docs/apache-airflow-providers-${name}/`,
    });
    return ok({
      providers: [
        provider('http', '5.2.0', 'Hypertext Transfer Protocol'),
        provider('postgres', '6.1.0', 'PostgreSQL'),
        provider('standard', '1.2.0', 'Standard operators'),
      ],
      total_entries: 3,
    });
  }
  const one = /^\/api\/v1\/(users|roles)(?:\/(.+))?$/.exec(path);
  if (!one) return null;
  const isUsers = one[1] === 'users';
  const rows: Record<string, unknown>[] = isUsers ? users : roles;
  const id = isUsers ? 'username' : 'name';
  if (one[2] === undefined) {
    if (method === 'GET') return ok({ [one[1]!]: rows, total_entries: rows.length });
    rows.push({ ...body, password: undefined });
    return ok(body);
  }
  const index = rows.findIndex((row) => row[id] === decodeURIComponent(one[2]!));
  if (index < 0) return { status: 404, body: { title: 'Not found', detail: 'There is no such user or role.' } };
  if (method === 'DELETE') {
    rows.splice(index, 1);
    return { status: 204, body: null };
  }
  if (method === 'PATCH') rows[index] = { ...rows[index], ...body, password: undefined };
  return ok(rows[index]);
}
