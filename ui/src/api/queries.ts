import { QueryClient, queryOptions } from '@tanstack/react-query';
import { path } from '../lib/base.ts';
import { ApiError, get, getAnonymous, type Query, setCsrf } from './client.ts';
import type * as T from './types.ts';

/** What is asked again only when the server failed; what is shown stays until something newer is there. */
export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => count < 3 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 502),
      retryDelay: (attempt) => Math.min(1000 * 2 ** attempt, 8000) * (0.75 + Math.random() / 2),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

/**
 * A question to the server by GET. The first word of its key says what it is about, for the events that make it stale.
 * With another `query` the old answer stays until the new one is there; with another key it does not, for it is about another thing.
 */
export function ask<R>(key: readonly unknown[], url: string, query?: Query) {
  const about = JSON.stringify(key);
  return queryOptions({
    queryKey: [...key, query ?? null] as readonly unknown[],
    queryFn: ({ signal }) => get<R>(url, query, signal),
    placeholderData: ((before: R | undefined, of?: { queryKey: readonly unknown[] }) =>
      of && JSON.stringify(of.queryKey.slice(0, -1)) === about ? before : undefined) as never,
  });
}

export const queries = {
  me: () =>
    queryOptions({
      queryKey: ['me'],
      queryFn: async ({ signal }) => {
        const me = await getAnonymous<T.Me>('/ui/api/me', signal);
        setCsrf(me.csrf_token);
        return me;
      },
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
    }),
  home: () => ask<T.Home>(['home'], '/ui/api/home'),
  dags: (query: Query) => ask<T.DagList>(['dags'], '/ui/api/dags', query),
  dag: (dag: string) => ask<T.Dag>(['dag', dag], path`/ui/api/dags/${dag}`),
  code: (dag: string, version?: number) =>
    ask<{ version_number: number | null; content: string }>(['dag', dag, 'code'], path`/api/v2/dagSources/${dag}`, {
      version_number: version,
    }),
  versions: (dag: string) =>
    ask<{ dag_versions: { version_number: number; created_at: string }[] }>(
      ['dag', dag, 'versions'],
      path`/api/v2/dags/${dag}/dagVersions`,
      {
        limit: 100,
        order_by: '-version_number',
      },
    ),
  durations: (dag: string, runs: number) =>
    ask<T.Answer<'/ui/api/dags/{dag_id}/durations'>>(['dag', dag, 'durations'], path`/ui/api/dags/${dag}/durations`, { runs }),
  taskRuns: (dag: string, task: string, runs: number) =>
    ask<T.Answer<'/ui/api/dags/{dag_id}/tasks/{task_id}/instances'>>(
      ['dag', dag, 'task', task],
      path`/ui/api/dags/${dag}/tasks/${task}/instances`,
      { runs },
    ),
  grid: (dag: string, query: Query) => ask<T.Grid>(['dag', dag, 'grid'], path`/ui/api/grid/${dag}`, query),
  graph: (dag: string, query: Query) => ask<T.Graph>(['dag', dag, 'graph'], path`/ui/api/graph/${dag}`, query),
  gantt: (dag: string, run: string) => ask<T.Gantt>(['run', dag, run, 'gantt'], path`/ui/api/gantt/${dag}/${run}`),
  runs: (query: Query) => ask<T.Answer<'/ui/api/runs'>>(['runs'], '/ui/api/runs', query),
  taskInstances: (query: Query) => ask<T.Answer<'/ui/api/task-instances'>>(['task-instances'], '/ui/api/task-instances', query),
  run: (dag: string, run: string) => ask<T.RunDetail>(['run', dag, run], path`/ui/api/runs/${dag}/${run}`),
  ti: (dag: string, run: string, task: string, mapIndex: number) =>
    ask<T.TiDetail>(['run', dag, run, 'ti', task, mapIndex], path`/ui/api/runs/${dag}/${run}/tasks/${task}/${mapIndex}`),
  xcom: (dag: string, run: string, task: string, mapIndex: number, key: string) =>
    ask<T.Answer<'/ui/api/runs/{dag_id}/{run_id}/tasks/{task_id}/{map_index}/xcoms/{key}'>>(
      ['run', dag, run, 'xcom', task, mapIndex, key],
      path`/ui/api/runs/${dag}/${run}/tasks/${task}/${mapIndex}/xcoms/${key}`,
    ),
  search: (q: string) => ask<T.Answer<'/ui/api/search'>>(['search'], '/ui/api/search', { q, limit: 20 }),
  events: (query: Query) => ask<{ event_logs: T.EventLog[]; total_entries: number }>(['events'], '/api/v2/eventLogs', query),
};
