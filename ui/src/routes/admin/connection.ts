import type { Entry } from './resource.ts';

export interface Connection {
  connection_id: string;
  conn_type: string;
  description: string | null;
  host: string | null;
  login: string | null;
  schema: string | null;
  port: number | null;
  /** `***` when there is one. */
  password: string | null;
  extra: string | null;
}

export interface Draft {
  connection_id: string;
  conn_type: string;
  description: string;
  host: string;
  login: string;
  schema: string;
  port: string;
  /** Null: the one that is stored. */
  password: string | null;
  extra: string | null;
}

/** What the server shows in place of a secret; sent back, it means the one that is stored. */
export const HIDDEN = '***';

export function draftOf(row: Connection | null): Draft {
  return {
    connection_id: row?.connection_id ?? '',
    conn_type: row?.conn_type ?? 'http',
    description: row?.description ?? '',
    host: row?.host ?? '',
    login: row?.login ?? '',
    schema: row?.schema ?? '',
    port: row?.port === null || row?.port === undefined ? '' : String(row.port),
    password: row?.password ? null : '',
    extra: row?.extra?.includes(HIDDEN) ? null : pretty(row?.extra ?? ''),
  };
}

function pretty(extra: string): string {
  try {
    return JSON.stringify(JSON.parse(extra), null, 2);
  } catch {
    return extra;
  }
}

/** Faults of what was typed, by field. */
export function faultsOf(draft: Draft): Partial<Record<keyof Draft, string>> {
  const faults: Partial<Record<keyof Draft, string>> = {};
  if (!/^[\w.()-]{1,250}$/u.test(draft.connection_id)) {
    faults.connection_id = 'Letters, digits, and _ . - ( ), at most 250 of them.';
  }
  if (draft.conn_type.trim() === '') faults.conn_type = 'A connection needs a type.';
  if (draft.port !== '' && !(/^\d+$/.test(draft.port) && Number(draft.port) <= 65_535)) faults.port = 'A number up to 65535.';
  if (draft.extra) {
    try {
      const extra: unknown = JSON.parse(draft.extra);
      if (typeof extra !== 'object' || extra === null || Array.isArray(extra)) faults.extra = 'An object of JSON, such as {"timeout": 5}.';
      else if (draft.extra.includes(`"${HIDDEN}"`))
        faults.extra = `${HIDDEN} stands for a secret that was hidden. Write the secret itself.`;
    } catch (error) {
      faults.extra = `Not JSON: ${error instanceof Error ? error.message : error}`;
    }
  }
  return faults;
}

/** What the server is sent. A secret that is not typed anew is `***`. */
export function bodyOf(draft: Draft) {
  return {
    connection_id: draft.connection_id,
    conn_type: draft.conn_type.trim(),
    description: draft.description || null,
    host: draft.host || null,
    login: draft.login || null,
    schema: draft.schema || null,
    port: draft.port === '' ? null : Number(draft.port),
    password: draft.password === null ? HIDDEN : draft.password || null,
    extra: draft.extra === null ? HIDDEN : draft.extra || null,
  };
}

/** The fields a change sends: a secret that stays is left out. */
export const maskOf = (draft: Draft): string[] =>
  Object.keys(bodyOf(draft)).filter(
    (field) =>
      field !== 'connection_id' && !(field === 'password' && draft.password === null) && !(field === 'extra' && draft.extra === null),
  );

const TEXTS = ['description', 'host', 'login', 'schema', 'password'] as const;

/** An entry of a file: an object of fields, or an address such as `postgres://user:password@host/db`. */
export function connectionFromFile(name: string, value: unknown): Entry {
  if (typeof value === 'string') return fromAddress(name, value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { name, fault: 'must be an object or an address' };
  const given = value as Record<string, unknown>;
  if (typeof given.conn_type !== 'string' || given.conn_type === '') return { name, fault: 'needs "conn_type"' };
  if (given.password === HIDDEN || JSON.stringify(given.extra ?? '').includes(HIDDEN)) {
    return { name, fault: 'holds *** in place of a secret; write the secret into the file' };
  }
  const entity: Record<string, unknown> = { connection_id: name, conn_type: given.conn_type };
  for (const field of TEXTS) entity[field] = typeof given[field] === 'string' && given[field] !== '' ? given[field] : null;
  const port = given.port === null || given.port === undefined || given.port === '' ? null : Number(given.port);
  if (port !== null && !Number.isInteger(port)) return { name, fault: 'has a port that is no number' };
  entity.port = port;
  entity.extra =
    given.extra === null || given.extra === undefined || given.extra === ''
      ? null
      : typeof given.extra === 'string'
        ? given.extra
        : JSON.stringify(given.extra);
  return { name, entity };
}

function fromAddress(name: string, text: string): Entry {
  const parts = /^([\w-]+):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^:/?]*)(?::(\d+))?(?:\/([^?]*))?(?:\?(.*))?$/.exec(text);
  if (!parts) return { name, fault: 'is neither an object nor an address such as postgres://user:password@host:5432/db' };
  const [, type = '', login, password, host, port, schema, query] = parts;
  const plain = (part: string | undefined) => (part ? decodeURIComponent(part) : null);
  const params = Object.fromEntries(new URLSearchParams(query ?? ''));
  const extra = params.__extra__ ?? (Object.keys(params).length > 0 ? JSON.stringify(params) : null);
  return {
    name,
    entity: {
      connection_id: name,
      conn_type: type === 'postgresql' ? 'postgres' : type.replaceAll('-', '_'),
      description: null,
      host: plain(host),
      login: plain(login),
      password: plain(password),
      port: port ? Number(port) : null,
      schema: plain(schema),
      extra,
    },
  };
}
