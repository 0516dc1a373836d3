import { median } from '../../../src/lib/numbers.ts';
import type { Sync, Volumes, Work } from '../types.ts';

/** Where values usually lie: the median and three times their median distance from it. */
export interface Band {
  middle: number;
  low: number;
  high: number;
}

/** Fewer values than this have no usual range. */
const BAND_FROM = 4;

export function band(values: readonly number[]): Band | null {
  if (values.length < BAND_FROM) return null;
  const middle = median(values);
  const spread = 3 * median(values.map((value) => Math.abs(value - middle)));
  return { middle, low: Math.max(0, middle - spread), high: middle + spread };
}

/** Whether a value lies outside of the band; where all others are equal, any other value does. */
export const isUnusual = (value: number, within: Band | null) => within !== null && (value < within.low || value > within.high);

export interface Point {
  run_id: string;
  at: string;
  value: number;
  state: string;
}

export interface Measure {
  id: string;
  name: string;
  /** The task of the pipeline that makes the figure. */
  task: string;
  group: 'Candidates' | 'Positions' | 'Vectors' | 'Matches';
  points: (volumes: Volumes) => Point[];
}

const SYNC_TASK = { candidate: 'sync_candidates', position: 'sync_positions' } as const;
const WORK_TASK = {
  candidate_embeddings: 'generate_candidate_embeddings',
  position_embeddings: 'generate_position_embeddings',
  matches: 'find_matches',
} as const;

export const taskOf = (row: Sync | Work) => ('entity' in row ? SYNC_TASK[row.entity] : WORK_TASK[row.kind]);

export const SYNC_COUNTS = ['fetched', 'inserted', 'updated', 'unchanged', 'deleted', 'rejected'] as const;

const point = (row: Sync | Work, value: number): Point => ({ run_id: row.run_id, at: row.started_at, value, state: row.state });
const oldestFirst = (points: Point[]) => points.toSorted((a, b) => a.at.localeCompare(b.at));

const ofSync = (entity: Sync['entity'], count: (typeof SYNC_COUNTS)[number]): Measure => ({
  id: `${entity}-${count}`,
  name: count,
  task: SYNC_TASK[entity],
  group: entity === 'candidate' ? 'Candidates' : 'Positions',
  points: ({ syncs }) => oldestFirst(syncs.filter((sync) => sync.entity === entity).map((sync) => point(sync, sync[count]))),
});

const ofWork = (kind: Work['kind'], count: string, name: string, group: Measure['group']): Measure => ({
  id: `${kind}-${count}`,
  name,
  task: WORK_TASK[kind],
  group,
  points: ({ work }) => oldestFirst(work.filter((row) => row.kind === kind).map((row) => point(row, row.counts[count] ?? 0))),
});

export const MEASURES: readonly Measure[] = [
  ...SYNC_COUNTS.map((count) => ofSync('candidate', count)),
  ...SYNC_COUNTS.map((count) => ofSync('position', count)),
  ofWork('candidate_embeddings', 'embedded', 'of candidates', 'Vectors'),
  ofWork('position_embeddings', 'embedded', 'of positions', 'Vectors'),
  ofWork('matches', 'matches', 'suggested', 'Matches'),
  ofWork('matches', 'new', 'new', 'Matches'),
  ofWork('matches', 'withdrawn', 'withdrawn', 'Matches'),
  ofWork('matches', 'pairs_scored', 'pairs compared', 'Matches'),
];

/** Rows of one run together, the newest run first. */
export function byRun({ syncs, work }: Volumes): { run_id: string; at: string; rows: (Sync | Work)[] }[] {
  const groups = new Map<string, (Sync | Work)[]>();
  for (const row of [...syncs, ...work]) groups.set(row.run_id, [...(groups.get(row.run_id) ?? []), row]);
  const runs = [...groups].map(([run_id, rows]) => ({
    run_id,
    at: rows.map((row) => row.started_at).toSorted()[0] ?? '',
    rows: rows.toSorted((a, b) => a.started_at.localeCompare(b.started_at)),
  }));
  return runs.toSorted((a, b) => b.at.localeCompare(a.at));
}
