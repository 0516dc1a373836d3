import { expect, it } from 'vitest';
import type { Graph } from '../api/types.ts';
import { svgOf } from './graph-svg.ts';

const node = (id: string, kind: Graph['nodes'][number]['kind'], x: number): Graph['nodes'][number] => ({
  ...{ id, kind, x, label: id, parent: null, y: 0, w: 160, h: 44 },
  ...{ operator: 'EmptyOperator', mapped: false, count: null, setup: false, teardown: false },
});
const graph: Graph = {
  version: 1,
  width: 400,
  height: 60,
  nodes: [node('group', 'open_group', 0), node('<a> & "b"', 'task', 0), node('after', 'task', 200)],
  edges: [
    {
      from: '<a> & "b"',
      to: 'after',
      label: null,
      setup: false,
      back: false,
      points: [
        [120, 22],
        [200, 22],
      ],
    },
  ],
};
const colours = () => ({ fill: '#ff0000', edge: '#aa0000' });

it('a saved graph says the state of each task, in its colour and in words, and names stay text', () => {
  const svg = svgOf(graph, (id) => (id === 'after' ? 'failed' : null), colours);
  expect(svg).toContain('<title>after: failed</title>');
  expect(svg).toContain('>failed</text>');
  expect(svg).toContain('fill="#ff0000"');
  expect(svg).toContain('&lt;a&gt; &amp; &quot;b&quot;');
  expect(svg).not.toContain('<a>');
  expect(svg).toContain('d="M120 22L200 22"');
  expect(svg).toContain('width="432" height="92"');
});

it('without a run it has no states', () => {
  const svg = svgOf(graph, null, colours);
  expect(svg).toContain('<title>after</title>');
  expect(svg).not.toContain('#ff0000');
});
