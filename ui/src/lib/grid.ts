/** The grid's data and its arithmetic: bytes, rows that are open, the part that is in sight, and what is chosen. */
import type { GridTask } from '../api/types.ts';

export const ROW = 24;
export const COLUMN = 24;

export function decodeCells(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

export function encodeCells(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** The indices of the rows in sight: those in no closed group, or those that match what is looked for, with their groups. */
export function openRows(tasks: readonly GridTask[], closed: ReadonlySet<string>, find: string): number[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const above = (task: GridTask): GridTask[] => {
    const parent = task.parent === null ? undefined : byId.get(task.parent);
    return parent ? [parent, ...above(parent)] : [];
  };
  if (find) {
    const wanted = new Set<string>();
    for (const task of tasks) {
      if (!task.id.toLowerCase().includes(find.toLowerCase())) continue;
      wanted.add(task.id);
      for (const group of above(task)) wanted.add(group.id);
    }
    return tasks.flatMap((task, row) => (wanted.has(task.id) ? [row] : []));
  }
  return tasks.flatMap((task, row) => (above(task).some((group) => closed.has(group.id)) ? [] : [row]));
}

/** First and one past the last of the items in sight, with some to spare on both sides. */
export function inSight(scroll: number, view: number, size: number, count: number, spare: number): [from: number, to: number] {
  const from = Math.max(0, Math.floor(scroll / size) - spare);
  return [Math.min(from, count), Math.min(count, Math.ceil((scroll + view) / size) + spare)];
}

export interface Point {
  row: number;
  column: number;
}

export interface Rect {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export const rectOf = (a: Point, b: Point): Rect => ({
  top: Math.min(a.row, b.row),
  bottom: Math.max(a.row, b.row),
  left: Math.min(a.column, b.column),
  right: Math.max(a.column, b.column),
});

export const isIn = (rect: Rect | null, row: number, column: number) =>
  rect !== null && row >= rect.top && row <= rect.bottom && column >= rect.left && column <= rect.right;

const STEPS: Record<string, [rows: number, columns: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-15, 0],
  PageDown: [15, 0],
};

/** Where a key leads; null when it is no key of movement. Row -1 is the head, with the runs themselves. */
export function moved(from: Point, key: string, withCtrl: boolean, rows: number, columns: number): Point | null {
  if (key === 'Home') return { row: withCtrl ? -1 : from.row, column: 0 };
  if (key === 'End') return { row: withCtrl ? rows - 1 : from.row, column: columns - 1 };
  const step = STEPS[key];
  if (!step) return null;
  return {
    row: Math.max(-1, Math.min(rows - 1, from.row + step[0])),
    column: Math.max(0, Math.min(columns - 1, from.column + step[1])),
  };
}
