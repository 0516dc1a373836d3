import { createRootRoute, createRoute, Outlet, redirect } from '@tanstack/react-router';
import { ApiError } from './api/client.ts';
import { client, queries } from './api/queries.ts';
import { Failed } from './components/view.tsx';
import type { Raw } from './lib/search.ts';
import { NotFoundPage } from './routes/not-found.tsx';
import { Shell } from './shell/shell.tsx';

export const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });

/** What may stand in a page's search: every part may be missing. */
export const search =
  <T,>(read: (raw: Raw) => T) =>
  (raw: Raw): Partial<T> =>
    read(raw);

/** Everything behind the session. Who is not signed in is asked to be, and comes back to where he was going. */
export const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: ({ error, reset }) => <Failed error={error} onRetry={reset} />,
  beforeLoad: async ({ location }) => {
    try {
      await client.ensureQueryData(queries.me());
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        const next = location.href === '/' ? undefined : location.href;
        throw redirect({ to: '/login', search: { next } });
      }
      throw error;
    }
  },
});

/** The way of a page behind the session. */
export const under = <P extends string>(path: P) => ({ getParentRoute: () => shell, path });
