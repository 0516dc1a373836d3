import { expect, test } from 'vitest';
import { readExtra } from './event-extra.ts';

test('what changed is told from what stayed', () => {
  const extra = readExtra('{"key": "limit", "before": {"value": "5", "description": null}, "after": {"value": "6", "description": null}}');
  expect(extra.changes).toEqual([{ field: 'value', before: '5', after: '6' }]);
  expect(extra.facts).toEqual([['key', 'limit']]);
});

test('other objects, texts and nothing are shown as they are', () => {
  expect(readExtra('{"conf": {"a": 1}}').facts).toEqual([['conf', { a: 1 }]]);
  expect(readExtra("('run', 'x')").text).toBe("('run', 'x')");
  expect(readExtra('[1]').text).toBe('[1]');
  expect(readExtra(null)).toEqual({ changes: [], facts: [], text: null });
});

test('what is new has nothing before', () => {
  expect(readExtra('{"before": null, "after": {"slots": 4}}').changes).toEqual([{ field: 'slots', before: undefined, after: 4 }]);
});
