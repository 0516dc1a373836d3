import { createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { get } from './api/client.ts';
import type { RunDetail } from './api/types.ts';
import { Failed } from './components/view.tsx';
import { basePath, path } from './lib/base.ts';
import { flag, list, oneOf, parseSearch, stringifySearch, text, whole } from './lib/search.ts';
import { places } from './router-places.tsx';
import { root, search, shell, under } from './router-shell.tsx';
import { LoginPage } from './routes/login.tsx';
import { NotFoundPage } from './routes/not-found.tsx';

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: LoginPage,
  validateSearch: search((raw) => ({ next: text(raw.next) })),
});

const dags = createRoute({
  ...under('/dags'),
  component: lazyRouteComponent(() => import('./routes/dags.tsx'), 'DagsPage'),
  validateSearch: search((raw) => ({
    q: text(raw.q),
    tag: list(raw.tag),
    owner: text(raw.owner),
    paused: oneOf(raw.paused, ['true', 'false']),
    state: oneOf(raw.state, ['running', 'failed', 'failed_latest']),
    favorite: flag(raw.favorite),
    sort: oneOf(raw.sort, ['dag_id', '-dag_id', 'next_run', '-next_run', 'last_run', '-last_run']),
    page: whole(raw.page),
  })),
});

const dag = createRoute({
  ...under('/dags/$dag'),
  component: lazyRouteComponent(() => import('./routes/dag/layout.tsx'), 'DagLayout'),
});
const underDag = <P extends string>(path: P) => ({ getParentRoute: () => dag, path });
const dagGrid = createRoute({
  ...underDag('/'),
  component: lazyRouteComponent(() => import('./routes/dag/grid.tsx'), 'GridPage'),
  validateSearch: search((raw) => ({
    view: oneOf(raw.view, ['grid', 'graph']),
    runs: whole(raw.runs),
    run_type: text(raw.run_type),
    state: text(raw.state),
    around: text(raw.around),
    root: text(raw.root),
    dir: oneOf(raw.dir, ['LR', 'TB']),
    up: whole(raw.up),
    down: whole(raw.down),
    mark: text(raw.mark),
    open: list(raw.open),
    run: text(raw.run),
    q: text(raw.q),
    version: whole(raw.version),
    trigger: flag(raw.trigger),
    conf: text(raw.conf),
  })),
});
const dagOverview = createRoute({
  ...underDag('/overview'),
  component: lazyRouteComponent(() => import('./routes/dag/overview.tsx'), 'OverviewPage'),
  validateSearch: search((raw) => ({ runs: whole(raw.runs) })),
});
const dagRuns = createRoute({
  ...underDag('/runs'),
  component: lazyRouteComponent(() => import('./routes/dag/runs.tsx'), 'DagRunsPage'),
  validateSearch: search((raw) => ({ q: text(raw.q), state: list(raw.state), run_type: text(raw.run_type), cursor: text(raw.cursor) })),
});
const dagTasks = createRoute({
  ...underDag('/tasks'),
  component: lazyRouteComponent(() => import('./routes/dag/tasks.tsx'), 'DagTasksPage'),
  validateSearch: search((raw) => ({ q: text(raw.q) })),
});
const dagCode = createRoute({
  ...underDag('/code'),
  component: lazyRouteComponent(() => import('./routes/dag/code.tsx'), 'DagCodePage'),
  validateSearch: search((raw) => ({ version: whole(raw.version), l: text(raw.l) })),
});
const dagEvents = createRoute({
  ...underDag('/events'),
  component: lazyRouteComponent(() => import('./routes/dag/events.tsx'), 'DagEventsPage'),
  validateSearch: search((raw) => ({ page: whole(raw.page) })),
});
const dagCalendar = createRoute({
  ...underDag('/calendar'),
  component: lazyRouteComponent(() => import('./routes/dag/calendar.tsx'), 'DagCalendarPage'),
  validateSearch: search((raw) => ({ to: text(raw.to) })),
});
const dagDetails = createRoute({
  ...underDag('/details'),
  component: lazyRouteComponent(() => import('./routes/dag/details.tsx'), 'DagDetailsPage'),
});

/** Old addresses name a run by its logical date, as `~DATE`: the page is that of the run with that date. */
const byDate = async ({ params, search, to }: { params: { dag: string; run: string }; search: object; to: string }) => {
  if (!params.run.startsWith('~')) return;
  const { run_id } = await get<RunDetail>(path`/ui/api/runs/${params.dag}/${params.run}`);
  throw redirect({ to, params: { ...params, run: run_id }, search, replace: true } as never);
};
const RUN = '/dags/$dag/runs/$run';
const runSearch = search((raw) => ({
  tab: oneOf(raw.tab, ['tasks', 'gantt', 'graph', 'conf', 'events']),
  q: text(raw.q),
  state: list(raw.state),
  open: list(raw.open),
  dir: oneOf(raw.dir, ['LR', 'TB']),
  root: text(raw.root),
  up: whole(raw.up),
  down: whole(raw.down),
  mark: text(raw.mark),
}));
const run = createRoute({
  ...under(RUN),
  component: lazyRouteComponent(() => import('./routes/run.tsx'), 'RunPage'),
  validateSearch: runSearch,
  beforeLoad: ({ params, search }) => byDate({ params, search, to: RUN }),
});
const tiSearch = search((raw) => ({
  tab: oneOf(raw.tab, ['log', 'details', 'rendered', 'xcom', 'tries', 'code']),
  try: whole(raw.try),
  l: text(raw.l),
  q: text(raw.q),
  re: flag(raw.re),
  case: flag(raw.case),
  only: flag(raw.only),
  level: list(raw.level),
}));
const TASK = '/dags/$dag/runs/$run/tasks/$task';
const ti = createRoute({
  ...under(TASK),
  beforeLoad: ({ params, search }) => byDate({ params, search, to: TASK }),
  component: lazyRouteComponent(() => import('./routes/task-instance.tsx'), 'TaskInstancePage'),
  validateSearch: tiSearch,
});
const tiMapped = createRoute({
  ...under(`${TASK}/$mapIndex`),
  beforeLoad: ({ params, search }) => byDate({ params, search, to: `${TASK}/$mapIndex` }),
  component: lazyRouteComponent(() => import('./routes/task-instance.tsx'), 'TaskInstancePage'),
  validateSearch: tiSearch,
});
const task = createRoute({
  ...under('/dags/$dag/tasks/$task'),
  component: lazyRouteComponent(() => import('./routes/task.tsx'), 'TaskPage'),
  validateSearch: search((raw) => ({ runs: whole(raw.runs) })),
});
const home = createRoute({ ...under('/'), component: lazyRouteComponent(() => import('./routes/home.tsx'), 'HomePage') });
const shortcuts = createRoute({
  ...under('/shortcuts'),
  component: lazyRouteComponent(() => import('./routes/shortcuts.tsx'), 'ShortcutsPage'),
});
const settings = createRoute({
  ...under('/settings'),
  component: lazyRouteComponent(() => import('./routes/settings.tsx'), 'SettingsPage'),
});

/** Every other address: the menu and the search stay, which are the ways on. */
const nowhere = createRoute({ ...under('$'), component: NotFoundPage });

const tree = root.addChildren([
  login,
  shell.addChildren([
    home,
    dags,
    dag.addChildren([dagGrid, dagOverview, dagRuns, dagTasks, dagCode, dagEvents, dagDetails, dagCalendar]),
    task,
    run,
    ti,
    tiMapped,
    settings,
    shortcuts,
    nowhere,
    ...places,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  basepath: basePath || '/',
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
  pathParamsAllowedCharacters: [':', '+', '@', ','],
  defaultNotFoundComponent: NotFoundPage,
  defaultErrorComponent: ({ error, reset }) => <Failed error={error} onRetry={reset} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
