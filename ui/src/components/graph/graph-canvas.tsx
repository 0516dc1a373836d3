import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Graph, GraphNode } from '../../api/types.ts';
import { detailAt, fit, opening, roundedPath, type Sight, zoomed } from '../../lib/graph.ts';
import { stateOf as known, stateWord } from '../../lib/states.ts';
import { IconButton } from '../button.tsx';
import { Glyph } from '../state.tsx';
import styles from './graph.module.css';

interface Props {
  graph: Graph;
  find: string;
  /** The state of a task or group in the run; null: no run is shown. */
  stateOf: ((id: string) => string | null) | null;
  onTask: (task: string) => void;
  onGroup: (group: string) => void;
}

const MINIMAP_FROM = 60;

/** The graph as the server laid it out. What it shows is in the outline too, which is the way for keyboard and screen reader. */
export function GraphCanvas({ graph, find, stateOf, onTask, onGroup }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ width: 800, height: 500 });
  const [sight, setSight] = useState<Sight | null>(null);
  const [hover, setHover] = useState<string | null>(null);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setView({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const now = sight ?? opening(graph.width, graph.height, view);
  const showAll = () => setSight(fit(graph.width, graph.height, view));
  const zoom = (by: number, at = { x: view.width / 2, y: view.height / 2 }) => setSight((before) => zoomed(before ?? now, by, at));
  const pan = (x: number, y: number) => setSight((before) => ({ ...(before ?? now), x: (before ?? now).x + x, y: (before ?? now).y + y }));

  // A wheel that zooms must keep the page from scrolling, which a handler of React cannot.
  const zoomRef = useRef(zoom);
  zoomRef.current = zoom;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      const place = element.getBoundingClientRect();
      zoomRef.current(Math.exp(-event.deltaY / 400), { x: event.clientX - place.left, y: event.clientY - place.top });
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, []);

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    drag.current = { x: event.clientX, y: event.clientY, moved: false };
  };
  const onPointerMove = (event: PointerEvent) => {
    setHover((event.target as Element).closest<SVGElement>('[data-node]')?.dataset.node ?? null);
    const start = drag.current;
    if (!start || event.buttons !== 1) return;
    if (!start.moved && Math.hypot(event.clientX - start.x, event.clientY - start.y) < 4) return;
    if (!start.moved) box.current?.setPointerCapture(event.pointerId);
    pan(event.clientX - start.x, event.clientY - start.y);
    drag.current = { x: event.clientX, y: event.clientY, moved: true };
  };
  const onClick = (event: React.MouseEvent) => {
    if (drag.current?.moved) return;
    const id = (event.target as Element).closest<SVGElement>('[data-node]')?.dataset.node;
    const node = graph.nodes.find((each) => each.id === id);
    if (!node) return;
    if (node.kind === 'group' || node.kind === 'open_group') onGroup(node.id);
    else if (node.kind === 'task') onTask(node.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (step) pan(step[0]!, step[1]!);
    else if (event.key === '+' || event.key === '=') zoom(1.25);
    else if (event.key === '-') zoom(0.8);
    else if (event.key === '0') showAll();
    else return;
    event.preventDefault();
  };

  const detail = detailAt(now.k);
  const near = (node: { x: number; y: number; w: number; h: number }) =>
    (node.x + node.w) * now.k + now.x > -80 &&
    node.x * now.k + now.x < view.width + 80 &&
    (node.y + node.h) * now.k + now.y > -80 &&
    node.y * now.k + now.y < view.height + 80;
  const matches = (node: GraphNode) => find !== '' && node.id.toLowerCase().includes(find.toLowerCase());
  const beside =
    hover === null ? null : new Set(graph.edges.flatMap((edge) => (edge.from === hover || edge.to === hover ? [edge.from, edge.to] : [])));

  return (
    <div className={styles.frame}>
      <div
        ref={box}
        className={styles.canvas}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move it
        tabIndex={0}
        role="region"
        aria-label="Graph: arrows move it, + and − zoom, 0 shows all. The outline has the same as a list."
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setHover(null)}
        onClick={onClick}
        onKeyDown={onKeyDown}
      >
        <svg width={view.width} height={view.height} aria-hidden="true">
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0.5 7.5 4 0 7.5z" className={styles.head} />
            </marker>
          </defs>
          <g transform={`translate(${now.x} ${now.y}) scale(${now.k})`}>
            {graph.nodes
              .filter((node) => node.kind === 'open_group' && near(node))
              .map((node) => (
                <g key={node.id} data-node={node.id} className={styles.open}>
                  <rect x={node.x} y={node.y} width={node.w} height={node.h} rx="10" />
                  {detail !== 'shape' && (
                    <text x={node.x + 12} y={node.y + 18}>
                      {node.label}
                    </text>
                  )}
                </g>
              ))}
            {graph.edges.map((edge) => (
              <path
                key={`${edge.from}\n${edge.to}`}
                d={roundedPath(edge.points)}
                className={styles.edge}
                data-near={hover !== null && (edge.from === hover || edge.to === hover) ? true : undefined}
                data-setup={edge.setup || undefined}
                markerEnd="url(#arrow)"
              />
            ))}
            {graph.nodes
              .filter((node) => node.kind !== 'open_group' && near(node))
              .map((node) => (
                <Node
                  key={node.id}
                  node={node}
                  detail={detail}
                  state={stateOf && (node.kind === 'task' || node.kind === 'group') ? stateOf(node.id) : undefined}
                  found={matches(node)}
                  faint={(find !== '' && !matches(node)) || (beside !== null && !beside.has(node.id) && hover !== node.id)}
                />
              ))}
          </g>
        </svg>
      </div>
      <div className={styles.tools}>
        <IconButton kind="plain" icon="plus" label="Closer" side="left" onClick={() => zoom(1.25)} />
        <IconButton kind="plain" icon="minus" label="Farther" side="left" onClick={() => zoom(0.8)} />
        <IconButton kind="plain" icon="zoomfit" label="Show all" side="left" onClick={showAll} />
        <span className={styles.arrows}>
          <IconButton kind="plain" size="small" icon="left" label="Move left" onClick={() => pan(120, 0)} />
          <IconButton kind="plain" size="small" icon="up" label="Move up" onClick={() => pan(0, 120)} />
          <IconButton kind="plain" size="small" icon="down" label="Move down" onClick={() => pan(0, -120)} />
          <IconButton kind="plain" size="small" icon="right" label="Move right" onClick={() => pan(-120, 0)} />
        </span>
      </div>
      {graph.nodes.length > MINIMAP_FROM && (
        <Minimap
          graph={graph}
          sight={now}
          view={view}
          stateOf={stateOf}
          onMove={(x, y) => setSight({ k: now.k, x: view.width / 2 - x * now.k, y: view.height / 2 - y * now.k })}
        />
      )}
    </div>
  );
}

function Node({
  node,
  detail,
  state,
  found,
  faint,
}: {
  node: GraphNode;
  detail: 'card' | 'name' | 'shape';
  state: string | null | undefined;
  found: boolean;
  faint: boolean;
}) {
  if (node.kind === 'join')
    return <circle className={styles.join} cx={node.x + node.w / 2} cy={node.y + node.h / 2} r={Math.min(6, node.w / 2)} />;
  const room = Math.floor((node.w - 46) / 6.9);
  const label = node.label.length > room ? `${node.label.slice(0, room - 1)}…` : node.label;
  const under = node.count !== null ? `${node.count} tasks` : (node.operator ?? node.kind);
  const said = state === undefined ? under : `${under} · ${stateWord(state)}`;
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
          {node.mapped && ' [ ]'}
        </text>
      )}
      {detail === 'card' && (
        <text className={styles.under} x={node.x + 38} y={node.y + node.h / 2 + 14}>
          {said.length > (node.w - 46) / 6 ? (state === undefined ? under : stateWord(state)) : said}
        </text>
      )}
    </g>
  );
}

/** All of the graph, small, with the part in sight framed. A press brings that place into sight. */
function Minimap({
  graph,
  sight,
  view,
  stateOf,
  onMove,
}: {
  graph: Graph;
  sight: Sight;
  view: { width: number; height: number };
  stateOf: Props['stateOf'];
  onMove: (x: number, y: number) => void;
}) {
  const k = Math.min(180 / graph.width, 120 / graph.height);
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
      {graph.nodes
        .filter((node) => node.kind !== 'open_group')
        .map((node) => (
          <rect
            key={node.id}
            data-s={stateOf ? known(stateOf(node.id)) : undefined}
            x={node.x * k}
            y={node.y * k}
            width={Math.max(2, node.w * k)}
            height={Math.max(1.5, node.h * k)}
          />
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
