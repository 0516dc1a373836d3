import { expect, it } from 'vitest';
import type { Sync, Volumes } from '../types.ts';
import { band, byRun, isUnusual, MEASURES, taskOf } from './series.ts';

const sync = (run_id: string, started_at: string, inserted: number): Sync => ({
  run_id,
  entity: 'candidate',
  mode: 'full',
  state: 'succeeded',
  fetched: inserted,
  inserted,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  anonymised: 0,
  rejected: 0,
  calls: 1,
  error: null,
  started_at,
  ended_at: null,
});

const volumes: Volumes = {
  syncs: [sync('b', '2030-01-02T00:00:00Z', 5), sync('a', '2030-01-01T00:00:00Z', 3)],
  work: [
    {
      run_id: 'a',
      kind: 'matches',
      state: 'succeeded',
      counts: { matches: 7 },
      error: null,
      started_at: '2030-01-01T00:05:00Z',
      ended_at: null,
    },
  ],
  api_calls: [],
  funnel: { read: 0, live: 0, valid: 0, embedded: 0, compared: 0, suggested: 0 },
};

it('what lies far from the middle is unusual, and few values have no usual range', () => {
  const usual = band([10, 11, 9, 10, 12]);
  expect(usual).toEqual({ middle: 10, low: 7, high: 13 });
  expect([isUnusual(13, usual), isUnusual(14, usual), isUnusual(6, usual)]).toEqual([false, true, true]);
  expect(band([1, 2, 3])).toBeNull();
  expect(isUnusual(9, null)).toBe(false);
  expect(band([0, 0, 1, 9])!.low).toBe(0);
});

it('a series begins with the oldest run and names the task that made it', () => {
  const measure = MEASURES.find(({ id }) => id === 'candidate-inserted')!;
  expect(measure.points(volumes).map(({ value }) => value)).toEqual([3, 5]);
  expect(measure.task).toBe('sync_candidates');
  expect(MEASURES.find(({ id }) => id === 'matches-matches')!.points(volumes)[0]!.value).toBe(7);
  expect(new Set(MEASURES.map(({ id }) => id)).size).toBe(MEASURES.length);
});

it('rows of a run stand together, the newest run first', () => {
  const runs = byRun(volumes);
  expect(runs.map(({ run_id, rows }) => [run_id, rows.map(taskOf)])).toEqual([
    ['b', ['sync_candidates']],
    ['a', ['sync_candidates', 'find_matches']],
  ]);
});
