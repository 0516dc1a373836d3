import { expect, test } from 'vitest';
import { connected, layout } from './layers.ts';

const node = (id: string) => ({ id, width: 100, height: 30 });
const edge = (text: string) => ({ from: text[0]!, to: text[1]! });

test('what comes later stands further right, and nothing overlaps', () => {
  const { nodes, width, height } = layout([...'abcde'].map(node), ['ab', 'ac', 'bd', 'cd', 'ad'].map(edge));
  const at = new Map(nodes.map((each) => [each.id, each]));
  expect(at.get('d')!.x).toBeGreaterThan(at.get('b')!.x);
  expect(at.get('b')!.x).toBe(at.get('c')!.x);
  for (const a of nodes) {
    expect(a.x + a.width).toBeLessThanOrEqual(width);
    expect(a.y + a.height).toBeLessThanOrEqual(height);
    for (const b of nodes) {
      if (a.id < b.id) expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true);
    }
  }
});

test('a circle and an edge to nowhere are borne', () => {
  const { nodes, edges } = layout([...'abc'].map(node), ['ab', 'bc', 'ca', 'aa', 'az'].map(edge));
  expect(nodes).toHaveLength(3);
  expect(edges).toHaveLength(3);
  expect(new Set(nodes.map((each) => each.x)).size).toBe(3);
});

test('crossings are undone', () => {
  const { nodes } = layout([...'abcd'].map(node), ['ad', 'bc'].map(edge));
  const y = (id: string) => nodes.find((each) => each.id === id)!.y;
  expect(Math.sign(y('a') - y('b'))).toBe(Math.sign(y('d') - y('c')));
});

test('nothing has no size', () => {
  expect(layout([], [])).toMatchObject({ width: 0, height: 0 });
});

test('the neighbourhood of a node', () => {
  expect([...connected(new Set(['b']), ['ab', 'bc', 'xy'].map(edge))].sort()).toEqual(['a', 'b', 'c']);
});
