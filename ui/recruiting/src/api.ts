import { QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import { ApiError, type Query, send, setCsrf } from '../../src/api/client.ts';
import { basePath } from '../../src/lib/base.ts';
import { setServerZone } from '../../src/lib/now.ts';
import type * as T from './types.ts';

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status === 503),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

/** Where Updraft asks for a name and a password, and sends whoever gives them back to here. */
export function loginAddress(updraft: string): string {
  const here = `${location.pathname}${location.search}`;
  return `${updraft}/login?next=${encodeURIComponent(here.slice(updraft.length))}`;
}

let updraft = basePath.replace(/\/plugin-views\/.*$/, '');

/** One request. A session that has ended leads to the login and back. */
async function call<R>(
  method: string,
  path: string,
  { query, body, signal }: { query?: Query; body?: unknown; signal?: AbortSignal } = {},
) {
  try {
    const response = await send(method, path, { query, body, signal, anonymous: true });
    return (await response.json()) as R;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) location.assign(loginAddress(updraft));
    throw error;
  }
}

export const get = <R>(path: string, query?: Query, signal?: AbortSignal) =>
  call<R>('GET', `/api${path}`, { ...(query && { query }), ...(signal && { signal }) });
export const post = <R>(path: string, body: unknown = {}) => call<R>('POST', `/api${path}`, { body });

/** What Updraft says of the session: changes need its token. */
interface Me {
  csrf_token: string | null;
  default_timezone: string;
  instance_name: string;
}

const me = async (home: string): Promise<Me> => {
  const response = await fetch(`${home}/ui/api/me`, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
  if (!response.ok) throw new ApiError(response.status, 'Updraft does not say who you are. Sign in there again.');
  return response.json();
};

/** A question; with another query the old answer stays until the new one is there. */
const ask = <R>(key: string, path: string, query?: Query) =>
  queryOptions({
    queryKey: [key, path, query ?? null] as readonly unknown[],
    queryFn: ({ signal }) => get<R>(path, query, signal),
    placeholderData: ((before: R | undefined, of?: { queryKey: readonly unknown[] }) =>
      of?.queryKey[1] === path ? before : undefined) as never,
  });

export const queries = {
  config: () =>
    queryOptions({
      queryKey: ['config'],
      queryFn: async ({ signal }) => {
        const config = await get<T.Config>('/config', undefined, signal);
        updraft = config.updraft;
        const session = await me(config.updraft);
        setCsrf(session.csrf_token);
        setServerZone(session.default_timezone);
        return { ...config, instance: session.instance_name };
      },
      staleTime: 60_000,
    }),
  words: () => ask<{ statuses: string[]; clients: string[] }>('words', '/words'),
  positions: (query: Query) => ask<T.Positions>('positions', '/positions', query),
  position: (id: number) => ask<T.PositionAnswer>('position', `/positions/${id}`),
  near: (id: number) => ({ ...ask<T.Near>('near', `/positions/${id}/near`), staleTime: 60_000 }),
  pair: (position: number, candidate: number) => ask<T.Pair>('pair', `/positions/${position}/candidates/${candidate}`),
  people: (q: string) => ask<{ people: T.Person[] }>('people', '/candidates', { q }),
  quality: (run: string | undefined) => ask<T.Quality>('quality', '/quality', { run }),
  rows: (check: string, run: string) => ask<T.Rows>('rows', '/quality/rows', { check, run }),
  volumes: (runs: number) => ask<T.Volumes>('volumes', '/volumes', { runs }),
};

/** Who asks and what they may do; the shell shows nothing before it is known. */
export function useConfig(): T.Config & { instance: string } {
  const { data } = useQuery(queries.config());
  if (!data) throw new Error('the settings are asked for before any page is shown');
  return data;
}
