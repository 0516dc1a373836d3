import { expect, it } from 'vitest';
import { exact, moved, plain, points, share } from './points.ts';

it('points never look like more than they are', () => {
  expect([points(6996), points(7000), points(10_000), points(9)]).toEqual(['69.9', '70.0', '100.0', '0.0']);
  expect([exact(6996), plain(7000), plain(7250), share(6249)]).toEqual(['69.96', '70', '72.5', '62 %']);
});

it('a score is compared with what it was', () => {
  expect(moved(7300, null)).toEqual({ word: 'new', way: 'new' });
  expect(moved(7300, 7300).way).toBe('same');
  expect(moved(7300, 7100)).toEqual({ word: '▲ 2.00', way: 'up' });
  expect(moved(7000, 7101)).toEqual({ word: '▼ 1.01', way: 'down' });
});
