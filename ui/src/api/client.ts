import { basePath } from '../lib/base.ts';
import { createStore } from '../lib/store.ts';

/** What the server said when it refused or failed, as a sentence for a person. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Faults of single fields, by name. */
    readonly fields: Record<string, string> = {},
    readonly requestId: string | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Whether the server answered last time. `since` is when it stopped. */
export const server = createStore<{ reachable: boolean; since: number | null }>({ reachable: true, since: null });

/** While the session is over: the question to sign in again, and who waits for the answer. */
export const signIn = createStore<{ done: () => void; leave: () => void } | null>(null);

let csrf: string | null = null;
export const setCsrf = (token: string | null) => {
  csrf = token;
};

let waiting: Promise<void> | null = null;

/** Asks to sign in over the page, so that nothing typed is lost, and goes on when that is done. */
function askToSignIn(): Promise<void> {
  waiting ??= new Promise<void>((resolve, reject) => {
    signIn.set({ done: resolve, leave: () => reject(new ApiError(401, 'You are signed out.')) });
  }).finally(() => {
    waiting = null;
    signIn.set(null);
  });
  return waiting;
}

export type Query = Record<string, string | number | boolean | null | undefined | readonly (string | number)[]>;

export interface Call {
  query?: Query | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** A 401 is an answer, not the end of the session: for signing in itself. */
  anonymous?: boolean;
}

export function address(path: string, query?: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '') params.append(key, String(each));
    }
  }
  const text = params.toString();
  return `${basePath}${path}${text ? `?${text}` : ''}`;
}

/** One request; the answer as it came. Fails with an `ApiError`. */
export async function send(method: string, path: string, call: Call = {}): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json' });
  if (call.body !== undefined) headers.set('Content-Type', 'application/json');
  if (method !== 'GET' && csrf) headers.set('X-CSRF-Token', csrf);
  let response: Response;
  try {
    response = await fetch(address(path, call.query), {
      method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: call.signal ?? null,
      credentials: 'same-origin',
    });
  } catch (error) {
    if (call.signal?.aborted) throw error;
    if (server.get().reachable) server.set({ reachable: false, since: Date.now() });
    throw new ApiError(0, 'The server does not answer. Check that it runs and that this machine can reach it.');
  }
  if (!server.get().reachable) server.set({ reachable: true, since: null });
  if (response.ok) return response;
  if (response.status === 401 && !call.anonymous) {
    await askToSignIn();
    return send(method, path, call);
  }
  throw await failure(response);
}

async function request<T>(method: string, path: string, call?: Call): Promise<T> {
  const response = await send(method, path, call);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => request<T>('GET', path, { query, signal });
/** As `get`, but a 401 is an answer. */
export const getAnonymous = <T>(path: string, signal?: AbortSignal) => request<T>('GET', path, { signal, anonymous: true });
export const post = <T = void>(path: string, body?: unknown, call?: Call) => request<T>('POST', path, { ...call, body: body ?? {} });
export const patch = <T = void>(path: string, body: unknown, query?: Query) => request<T>('PATCH', path, { body, query });
export const put = <T = void>(path: string, body?: unknown) => request<T>('PUT', path, { body });
export const remove = <T = void>(path: string) => request<T>('DELETE', path);

interface Fault {
  loc?: (string | number)[];
  msg?: string;
}

async function failure(response: Response): Promise<ApiError> {
  const id = response.headers.get('x-request-id');
  let said: { detail?: unknown; title?: unknown } = {};
  try {
    said = await response.json();
  } catch {
    // A proxy's page, or nothing: the status speaks.
  }
  if (Array.isArray(said.detail)) {
    const faults = said.detail as Fault[];
    const fields = Object.fromEntries(
      faults.map((fault) => [
        String((fault.loc ?? []).filter((part) => part !== 'body' && part !== 'query').join('.')),
        fault.msg ?? 'is wrong',
      ]),
    );
    return new ApiError(response.status, faults.map((fault) => fault.msg).join(' '), fields, id);
  }
  const detail = typeof said.detail === 'string' ? said.detail : typeof said.title === 'string' ? said.title : '';
  return new ApiError(response.status, detail || words(response.status), {}, id);
}

function words(status: number): string {
  if (status === 403) return 'You may not do this. Ask an administrator for the permission.';
  if (status === 404) return 'There is no such thing here. It may have been deleted or renamed.';
  if (status === 409) return 'It was changed meanwhile, or stands already.';
  if (status === 429) return 'Too many attempts. Wait a minute and try again.';
  if (status >= 500) return 'The server failed at this. Its log says why.';
  return `The server refused this (status ${status}).`;
}
