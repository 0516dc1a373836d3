/** A graph as a picture that stands alone: every colour and size is written into it. */
import type { Graph, GraphNode } from '../api/types.ts';
import { cardWords, roundedPath } from './graph.ts';
import { stateOf as known, type State, stateWord } from './states.ts';

export interface Colours {
  fill: string;
  edge: string;
}

const MARGIN = 16;
const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] as string);

/** The text of an SVG file; without states if `stateOf` is null. */
export function svgOf(graph: Graph, stateOf: ((id: string) => string | null) | null, coloursOf: (state: State) => Colours): string {
  const groups = graph.nodes.filter((node) => node.kind === 'open_group');
  const nodes = graph.nodes.filter((node) => node.kind !== 'open_group');
  const [width, height] = [graph.width + 2 * MARGIN, graph.height + 2 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" font-family="Inter, sans-serif">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5 7.5 4 0 7.5z" fill="#4b5565"/></marker></defs>',
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${width}" height="${height}" fill="#ffffff"/>`,
    ...groups.map(
      (node) =>
        `<rect x="${node.x}" y="${node.y}" width="${node.w}" height="${node.h}" rx="10" fill="#f4f6f9" stroke="#c3cad5"/>${words(node.x + 12, node.y + 18, 12, '#4b5565', node.label)}`,
    ),
    ...graph.edges.map(
      (edge) =>
        `<path d="${roundedPath(edge.points)}" fill="none" stroke="#4b5565"${edge.setup ? ' stroke-dasharray="4 3"' : ''} marker-end="url(#arrow)"/>`,
    ),
    ...nodes.map((node) => card(node, stateOf && known(stateOf(node.id)), coloursOf)),
    '</svg>\n',
  ].join('\n');
}

function card(node: GraphNode, state: State | null, coloursOf: (state: State) => Colours): string {
  const { x, y, w, h } = node;
  const colours = state === null ? null : coloursOf(state);
  const { label, under } = cardWords(node, state ?? undefined);
  return [
    `<g><title>${escaped(node.id)}${state === null ? '' : `: ${stateWord(state)}`}</title>`,
    `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="8" fill="#ffffff" stroke="#7b8798"/>`,
    colours &&
      `<path d="M${x + 8} ${y}h20v${h}h-20a8 8 0 0 1-8-8v-${h - 16}a8 8 0 0 1 8-8z" fill="${colours.fill}" stroke="${colours.edge}"/>`,
    words(x + 38, y + h / 2 - 3, 13, '#101828', label),
    words(x + 38, y + h / 2 + 14, 11, '#4b5565', under),
    '</g>',
  ]
    .filter(Boolean)
    .join('');
}

const words = (x: number, y: number, size: number, fill: string, text: string) =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}">${escaped(text)}</text>`;
