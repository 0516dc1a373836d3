/** The places beside the DAGs: browsing, administration and comparison. Each page is loaded when it is opened. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { flag, text, whole } from './lib/search.ts';
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

export const places = [variables, connections, pools] as const;
