import { describe, expect, it } from 'vitest';
import { duration, fromInputTime, fullTime, inputTime, relative, shortTime, zones } from './time.ts';

describe('times', () => {
  it('name their zone', () => {
    expect(fullTime('2030-01-12T06:00:00Z', 'UTC')).toBe('12 Jan 2030, 06:00:00 UTC');
    expect(fullTime('2030-01-12T06:00:00Z', 'Asia/Kolkata')).toBe('12 Jan 2030, 11:30:00 GMT+5:30');
  });
  it('are offered in zones by the names of today', () => {
    expect(zones()).toContain('Asia/Kolkata');
    expect(zones()).not.toContain('Asia/Calcutta');
  });
  it('leave out the year of now', () => {
    expect(shortTime('2030-01-12T06:00:00Z', 'UTC', Date.parse('2030-06-01'))).toBe('12 Jan, 06:00 UTC');
    expect(shortTime('2029-12-31T23:30:00Z', 'UTC', Date.parse('2030-06-01'))).toBe('31 Dec 2029, 23:30 UTC');
  });
  it('come back from a field as they went in, also across a change of the clocks', () => {
    for (const iso of ['2026-03-08T06:30:00.000Z', '2026-03-08T07:30:00.000Z', '2026-11-01T12:00:00.000Z']) {
      for (const zone of ['UTC', 'America/New_York', 'Asia/Kolkata']) expect(fromInputTime(inputTime(iso, zone), zone)).toBe(iso);
    }
  });
  it('of a field that is empty are none', () => {
    expect(fromInputTime('', 'UTC')).toBeNull();
    expect(fromInputTime('nonsense', 'UTC')).toBeNull();
  });
});

it.each([
  [null, '–'],
  [0, '0 s'],
  [0.004, '< 0.01 s'],
  [0.42, '0.42 s'],
  [9.96, '10.0 s'],
  [12.34, '12.3 s'],
  [59.97, '1 min'],
  [252, '4 min 12 s'],
  [3599.6, '1 h'],
  [7500, '2 h 5 min'],
  [273_600, '3 d 4 h'],
])('a duration of %s is written %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it('what is near is said in words', () => {
  const now = Date.parse('2030-01-01T12:00:00Z');
  expect(relative('2030-01-01T11:59:58Z', now)).toBe('just now');
  expect(relative('2030-01-01T11:56:00Z', now)).toBe('4 min ago');
  expect(relative('2030-01-01T14:00:00Z', now)).toBe('in 2 h');
  expect(relative('2029-12-31T12:00:00Z', now)).toBe('1 day ago');
});
