import { same } from './changes.ts';

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

export interface Extra {
  /** What was changed, where the entry holds what was before and after. */
  changes: Change[];
  /** What else stands in it, as names and values. */
  facts: [string, unknown][];
  /** The text itself, where it is no object. */
  text: string | null;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the `extra` of an entry of the event log: an object with `before` and `after`, another object, or text. */
export function readExtra(extra: string | null): Extra {
  if (!extra) return { changes: [], facts: [], text: null };
  let data: unknown;
  try {
    data = JSON.parse(extra);
  } catch {
    return { changes: [], facts: [], text: extra };
  }
  if (!isObject(data)) return { changes: [], facts: [], text: extra };
  const { before, after, ...rest } = data;
  if (!isObject(before) && !isObject(after)) return { changes: [], facts: Object.entries(data), text: null };
  const [left, right] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  const fields = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const changes = fields
    .filter((field) => !same(left[field], right[field]))
    .map((field) => ({ field, before: left[field], after: right[field] }));
  return { changes, facts: Object.entries(rest), text: null };
}

export const shortly = (value: unknown): string =>
  value === undefined ? '–' : typeof value === 'string' ? value : (JSON.stringify(value) ?? '–');
