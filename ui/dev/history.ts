/** Made-up answers about the past of DAGs: calendars, comparisons, backfills. */
import type { Answered } from './named.ts';

const DAY = 86_400_000;

export function history(method: string, path: string, query: URLSearchParams, body: Record<string, unknown> | undefined): Answered | null {
  const ok = (answer: unknown): Answered => ({ status: 200, body: answer });
  if (/^\/ui\/api\/dags\/[^/]+\/calendar$/.test(path)) {
    const [from, to] = [Date.parse(query.get('from')!), Date.parse(query.get('to')!)];
    const days = [];
    for (let at = from; at < to; at += DAY) {
      const day = new Date(at).toISOString().slice(0, 10);
      const n = Math.floor(at / DAY);
      if (at > Date.now()) days.push({ day, states: {}, planned: 4 });
      else if (at > Date.now() - DAY) days.push({ day, states: { success: 1, running: 1 }, planned: 2 });
      else if (n % 17 !== 3)
        days.push({
          day,
          states: {
            success: 4 - (n % 11 === 0 ? 2 : n % 5 === 0 ? 1 : 0),
            ...(n % 11 === 0 ? { failed: 2 } : n % 5 === 0 ? { failed: 1 } : {}),
          },
          planned: 0,
        });
    }
    return ok({ days });
  }
  const compared = /^\/ui\/api\/compare\/([^/]+)$/.exec(path);
  if (compared) {
    const ids = query.getAll('run');
    return ok({
      runs: ids.map((run_id, n) => ({
        dag_id: decodeURIComponent(compared[1]!),
        run_id,
        state: n === 1 ? 'failed' : 'success',
        run_type: 'scheduled',
        run_after: new Date(Date.now() - n * DAY).toISOString(),
        start_date: new Date(Date.now() - n * DAY).toISOString(),
        end_date: new Date(Date.now() - n * DAY + 240_000 + n * 90_000).toISOString(),
        duration: 240 + n * 90,
        version: 3 - n,
        conf: n ? { threshold: 70, region: 'eu' } : { threshold: 75, region: 'eu' },
      })),
      tasks: ['embed_candidates', 'find_matches', 'sync_candidates', 'publish_report'].map((task_id, t) => ({
        task_id,
        map_index: -1,
        sides: ids.map((_, n) =>
          t === 3 && n === 1
            ? null
            : { state: t === 1 && n === 1 ? 'failed' : 'success', duration: 30 + t * 7 + n * (60 - 25 * t), try_number: 1 + n },
        ),
        delta: t === 3 ? null : 60 - 25 * t,
      })),
    });
  }
  if (path === '/api/v2/backfills/dry_run') {
    const backfills = [];
    for (let at = Date.parse(String(body?.from_date)); at <= Date.parse(String(body?.to_date)); at += DAY / 4)
      backfills.push({ logical_date: new Date(at).toISOString() });
    return ok({ backfills, total_entries: backfills.length });
  }
  const row = {
    id: 7,
    dag_id: 'bullhorn_sync_optimized',
    from_date: new Date(Date.now() - 30 * DAY).toISOString(),
    to_date: new Date(Date.now() - 20 * DAY).toISOString(),
    dag_run_conf: {},
    is_paused: false,
    reprocess_behavior: 'none',
    max_active_runs: 10,
    created_at: new Date(Date.now() - 3_600_000).toISOString(),
    completed_at: null,
    updated_at: new Date().toISOString(),
  };
  if (path === '/api/v2/backfills') return ok(method === 'GET' ? { backfills: [row], total_entries: 1 } : row);
  if (/^\/api\/v2\/backfills\/\d+\//.test(path)) return ok(row);
  return null;
}
