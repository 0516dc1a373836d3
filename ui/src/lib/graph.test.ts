import { expect, it } from 'vitest';
import { areaOf, boxOf, cardWords, detailAt, fit, meets, opening, roundedPath, shapesByState, worstOf, zoomed } from './graph.ts';

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

it('what is drawn holds all that is in sight, and stays the same while it is moved a little', () => {
  const view = { width: 1000, height: 500 };
  const seen = (sight: { x: number; y: number; k: number }) => areaOf(sight, view);
  for (const sight of [
    { x: 0, y: 0, k: 1 },
    { x: -1234, y: 77, k: 0.5 },
    { x: 700, y: -9000, k: 2 },
  ]) {
    const area = seen(sight);
    expect(area.left).toBeLessThanOrEqual(-sight.x / sight.k);
    expect(area.top).toBeLessThanOrEqual(-sight.y / sight.k);
    expect(area.right).toBeGreaterThanOrEqual((view.width - sight.x) / sight.k);
    expect(area.bottom).toBeGreaterThanOrEqual((view.height - sight.y) / sight.k);
  }
  expect(seen({ x: -20, y: -20, k: 1 })).toEqual(seen({ x: -420, y: -220, k: 1 }));
  expect(
    meets(
      boxOf([
        [0, 0],
        [10, -5],
      ]),
      { left: 10, top: -20, right: 20, bottom: -5 },
    ),
  ).toBe(true);
  expect(
    meets(
      boxOf([
        [0, 0],
        [10, -5],
      ]),
      { left: 11, top: -20, right: 20, bottom: -5 },
    ),
  ).toBe(false);
});

it('the small map is one shape for each state', () => {
  const at = (id: string, x: number) => ({ id, kind: 'task', x, y: 0, w: 100, h: 40 });
  const shapes = shapesByState([at('a', 0), at('b', 200), at('c', 400)], (id) => (id === 'b' ? 'failed' : 'success'), 0.1);
  expect(shapes).toEqual([
    ['success', 'M0.0 0.0h10.0v4.0h-10.0zM40.0 0.0h10.0v4.0h-10.0z'],
    ['failed', 'M20.0 0.0h10.0v4.0h-10.0z'],
  ]);
});

it('a card says what there is room for, the state first', () => {
  const card = (w: number, label = 'load') => ({ label, kind: 'task', w, operator: 'PythonOperator', mapped: false, count: null });
  expect(cardWords(card(240), 'failed')).toEqual({ label: 'load', under: 'PythonOperator · failed' });
  expect(cardWords(card(112), 'failed')).toEqual({ label: 'load', under: 'failed' });
  expect(cardWords(card(112), undefined)).toEqual({ label: 'load', under: 'PythonOperator' });
  expect(cardWords(card(112, 'a_name_that_is_long'), undefined).label).toBe('a_name_t…');
});
