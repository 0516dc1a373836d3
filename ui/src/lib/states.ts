/** The states of runs and task instances: their words, their order, and their bytes in the grid. */

export const TASK_STATES = [
  'running',
  'restarting',
  'queued',
  'scheduled',
  'deferred',
  'up_for_retry',
  'up_for_reschedule',
  'failed',
  'upstream_failed',
  'success',
  'skipped',
  'removed',
] as const;
export const RUN_STATES = ['running', 'queued', 'failed', 'success'] as const;

export type TaskState = (typeof TASK_STATES)[number];
export type RunState = (typeof RUN_STATES)[number];
export type State = TaskState | 'none';

const WORDS: Record<State, string> = {
  none: 'no status',
  scheduled: 'scheduled',
  queued: 'queued',
  running: 'running',
  success: 'success',
  failed: 'failed',
  skipped: 'skipped',
  upstream_failed: 'upstream failed',
  up_for_retry: 'up for retry',
  up_for_reschedule: 'up for reschedule',
  deferred: 'deferred',
  removed: 'removed',
  restarting: 'restarting',
};

/** A state of the server as one that is known here; null, and what is not known, is `none`. */
export function stateOf(state: string | null | undefined): State {
  return state && Object.hasOwn(WORDS, state) ? (state as State) : 'none';
}

export const stateWord = (state: string | null | undefined): string => WORDS[stateOf(state)];

/** The low four bits of a byte of the grid. */
const CODES: readonly (State | undefined)[] = [
  'none',
  'scheduled',
  'queued',
  'running',
  'success',
  'failed',
  'skipped',
  'upstream_failed',
  'up_for_retry',
  'up_for_reschedule',
  'deferred',
  'removed',
  'restarting',
];
const ABSENT = 15;

export interface Cell {
  state: State;
  /** The run has no such task. */
  absent: boolean;
  mapped: boolean;
  retried: boolean;
  note: boolean;
}

export function cellOf(byte: number): Cell {
  const code = byte & 0x0f;
  return {
    state: CODES[code] ?? 'none',
    absent: code === ABSENT,
    mapped: (byte & 0x10) !== 0,
    retried: (byte & 0x20) !== 0,
    note: (byte & 0x40) !== 0,
  };
}

/** The byte with another state and the same flags. */
export function withState(byte: number, state: string | null): number {
  return (byte & 0xf0) | Math.max(0, CODES.indexOf(stateOf(state)));
}

export const isFinished = (state: string | null | undefined) =>
  state === 'success' || state === 'failed' || state === 'skipped' || state === 'upstream_failed' || state === 'removed';

/** Counts by state in the order of the list above, without zeroes. */
export function orderedCounts(counts: Record<string, number>): [State, number][] {
  const order: string[] = [...TASK_STATES, 'none'];
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]): [State, number] => [stateOf(state), count])
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
}
