import { describe, expect, it } from 'vitest';
import { around, chosenRows, foldedRows, foldsIn, HEIGHT_MAX, scaleOf } from './log-rows.ts';

describe('rows of a folded log', () => {
  const rows = foldedRows(100, [
    { head: 9, from: 10, to: 19 },
    { head: 49, from: 50, to: 54 },
  ]);
  it('are all lines but the hidden ones', () => {
    expect(rows.count).toBe(85);
    expect([0, 9, 10, 39, 40, 84].map(rows.lineAt)).toEqual([0, 9, 20, 49, 55, 99]);
  });
  it('are found by line, and there and back is the same', () => {
    for (let row = 0; row < rows.count; row++) expect(rows.rowOf(rows.lineAt(row))).toBe(row);
    expect(rows.rowOf(15)).toBe(9);
  });
});

it('of some lines only, the row of a line between two is the one before it', () => {
  const rows = chosenRows([3, 8, 20]);
  expect([3, 8, 12, 20, 99].map(rows.rowOf)).toEqual([0, 1, 1, 2, 2]);
  expect(rows.lineAt(7)).toBe(-1);
});

it('what stands around matches is taken once, within the log', () => {
  expect(around([1, 3, 9], 2, 10)).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9]);
});

describe('the height of a log', () => {
  it('is exact while it fits a page', () => {
    const scale = scaleOf(1000, 400);
    expect(scale).toMatchObject({ height: 20_000, scaled: false, lastTop: 980 });
    expect(scale.rowAt(scale.scrollOf(123))).toBe(123);
  });
  it('is scaled beyond, and both ends are reached', () => {
    const scale = scaleOf(1_000_000, 400);
    expect(scale).toMatchObject({ height: HEIGHT_MAX, scaled: true, lastTop: 999_980 });
    expect(scale.rowAt(0)).toBe(0);
    expect(scale.rowAt(HEIGHT_MAX - 400)).toBe(999_980);
    expect(scale.rowAt(scale.scrollOf(500_000))).toBeCloseTo(500_000, 3);
  });
});

describe('what can be folded', () => {
  const lines = (...texts: string[]) => texts.map((text, n) => ({ n: n + 500, text }));
  it('is a group that ends', () => {
    expect(foldsIn(lines('a', '::group::x', 'b', 'c', '::endgroup::', 'd'))).toEqual([{ head: 501, from: 502, to: 504 }]);
    expect(foldsIn(lines('::group::x', 'b'))).toEqual([]);
  });
  it('is a traceback but for its last frame and its message', () => {
    const text = [
      'Traceback (most recent call last):',
      '  File "a.py", line 1, in f',
      '    g()',
      '  File "b.py", line 2, in g',
      '    raise E',
      'E: no',
    ];
    expect(foldsIn(lines(...text))).toEqual([{ head: 500, from: 501, to: 502 }]);
    expect(foldsIn(lines(text[0]!, text[1]!, text[2]!, text[5]!))).toEqual([]);
  });
});
