/** A small layered layout: from left to right, with few crossings. For graphs of some hundred nodes. */

export interface Sized {
  id: string;
  width: number;
  height: number;
}
export interface Placed extends Sized {
  x: number;
  y: number;
}
export interface Layout {
  width: number;
  height: number;
  nodes: Placed[];
  edges: { from: string; to: string; path: string }[];
}

const GAP = { x: 72, y: 16 };
const SWEEPS = 6;

/** The edges without those that close a circle. */
function acyclic(ids: readonly string[], out: ReadonlyMap<string, string[]>): Map<string, string[]> {
  const state = new Map<string, 'open' | 'done'>();
  const kept = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const start of ids) {
    if (state.has(start)) continue;
    const stack: [string, number][] = [[start, 0]];
    state.set(start, 'open');
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const next = out.get(top[0])?.[top[1]];
      top[1] += 1;
      if (next === undefined) {
        state.set(top[0], 'done');
        stack.pop();
      } else if (state.get(next) !== 'open') {
        kept.get(top[0])!.push(next);
        if (!state.has(next)) {
          state.set(next, 'open');
          stack.push([next, 0]);
        }
      }
    }
  }
  return kept;
}

/** The layer of each node: one more than that of the last before it. */
function ranks(ids: readonly string[], out: ReadonlyMap<string, string[]>): Map<string, number> {
  const waiting = new Map(ids.map((id) => [id, 0]));
  for (const targets of out.values()) for (const to of targets) waiting.set(to, waiting.get(to)! + 1);
  const rank = new Map(ids.map((id) => [id, 0]));
  const ready = ids.filter((id) => waiting.get(id) === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const to of out.get(id) ?? []) {
      rank.set(to, Math.max(rank.get(to)!, rank.get(id)! + 1));
      waiting.set(to, waiting.get(to)! - 1);
      if (waiting.get(to) === 0) ready.push(to);
    }
  }
  return rank;
}

export function layout(nodes: readonly Sized[], edges: readonly { from: string; to: string }[]): Layout {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ids = [...byId.keys()];
  const real = edges.filter(({ from, to }) => byId.has(from) && byId.has(to) && from !== to);
  const out = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to } of real) if (!out.get(from)!.includes(to)) out.get(from)!.push(to);
  const forward = acyclic(ids, out);
  const rank = ranks(ids, forward);
  const layers: string[][] = Array.from({ length: Math.max(-1, ...rank.values()) + 1 }, () => []);
  for (const id of ids) layers[rank.get(id)!]!.push(id);

  const neighbours = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to } of real) {
    neighbours.get(from)!.push(to);
    neighbours.get(to)!.push(from);
  }
  const place = new Map<string, number>();
  const number = (layer: string[]) => {
    layer.forEach((id, index) => {
      place.set(id, index - (layer.length - 1) / 2);
    });
  };
  layers.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : layers.toReversed()) {
      const wish = new Map(
        layer.map((id) => {
          const seen = neighbours.get(id)!.filter((other) => (down ? rank.get(other)! < rank.get(id)! : rank.get(other)! > rank.get(id)!));
          return [id, seen.length > 0 ? seen.reduce((sum, other) => sum + place.get(other)!, 0) / seen.length : place.get(id)!];
        }),
      );
      layer.sort((a, b) => wish.get(a)! - wish.get(b)!);
      number(layer);
    }
  }

  const heights = layers.map((layer) => layer.reduce((sum, id) => sum + byId.get(id)!.height + GAP.y, -GAP.y));
  const height = Math.max(0, ...heights);
  const placed = new Map<string, Placed>();
  let x = 0;
  layers.forEach((layer, index) => {
    let y = (height - heights[index]!) / 2;
    let widest = 0;
    for (const id of layer) {
      const node = byId.get(id)!;
      placed.set(id, { ...node, x, y });
      y += node.height + GAP.y;
      widest = Math.max(widest, node.width);
    }
    x += widest + GAP.x;
  });
  return {
    width: Math.max(0, x - GAP.x),
    height,
    nodes: ids.map((id) => placed.get(id)!),
    edges: real.map(({ from, to }) => ({ from, to, path: curve(placed.get(from)!, placed.get(to)!) })),
  };
}

function curve(from: Placed, to: Placed): string {
  const back = to.x < from.x + from.width;
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const bend = back ? GAP.x * 0.7 : Math.max(24, (x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** The nodes that are connected with one of them, whatever the way of the edges. */
export function connected(start: ReadonlySet<string>, edges: readonly { from: string; to: string }[]): Set<string> {
  const found = new Set(start);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { from, to } of edges) {
      if (found.has(from) !== found.has(to)) {
        found.add(from).add(to);
        grew = true;
      }
    }
  }
  return found;
}
