/** Arithmetic of the graph: where it stands in its window, and how its lines bend. */

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
