/** Made-up variables, connections and pools, kept while the process runs. */

type Row = Record<string, unknown>;
export interface Answered {
  status: number;
  body: unknown;
}

const SECRET = /password|secret|token|api_key|passwd|private_key|authorization/i;
const mask = (row: Row): Row => {
  if (row.key !== undefined) return SECRET.test(String(row.key)) ? { ...row, value: '***' } : row;
  if (row.connection_id !== undefined) {
    const extra =
      typeof row.extra === 'string' ? row.extra.replace(/("\w*(?:password|secret|token)\w*"\s*:\s*)"[^"]*"/g, '$1"***"') : row.extra;
    return { ...row, password: row.password ? '***' : null, extra };
  }
  return row;
};

const connection = (connection_id: string, conn_type: string, host: string | null, more: Row = {}): Row => ({
  connection_id,
  conn_type,
  host,
  description: null,
  login: null,
  schema: null,
  port: null,
  password: null,
  extra: null,
  team_name: null,
  ...more,
});
const pool = (
  name: string,
  slots: number,
  running: number,
  queued: number,
  scheduled: number,
  deferred: number,
  description: string,
): Row => ({
  name,
  slots,
  description,
  include_deferred: name === 'sensors',
  running_slots: running,
  queued_slots: queued,
  scheduled_slots: scheduled,
  deferred_slots: deferred,
  occupied_slots: running + queued,
  open_slots: slots - running - queued,
  team_name: null,
});

const KINDS: Record<string, { id: string; rows: Map<string, Row>; fresh: Row }> = {
  variables: { id: 'key', fresh: { description: null, is_encrypted: true, team_name: null }, rows: new Map() },
  connections: { id: 'connection_id', fresh: connection('', '', null), rows: new Map() },
  pools: { id: 'name', fresh: pool('', 0, 0, 0, 0, 0, ''), rows: new Map() },
};
const put = (kind: string, row: Row) => KINDS[kind]!.rows.set(String(row[KINDS[kind]!.id]), row);

for (const [key, value, description] of [
  ['MATCHING_SCORE_THRESHOLD', '70', 'Candidates below this score are not suggested.'],
  ['bullhorn_client_secret', 'x', 'OAuth client of the CRM.'],
  ['bullhorn_rest_url', 'https://rest.bullhorn.example/core', null],
  ['embedding_batch', '{"size": 256, "model": "all-MiniLM-L6-v2", "retries": 3}', 'How embeddings are asked for.'],
  ['report_recipients', '["ops@example.com", "recruiting@example.com"]', null],
  ['sync_window_hours', '6', 'How far back each sync looks.'],
]) {
  put('variables', { key, value, description, is_encrypted: true, team_name: null });
}
put(
  'connections',
  connection('app_db', 'postgres', 'db.internal', {
    schema: 'recruiting',
    login: 'app',
    password: 'x',
    port: 5432,
    description: 'The application database',
  }),
);
put(
  'connections',
  connection('bullhorn', 'http', 'https://rest.bullhorn.example', {
    login: 'api',
    password: 'x',
    extra: '{"client_secret": "abc", "timeout": 30}',
  }),
);
put(
  'connections',
  connection('ml_service', 'http', 'ml.internal', { port: 8000, extra: '{"timeout": 5}', description: 'Embeddings and scores' }),
);
put('connections', connection('reports_s3', 'aws', null, { login: 'AKIA', password: 'x', extra: '{"region_name": "eu-west-1"}' }));
put('connections', connection('mail', 'smtp', 'smtp.internal', { port: 587, login: 'updraft' }));
put('pools', pool('default_pool', 128, 9, 3, 12, 0, 'Default pool'));
put('pools', pool('crm_api', 4, 3, 1, 6, 0, 'Calls of the CRM at a time'));
put('pools', pool('sensors', 32, 2, 0, 0, 11, 'Long waits'));

export function named(method: string, path: string, query: URLSearchParams, body: Row | undefined): Answered | null {
  const parts = /^\/api\/v2\/(variables|connections|pools)(?:\/(.+))?$/.exec(path);
  if (!parts) return null;
  const [, name = '', encoded] = parts;
  const kind = KINDS[name]!;
  const id = encoded === undefined ? undefined : decodeURIComponent(encoded);
  if (id === 'test' && method === 'POST') {
    const works = String(body?.host ?? '').includes('ml.') || body?.conn_type === 'postgres';
    return {
      status: 200,
      body: works
        ? { status: true, message: 'Connection successfully tested' }
        : { status: false, message: `could not connect to ${body?.host}: connection refused (os error 111)` },
    };
  }
  if (id !== undefined) {
    const row = kind.rows.get(id);
    if (!row) return { status: 404, body: { detail: `there is no ${name.slice(0, -1)} \`${id}\`` } };
    if (method === 'GET') return { status: 200, body: mask(row) };
    if (method === 'PATCH') {
      const fields = query.getAll('update_mask');
      const change = Object.fromEntries(Object.entries(body ?? {}).filter(([key]) => fields.length === 0 || fields.includes(key)));
      kind.rows.set(id, { ...row, ...change });
      return { status: 200, body: mask(kind.rows.get(id)!) };
    }
    if (method === 'DELETE') {
      kind.rows.delete(id);
      return { status: 204, body: null };
    }
  }
  if (method === 'GET') {
    const q = (
      query.get('variable_key_pattern') ??
      query.get('connection_id_pattern') ??
      query.get('pool_name_pattern') ??
      ''
    ).toLowerCase();
    const order = query.get('order_by') ?? kind.id;
    const [column, way] = order.startsWith('-') ? [order.slice(1), -1] : [order, 1];
    const found = [...kind.rows.values()]
      .filter((row) => String(row[kind.id]).toLowerCase().includes(q))
      .sort((a, b) => way * String(a[column] ?? '').localeCompare(String(b[column] ?? '')));
    const offset = Number(query.get('offset') ?? 0);
    return {
      status: 200,
      body: { [name]: found.slice(offset, offset + Number(query.get('limit') ?? 50)).map(mask), total_entries: found.length },
    };
  }
  if (method === 'POST') {
    const key = String(body?.[kind.id]);
    if (kind.rows.has(key)) return { status: 409, body: { detail: `the ${name.slice(0, -1)} \`${key}\` already exists` } };
    put(name, { ...kind.fresh, ...body });
    return { status: 201, body: mask(kind.rows.get(key)!) };
  }
  if (method === 'PATCH') {
    const [action] = (body?.actions ?? []) as { action: string; entities: (string | Row)[]; action_on_existence?: string }[];
    const success: string[] = [];
    for (const entity of action?.entities ?? []) {
      const key = typeof entity === 'string' ? entity : String(entity[kind.id]);
      if (action?.action === 'delete') kind.rows.delete(key);
      else if (kind.rows.has(key) && action?.action_on_existence === 'skip') continue;
      else put(name, { ...kind.fresh, ...(entity as Row) });
      success.push(key);
    }
    return { status: 200, body: { create: null, update: null, delete: null, [String(action?.action)]: { success, errors: [] } } };
  }
  return null;
}
