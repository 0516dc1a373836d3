import { expect, it } from 'vitest';
import { timelineOf } from './timeline.ts';

it('without cuts time is even', () => {
  const line = timelineOf(0, 100_000, []);
  expect([0, 25_000, 100_000, 200_000].map(line.at)).toEqual([0, 0.25, 1, 1]);
});

it('what is cut takes little room, and order stays', () => {
  const line = timelineOf(0, 1_000_000, [{ from: 10_000, to: 990_000 }]);
  expect(line.at(10_000)).toBeCloseTo(0.4875);
  expect(line.at(990_000)).toBeCloseTo(0.5125);
  expect(line.at(1_000_000)).toBeCloseTo(1);
  expect(line.breaks).toEqual([{ at: expect.closeTo(0.5), seconds: 980 }]);
  expect(line.ticks.every((tick) => tick.time <= 10_000 || tick.time >= 990_000)).toBe(true);
  const places = Array.from({ length: 101 }, (_, step) => line.at(step * 10_000));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});
