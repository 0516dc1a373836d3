/** The places beside the DAGs: browsing, administration and comparison. Each page is loaded when it is opened. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { flag, list, oneOf, text, whole } from './lib/search.ts';
import { search, under } from './router-shell.tsx';

const admin = search((raw) => ({ q: text(raw.q), page: whole(raw.page), sort: text(raw.sort), edit: text(raw.edit), new: flag(raw.new) }));

const variables = createRoute({
  ...under('/variables'),
  component: lazyRouteComponent(() => import('./routes/admin/variables.tsx'), 'VariablesPage'),
  validateSearch: admin,
});
const connections = createRoute({
  ...under('/connections'),
  component: lazyRouteComponent(() => import('./routes/admin/connections.tsx'), 'ConnectionsPage'),
  validateSearch: search((raw) => ({ ...admin(raw), copy: text(raw.copy) })),
});
const pools = createRoute({
  ...under('/pools'),
  component: lazyRouteComponent(() => import('./routes/admin/pools.tsx'), 'PoolsPage'),
  validateSearch: admin,
});

const runs = createRoute({
  ...under('/runs'),
  component: lazyRouteComponent(() => import('./routes/browse/runs.tsx'), 'RunsPage'),
  validateSearch: search((raw) => ({
    dag: text(raw.dag),
    q: text(raw.q),
    state: list(raw.state),
    run_type: text(raw.run_type),
    after: text(raw.after),
    before: text(raw.before),
    cursor: text(raw.cursor),
  })),
});
const taskInstances = createRoute({
  ...under('/task-instances'),
  component: lazyRouteComponent(() => import('./routes/browse/task-instances.tsx'), 'TaskInstancesPage'),
  validateSearch: search((raw) => ({
    dag: text(raw.dag),
    task: text(raw.task),
    run: text(raw.run),
    state: list(raw.state),
    operator: text(raw.operator),
    pool: text(raw.pool),
    after: text(raw.after),
    before: text(raw.before),
    cursor: text(raw.cursor),
  })),
});
const requiredActions = createRoute({
  ...under('/required-actions'),
  component: lazyRouteComponent(() => import('./routes/browse/required-actions.tsx'), 'RequiredActionsPage'),
  validateSearch: search((raw) => ({
    q: text(raw.q),
    dag: text(raw.dag),
    run: text(raw.run),
    show: oneOf(raw.show, ['answered']),
    sort: text(raw.sort),
    page: whole(raw.page),
  })),
});
const audit = createRoute({
  ...under('/audit'),
  component: lazyRouteComponent(() => import('./routes/browse/audit.tsx'), 'AuditPage'),
  validateSearch: search((raw) => ({
    event: text(raw.event),
    owner: text(raw.owner),
    dag: text(raw.dag),
    run: text(raw.run),
    task: text(raw.task),
    after: text(raw.after),
    before: text(raw.before),
    sort: oneOf(raw.sort, ['when', '-when']),
    page: whole(raw.page),
  })),
});
const jobs = createRoute({
  ...under('/jobs'),
  component: lazyRouteComponent(() => import('./routes/browse/jobs.tsx'), 'JobsPage'),
  validateSearch: search((raw) => ({
    type: text(raw.type),
    state: text(raw.state),
    host: text(raw.host),
    alive: oneOf(raw.alive, ['true']),
    sort: text(raw.sort),
    page: whole(raw.page),
  })),
});
const xcoms = createRoute({
  ...under('/xcoms'),
  component: lazyRouteComponent(() => import('./routes/browse/xcoms.tsx'), 'XComsPage'),
  validateSearch: search((raw) => ({
    key: text(raw.key),
    dag: text(raw.dag),
    run: text(raw.run),
    task: text(raw.task),
    after: text(raw.after),
    before: text(raw.before),
    page: whole(raw.page),
  })),
});
const importErrors = createRoute({
  ...under('/import-errors'),
  component: lazyRouteComponent(() => import('./routes/browse/import-errors.tsx'), 'ImportErrorsPage'),
  validateSearch: search((raw) => ({ q: text(raw.q), page: whole(raw.page) })),
});
const assets = createRoute({
  ...under('/datasets'),
  component: lazyRouteComponent(() => import('./routes/browse/assets.tsx'), 'AssetsPage'),
  validateSearch: search((raw) => ({ q: text(raw.q), tab: oneOf(raw.tab, ['events']), sort: text(raw.sort), page: whole(raw.page) })),
});
const asset = createRoute({
  ...under('/datasets/$asset'),
  component: lazyRouteComponent(() => import('./routes/browse/asset.tsx'), 'AssetPage'),
  validateSearch: search((raw) => ({ page: whole(raw.page) })),
});
const dependencies = createRoute({
  ...under('/dependencies'),
  component: lazyRouteComponent(() => import('./routes/browse/dependencies.tsx'), 'DependenciesPage'),
  validateSearch: search((raw) => ({ q: text(raw.q), view: oneOf(raw.view, ['list']) })),
});

const config = createRoute({
  ...under('/config'),
  component: lazyRouteComponent(() => import('./routes/admin/config.tsx'), 'ConfigPage'),
  validateSearch: search((raw) => ({ q: text(raw.q) })),
});
const plugins = createRoute({
  ...under('/plugins'),
  component: lazyRouteComponent(() => import('./routes/admin/plugins.tsx'), 'PluginsPage'),
});
const plugin = createRoute({
  ...under('/plugin/$name'),
  component: lazyRouteComponent(() => import('./routes/admin/plugin-view.tsx'), 'PluginViewPage'),
});
const providers = createRoute({
  ...under('/providers'),
  component: lazyRouteComponent(() => import('./routes/admin/providers.tsx'), 'ProvidersPage'),
  validateSearch: search((raw) => ({ q: text(raw.q) })),
});
const users = createRoute({
  ...under('/users'),
  component: lazyRouteComponent(() => import('./routes/admin/users.tsx'), 'UsersPage'),
  validateSearch: search((raw) => ({ page: whole(raw.page), edit: text(raw.edit), new: flag(raw.new) })),
});
const roles = createRoute({
  ...under('/roles'),
  component: lazyRouteComponent(() => import('./routes/admin/roles.tsx'), 'RolesPage'),
  validateSearch: search((raw) => ({ edit: text(raw.edit), new: flag(raw.new) })),
});
const health = createRoute({
  ...under('/health'),
  component: lazyRouteComponent(() => import('./routes/admin/health.tsx'), 'HealthPage'),
});

const compare = createRoute({
  ...under('/compare'),
  component: lazyRouteComponent(() => import('./routes/compare.tsx'), 'ComparePage'),
  validateSearch: search((raw) => ({ dag: text(raw.dag), run: list(raw.run) })),
});

export const places = [
  variables,
  connections,
  pools,
  runs,
  taskInstances,
  requiredActions,
  audit,
  jobs,
  xcoms,
  importErrors,
  assets,
  asset,
  dependencies,
  config,
  plugins,
  plugin,
  providers,
  users,
  roles,
  health,
  compare,
] as const;
