import { expect, test } from 'vitest';
import { changedFields, same } from './changes.ts';

test('the order of keys makes no difference, the order of a list does', () => {
  expect(same({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
  expect(same({}, [])).toBe(false);
  expect(same(null, {})).toBe(false);
});

test('what another wrote meanwhile is found, and a field that is missing is as one that is null', () => {
  const read = { key: 'limit', value: '5', description: null };
  expect(changedFields(read, { key: 'limit', value: '5' })).toEqual([]);
  expect(changedFields(read, { key: 'limit', value: '6', description: 'more' })).toEqual(['value', 'description']);
  expect(changedFields(read, { key: 'limit', value: '6' }, ['description'])).toEqual([]);
});
