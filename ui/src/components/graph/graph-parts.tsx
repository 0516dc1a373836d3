import { memo, useMemo } from 'react';
import type { Graph, GraphEdge, GraphNode } from '../../api/types.ts';
import { cardWords, roundedPath, type Sight, shapesByState } from '../../lib/graph.ts';
import { stateOf as known, stateWord } from '../../lib/states.ts';
import { Glyph } from '../state.tsx';
import styles from './graph.module.css';

export type Detail = 'card' | 'name' | 'shape';

export const Edge = memo(function Edge({ edge, near, detail }: { edge: GraphEdge; near: boolean; detail: Detail }) {
  const d = useMemo(() => roundedPath(edge.points), [edge]);
  return (
    <path
      d={d}
      className={styles.edge}
      data-near={near || undefined}
      data-setup={edge.setup || undefined}
      // Where names cannot be read, heads of arrows cannot be seen either.
      markerEnd={detail === 'shape' ? undefined : 'url(#arrow)'}
    />
  );
});

interface NodeProps {
  node: GraphNode;
  detail: Detail;
  state: string | null | undefined;
  found: boolean;
  faint: boolean;
}

export const Node = memo(function Node({ node, detail, state, found, faint }: NodeProps) {
  const { label, under } = cardWords(node, state);
  return (
    <g
      className={styles.node}
      data-node={node.id}
      data-kind={node.kind}
      data-s={state === undefined ? undefined : known(state)}
      data-found={found || undefined}
      data-faint={faint || undefined}
    >
      <title>{`${node.id}${state === undefined ? '' : `: ${stateWord(state)}`}`}</title>
      {(node.mapped || node.kind === 'group') && (
        <rect className={styles.behind} x={node.x + 5} y={node.y + 5} width={node.w} height={node.h} rx="8" />
      )}
      <rect className={styles.card} x={node.x} y={node.y} width={node.w} height={node.h} rx="8" />
      {state !== undefined && (
        <path className={styles.side} d={`M${node.x + 8} ${node.y}h20v${node.h}h-20a8 8 0 0 1-8-8v-${node.h - 16}a8 8 0 0 1 8-8z`} />
      )}
      {state !== undefined && detail !== 'shape' && (
        <g transform={`translate(${node.x + 7} ${node.y + node.h / 2 - 7})`} className={styles.glyph}>
          <Glyph state={state} size={14} />
        </g>
      )}
      {detail !== 'shape' && (
        <text
          className={styles.name}
          x={node.x + 38}
          y={node.y + node.h / 2 + (detail === 'card' ? -3 : 5)}
          data-big={detail === 'name' || undefined}
        >
          {label}
        </text>
      )}
      {detail === 'card' && (
        <text className={styles.under} x={node.x + 38} y={node.y + node.h / 2 + 14}>
          {under}
        </text>
      )}
    </g>
  );
});

interface MinimapProps {
  graph: Graph;
  sight: Sight;
  view: { width: number; height: number };
  stateOf: ((id: string) => string | null) | null;
  onMove: (x: number, y: number) => void;
}

/** All of the graph, small, with the part in sight framed. A press brings that place into sight. */
export function Minimap({ graph, sight, view, stateOf, onMove }: MinimapProps) {
  const k = Math.min(180 / graph.width, 120 / graph.height);
  const shapes = useMemo(() => shapesByState(graph.nodes, stateOf, k), [graph, stateOf, k]);
  return (
    <svg
      className={styles.minimap}
      width={graph.width * k}
      height={graph.height * k}
      aria-hidden="true"
      onClick={(event) => {
        const place = event.currentTarget.getBoundingClientRect();
        onMove((event.clientX - place.left) / k, (event.clientY - place.top) / k);
      }}
    >
      {shapes.map(([state, d]) => (
        <path key={state} data-s={state || undefined} d={d} />
      ))}
      <rect
        className={styles.sight}
        x={(-sight.x / sight.k) * k}
        y={(-sight.y / sight.k) * k}
        width={(view.width / sight.k) * k}
        height={(view.height / sight.k) * k}
      />
    </svg>
  );
}
