import { describe, expect, it } from 'vitest';
import type { GridTask } from '../api/types.ts';
import { decodeCells, encodeCells, inSight, moved, openRows, rectOf } from './grid.ts';
import { cellOf, withState } from './states.ts';

const task = (id: string, parent: string | null, kind: 'task' | 'group' = 'task'): GridTask => ({
  id,
  label: id,
  kind,
  depth: 0,
  parent,
  operator: null,
  mapped: false,
  setup: false,
  teardown: false,
});
const TASKS = [
  task('load', null, 'group'),
  task('load.inner', 'load', 'group'),
  task('load.inner.a', 'load.inner'),
  task('load.b', 'load'),
  task('done', null),
];

describe('a cell', () => {
  it('is a state and flags', () => {
    expect(cellOf(0x05 | 0x20)).toEqual({ state: 'failed', absent: false, mapped: false, retried: true, note: false });
    expect(cellOf(0x0f).absent).toBe(true);
    expect(cellOf(0x0d).state).toBe('none');
  });
  it('keeps its flags when its state changes', () => {
    expect(withState(0x53, 'success')).toBe(0x54);
    expect(withState(0x54, null)).toBe(0x50);
  });
  it('travels as base64', () => {
    const bytes = Uint8Array.from({ length: 50_000 }, (_, at) => at % 256);
    expect(decodeCells(encodeCells(bytes))).toEqual(bytes);
  });
});

describe('rows', () => {
  it('of closed groups are not in sight, at any depth', () => {
    expect(openRows(TASKS, new Set(), '')).toEqual([0, 1, 2, 3, 4]);
    expect(openRows(TASKS, new Set(['load.inner']), '')).toEqual([0, 1, 3, 4]);
    expect(openRows(TASKS, new Set(['load']), '')).toEqual([0, 4]);
  });
  it('that are looked for come with their groups, also from closed ones', () => {
    expect(openRows(TASKS, new Set(['load']), 'INNER.A')).toEqual([0, 1, 2]);
    expect(openRows(TASKS, new Set(), 'nothing')).toEqual([]);
  });
});

it('only what is in sight, and a little more, is drawn', () => {
  expect(inSight(0, 240, 24, 500, 4)).toEqual([0, 14]);
  expect(inSight(2400, 240, 24, 500, 4)).toEqual([96, 114]);
  expect(inSight(11_900, 240, 24, 500, 4)).toEqual([491, 500]);
  expect(inSight(99_999, 240, 24, 5, 4)).toEqual([5, 5]);
});

it('keys stay within the grid, whose head is row -1', () => {
  expect(moved({ row: 0, column: 3 }, 'ArrowUp', false, 5, 4)).toEqual({ row: -1, column: 3 });
  expect(moved({ row: 4, column: 3 }, 'ArrowDown', false, 5, 4)).toEqual({ row: 4, column: 3 });
  expect(moved({ row: 2, column: 2 }, 'Home', true, 5, 4)).toEqual({ row: -1, column: 0 });
  expect(moved({ row: 2, column: 2 }, 'End', false, 5, 4)).toEqual({ row: 2, column: 3 });
  expect(moved({ row: 2, column: 2 }, 'x', false, 5, 4)).toBeNull();
});

it('a choice is a rectangle whichever corner it began at', () => {
  expect(rectOf({ row: 4, column: 1 }, { row: 2, column: 3 })).toEqual({ top: 2, bottom: 4, left: 1, right: 3 });
});
