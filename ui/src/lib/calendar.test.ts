import { expect, test } from 'vitest';
import { dayAfter, months, moved } from './calendar.ts';

test('a year of months ends with the one asked for', () => {
  const year = months('2028-02');
  expect(year).toHaveLength(12);
  expect(year[0]!.id).toBe('2027-03');
  expect(year[11]).toMatchObject({ id: '2028-02', name: 'February 2028', lead: 1 });
  expect(year[11]!.days.at(-1)).toBe('2028-02-29');
});

test('months and days go over the end of a year', () => {
  expect(moved('2029-11', 12)).toBe('2030-11');
  expect(moved('2029-01', -1)).toBe('2028-12');
  expect(dayAfter('2029-12-31')).toBe('2030-01-01');
});
