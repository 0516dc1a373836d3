/** Which lines of a log stand on which row: all of them but what is folded, or only some. And where a row is when the log is higher than a page can be. */

export const LINE = 20;
/** Browsers lose exactness, then rows, above about 16 million pixels. */
export const HEIGHT_MAX = 7_000_000;

export interface Fold {
  /** The first and the last hidden line. */
  from: number;
  to: number;
  /** The line before them, which opens and closes the fold. */
  head: number;
}

export interface Rows {
  count: number;
  lineAt(row: number): number;
  /** The row of a line; of a hidden one, the row that stands for it. */
  rowOf(line: number): number;
}

/** All lines but the folded ones. Folds are sorted and apart. */
export function foldedRows(total: number, folds: readonly Fold[]): Rows {
  const inFile = folds.filter((fold) => fold.to < total);
  const hidden = inFile.reduce((sum, fold) => sum + fold.to - fold.from + 1, 0);
  return {
    count: total - hidden,
    lineAt(row) {
      let line = row;
      for (const fold of inFile) {
        if (fold.from > line) break;
        line += fold.to - fold.from + 1;
      }
      return line;
    },
    rowOf(line) {
      let gone = 0;
      for (const fold of inFile) {
        if (fold.from > line) break;
        gone += Math.min(line, fold.to) - fold.from + 1;
      }
      return Math.max(0, line - gone);
    },
  };
}

/** Only these lines, sorted. */
export function chosenRows(lines: readonly number[]): Rows {
  return {
    count: lines.length,
    lineAt: (row) => lines[row] ?? -1,
    rowOf(line) {
      let low = 0;
      let high = lines.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (lines[middle]! <= line) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}

/** The lines with what stands around them. */
export function around(hits: readonly number[], by: number, total: number): number[] {
  const lines = new Set<number>();
  for (const hit of hits) for (let line = Math.max(0, hit - by); line <= Math.min(total - 1, hit + by); line++) lines.add(line);
  return [...lines].sort((a, b) => a - b);
}

/** How high the page of the log is, and how rows and pixels go into each other. */
export function scaleOf(rows: number, view: number) {
  const full = rows * LINE;
  const height = Math.min(full, HEIGHT_MAX);
  const scaled = full > HEIGHT_MAX;
  const lastTop = Math.max(0, rows - Math.floor(view / LINE));
  const room = Math.max(1, height - view);
  return {
    height,
    scaled,
    lastTop,
    rowAt: (scroll: number) => (scaled ? Math.min(lastTop, (scroll / room) * lastTop) : scroll / LINE),
    scrollOf: (row: number) => (scaled ? (Math.min(row, lastTop) / Math.max(1, lastTop)) * room : row * LINE),
  };
}

interface Seen {
  n: number;
  text: string;
}

/** Blocks within neighbouring lines that can be folded: groups, and the outer frames of tracebacks. Blocks that the lines cut off are left. */
export function foldsIn(lines: readonly Seen[]): Fold[] {
  const folds: Fold[] = [];
  for (let at = 0; at < lines.length; at++) {
    const { n, text } = lines[at]!;
    if (text.includes('::group::')) {
      const end = lines.findIndex((line, index) => index > at && line.text.includes('::endgroup::'));
      if (end > at + 1) {
        folds.push({ head: n, from: n + 1, to: lines[end]!.n });
        at = end;
      }
    } else if (text.startsWith('Traceback (most recent call last)')) {
      let end = at + 1;
      let lastFrame = at + 1;
      while (end < lines.length && /^\s/.test(lines[end]!.text)) {
        if (/^ {2}File "/.test(lines[end]!.text)) lastFrame = end;
        end += 1;
      }
      if (end < lines.length && lastFrame > at + 2) folds.push({ head: n, from: n + 1, to: lines[lastFrame]!.n - 1 });
      at = end - 1;
    }
  }
  return folds;
}
