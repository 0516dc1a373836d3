import { expect, it } from 'vitest';
import { detailAt, fit, opening, roundedPath, worstOf, zoomed } from './graph.ts';

it('a graph whose names could not be read opens at its beginning', () => {
  const view = { width: 1000, height: 500 };
  expect(opening(200, 100, view)).toEqual(fit(200, 100, view));
  expect(opening(156, 12_812, view)).toEqual({ k: 0.6, x: (1000 - 156 * 0.6) / 2, y: 16 });
  expect(opening(90_000, 300, view)).toEqual({ k: 0.6, x: 16, y: (500 - 300 * 0.6) / 2 });
});
it('a small graph is not blown up, a large one fits', () => {
  expect(fit(200, 100, { width: 1000, height: 500 })).toEqual({ k: 1, x: 400, y: 200 });
  const large = fit(10_000, 100, { width: 1032, height: 500 });
  expect(large.k).toBeCloseTo(0.1);
  expect(large.x).toBeCloseTo(16);
});

it('what is under the pointer stays there', () => {
  const before = { k: 1, x: 30, y: -20 };
  const at = { x: 300, y: 200 };
  const after = zoomed(before, 2, at);
  const under = (sight: typeof before) => [(at.x - sight.x) / sight.k, (at.y - sight.y) / sight.k];
  expect(under(after)).toEqual(under(before));
  expect(zoomed(before, 100, at).k).toBe(2.5);
});

it('less is written from afar', () => {
  expect([1, 0.6, 0.59, 0.3, 0.29].map(detailAt)).toEqual(['card', 'card', 'name', 'name', 'shape']);
});

it('corners are round unless there is no room', () => {
  expect(
    roundedPath(
      [
        [0, 0],
        [20, 0],
        [20, 20],
      ],
      5,
    ),
  ).toBe('M0 0L15 0Q20 0 20 5L20 20');
  expect(
    roundedPath(
      [
        [0, 0],
        [0.5, 0],
        [0.5, 9],
      ],
      5,
    ),
  ).toBe('M0 0L0.5 0L0.5 9');
  expect(roundedPath([])).toBe('');
});

it('a group is as bad as the worst in it', () => {
  expect(worstOf(['success', 'running', 'skipped'])).toBe('running');
  expect(worstOf(['success', null])).toBeNull();
  expect(worstOf(['upstream_failed', 'failed'])).toBe('failed');
});
