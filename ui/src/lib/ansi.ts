/** Lines of a log as pieces of text with looks. Escapes that are no colours are left out; nothing becomes markup. */

export interface Piece {
  text: string;
  /** One of the sixteen colours of a terminal. */
  fg?: number;
  bg?: number;
  bold?: true;
  dim?: true;
  italic?: true;
  underline?: true;
  href?: string;
}

type Look = Omit<Piece, 'text' | 'href'>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: escapes begin with one
const ESCAPE = /\u001b(?:\[([0-9;:]*)([ -/]*[@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const URL_TEXT = /https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}]/g;

export function ansiPieces(line: string): Piece[] {
  const pieces: Piece[] = [];
  let look: Look = {};
  let end = 0;
  for (const match of line.matchAll(ESCAPE)) {
    push(pieces, line.slice(end, match.index), look);
    if (match[2] === 'm') look = after(look, match[1] ?? '');
    end = match.index + match[0].length;
  }
  push(pieces, line.slice(end), look);
  return pieces;
}

/** The text alone. */
export const plain = (line: string) => line.replace(ESCAPE, '').replace(CONTROL, '');

function push(pieces: Piece[], raw: string, look: Look) {
  const text = raw.replace(CONTROL, '\ufffd');
  let end = 0;
  for (const match of text.matchAll(URL_TEXT)) {
    if (match.index > end) pieces.push({ ...look, text: text.slice(end, match.index) });
    pieces.push({ ...look, text: match[0], href: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ ...look, text: text.slice(end) });
}

function after(before: Look, codes: string): Look {
  const numbers = codes.split(/[;:]/).map((code) => (code === '' ? 0 : Number(code)));
  const look = { ...before };
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at]!;
    if (code === 0) for (const key of Object.keys(look) as (keyof Look)[]) delete look[key];
    else if (code === 1) look.bold = true;
    else if (code === 2) look.dim = true;
    else if (code === 3) look.italic = true;
    else if (code === 4) look.underline = true;
    else if (code === 22) {
      delete look.bold;
      delete look.dim;
    } else if (code === 23) delete look.italic;
    else if (code === 24) delete look.underline;
    else if (code >= 30 && code <= 37) look.fg = code - 30;
    else if (code >= 90 && code <= 97) look.fg = code - 82;
    else if (code === 39) delete look.fg;
    else if (code >= 40 && code <= 47) look.bg = code - 40;
    else if (code >= 100 && code <= 107) look.bg = code - 92;
    else if (code === 49) delete look.bg;
    else if (code === 38 || code === 48) {
      const kind = code === 38 ? 'fg' : 'bg';
      if (numbers[at + 1] === 5) {
        look[kind] = ofPalette(numbers[at + 2] ?? 0);
        at += 2;
      } else if (numbers[at + 1] === 2) {
        look[kind] = nearest(numbers[at + 2] ?? 0, numbers[at + 3] ?? 0, numbers[at + 4] ?? 0);
        at += 4;
      }
    }
  }
  return look;
}

/** The sixteen colours as terminals have them, to find the nearest; what is shown is chosen for contrast by the styles. */
const SIXTEEN: readonly [number, number, number][] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

function nearest(r: number, g: number, b: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  SIXTEEN.forEach(([x, y, z], index) => {
    const distance = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
    if (distance < least) {
      least = distance;
      best = index;
    }
  });
  return best;
}

function ofPalette(code: number): number {
  if (code < 16) return code;
  if (code >= 232) return nearest(...([8, 8, 8].map((base) => base + (code - 232) * 10) as [number, number, number]));
  const step = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const cube = code - 16;
  return nearest(step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6));
}
