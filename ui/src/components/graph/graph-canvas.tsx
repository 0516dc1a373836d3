import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Graph, GraphNode } from '../../api/types.ts';
import { areaOf, boxOf, detailAt, fit, meets, opening, type Sight, zoomed } from '../../lib/graph.ts';
import { IconButton } from '../button.tsx';
import styles from './graph.module.css';
import { Edge, Minimap, Node } from './graph-parts.tsx';

interface Props {
  graph: Graph;
  find: string;
  /** Only these tasks matter, as far as anything is said; the others are faint. */
  only: ((id: string) => boolean) | null;
  /** The state of a task or group in the run; null: no run is shown. */
  stateOf: ((id: string) => string | null) | null;
  onTask: (task: string) => void;
  onGroup: (group: string) => void;
}

const MINIMAP_FROM = 60;

/** The graph as the server laid it out. What it shows is in the outline too, which is the way for keyboard and screen reader. */
export function GraphCanvas({ graph, find, only, stateOf, onTask, onGroup }: Props) {
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
  // Moving it shifts what is drawn; only a step into new ground draws other parts.
  const area = areaOf(now, view);
  const edges = useMemo(() => graph.edges.map((edge) => ({ edge, box: boxOf(edge.points) })), [graph]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the sides of the area are what it is
  const drawn = useMemo(
    () => ({
      nodes: graph.nodes.filter((node) => meets({ left: node.x, top: node.y, right: node.x + node.w, bottom: node.y + node.h }, area)),
      edges: edges.filter(({ box }) => meets(box, area)).map(({ edge }) => edge),
    }),
    [graph, edges, area.left, area.top, area.right, area.bottom],
  );
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
            {drawn.nodes
              .filter((node) => node.kind === 'open_group')
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
            {drawn.edges.map((edge) => (
              <Edge
                key={`${edge.from}\n${edge.to}`}
                edge={edge}
                near={hover !== null && (edge.from === hover || edge.to === hover)}
                detail={detail}
              />
            ))}
            {drawn.nodes
              .filter((node) => node.kind !== 'open_group')
              .map((node) => (
                <Node
                  key={node.id}
                  node={node}
                  detail={detail}
                  state={stateOf && (node.kind === 'task' || node.kind === 'group') ? stateOf(node.id) : undefined}
                  found={matches(node)}
                  faint={
                    (find !== '' && !matches(node)) ||
                    (only !== null && !only(node.id)) ||
                    (beside !== null && !beside.has(node.id) && hover !== node.id)
                  }
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
