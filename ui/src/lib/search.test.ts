import { expect, it } from 'vitest';
import { flag, list, oneOf, parseSearch, stringifySearch, text, whole } from './search.ts';

it('an address is plain text, with a key for each value of a list', () => {
  const search = { q: 'a b&c', tag: ['x', 'y'], page: 2, re: true, none: undefined, empty: '', off: false };
  expect(stringifySearch(search)).toBe('?q=a+b%26c&tag=x&tag=y&page=2&re=1');
  expect(parseSearch('?q=a+b%26c&tag=x&tag=y&page=2')).toEqual({ q: 'a b&c', tag: ['x', 'y'], page: '2' });
});

it('nonsense in an address is as if it were not there', () => {
  expect(whole('12x')).toBeUndefined();
  expect(whole(['3', '4'])).toBe(3);
  expect(oneOf('worse', ['good', 'bad'])).toBeUndefined();
  expect(list('one')).toEqual(['one']);
  expect(list('')).toBeUndefined();
  expect(flag('0')).toBeUndefined();
  expect(text(['first', 'second'])).toBe('first');
});
