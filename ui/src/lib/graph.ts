/** Arithmetic of the graph: where it stands in its window, and how its lines bend. */
import { stateOf as known, stateWord } from './states.ts';

export interface Sight {
  x: number;
  y: number;
  /** Pixels of the window per unit of the layout. */
  k: number;
}

export const ZOOM_MIN = 0.05;
export const ZOOM_MAX = 2.5;

/** All of it, in the middle, not larger than life. */
export function fit(width: number, height: number, view: { width: number; height: number }): Sight {
  const k = Math.min(1, (view.width - 32) / Math.max(1, width), (view.height - 32) / Math.max(1, height));
  return { k, x: (view.width - width * k) / 2, y: (view.height - height * k) / 2 };
}

/** How a graph is first seen: all of it, unless its names could not be read then. */
export function opening(width: number, height: number, view: { width: number; height: number }): Sight {
  const all = fit(width, height, view);
  if (detailAt(all.k) !== 'shape') return all;
  const k = 0.6;
  const start = (size: number, room: number) => (size * k < room ? (room - size * k) / 2 : 16);
  return { k, x: start(width, view.width), y: start(height, view.height) };
}

/** Closer or farther, with the point under the pointer staying where it is. */
export function zoomed(sight: Sight, by: number, at: { x: number; y: number }): Sight {
  const k = Math.max(ZOOM_MIN, Math.min(ZOOM_MAX, sight.k * by));
  const ratio = k / sight.k;
  return { k, x: at.x - (at.x - sight.x) * ratio, y: at.y - (at.y - sight.y) * ratio };
}

/** How much is written on a node at this closeness. */
export const detailAt = (k: number): 'card' | 'name' | 'shape' => (k >= 0.6 ? 'card' : k >= 0.3 ? 'name' : 'shape');

/** A line through points whose corners are round. */
export function roundedPath(points: readonly (readonly [number, number])[], radius = 8): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${first[0]} ${first[1]}`;
  rest.forEach((point, index) => {
    const before = points[index]!;
    const next = rest[index + 1];
    if (!next) {
      path += `L${point[0]} ${point[1]}`;
      return;
    }
    const into = Math.hypot(point[0] - before[0], point[1] - before[1]);
    const out = Math.hypot(next[0] - point[0], next[1] - point[1]);
    const r = Math.min(radius, into / 2, out / 2);
    if (r < 0.5) {
      path += `L${point[0]} ${point[1]}`;
      return;
    }
    const a = [point[0] + ((before[0] - point[0]) / into) * r, point[1] + ((before[1] - point[1]) / into) * r];
    const b = [point[0] + ((next[0] - point[0]) / out) * r, point[1] + ((next[1] - point[1]) / out) * r];
    path += `L${a[0]} ${a[1]}Q${point[0]} ${point[1]} ${b[0]} ${b[1]}`;
  });
  return path;
}

const WORST = [
  'failed',
  'upstream_failed',
  'up_for_retry',
  'up_for_reschedule',
  'running',
  'restarting',
  'deferred',
  'queued',
  'scheduled',
  'none',
  'removed',
  'skipped',
  'success',
];

/** The state that a group, or a mapped task, has as a whole. */
export function worstOf(states: readonly (string | null)[]): string | null {
  let worst: string | null = null;
  let rank = WORST.length;
  for (const state of states) {
    const at = WORST.indexOf(state ?? 'none');
    if (at >= 0 && at < rank) {
      rank = at;
      worst = state;
    }
  }
  return worst;
}

interface Named {
  label: string;
  kind: string;
  w: number;
  operator: string | null;
  mapped: boolean;
  count: number | null;
}

/** What stands on a card, as far as there is room for it; `undefined` is the state where no run is shown. */
export function cardWords(node: Named, state: string | null | undefined): { label: string; under: string } {
  const room = Math.floor((node.w - 46) / 6.9);
  const label = node.label.length > room ? `${node.label.slice(0, room - 1)}…` : node.label;
  const under = node.count !== null ? `${node.count} tasks` : (node.operator ?? node.kind);
  const said = state === undefined ? under : `${under} · ${stateWord(state)}`;
  const fits = said.length <= (node.w - 46) / 6;
  return { label: `${label}${node.mapped ? ' [ ]' : ''}`, under: fits || state === undefined ? said : stateWord(state) };
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function boxOf(points: readonly (readonly [number, number])[]): Box {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

export const meets = (one: Box, other: Box): boolean =>
  one.left <= other.right && one.right >= other.left && one.top <= other.bottom && one.bottom >= other.top;

/** What is to be drawn: what the window shows and as much again around it, in steps of half a window, so that it seldom changes. */
export function areaOf(sight: Sight, view: { width: number; height: number }): Box {
  const [stepX, stepY] = [view.width / sight.k / 2, view.height / sight.k / 2];
  const left = Math.floor(-sight.x / sight.k / stepX) * stepX;
  const top = Math.floor(-sight.y / sight.k / stepY) * stepY;
  return { left: left - stepX, top: top - stepY, right: left + 4 * stepX, bottom: top + 4 * stepY };
}

interface Placed {
  id: string;
  kind: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** All nodes as one shape for each state, so small; without states as one shape. */
export function shapesByState(
  nodes: readonly Placed[],
  stateOf: ((id: string) => string | null) | null,
  k: number,
): [state: string, d: string][] {
  const shapes = new Map<string, string[]>();
  for (const node of nodes) {
    if (node.kind === 'open_group') continue;
    const state = stateOf ? known(stateOf(node.id)) : '';
    const [width, height] = [Math.max(2, node.w * k), Math.max(1.5, node.h * k)];
    const shape = `M${(node.x * k).toFixed(1)} ${(node.y * k).toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h-${width.toFixed(1)}z`;
    const same = shapes.get(state);
    if (same) same.push(shape);
    else shapes.set(state, [shape]);
  }
  return [...shapes].map(([state, all]) => [state, all.join('')]);
}
