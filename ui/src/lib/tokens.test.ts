import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../styles/tokens.css', import.meta.url), 'utf8');

/** The value of a token in light and in dark. */
function values(block: string, name: string): [string, string] | null {
  const match = new RegExp(`--${name}: (?:light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)|(#[0-9a-f]{6}|#000|#fff))`).exec(block);
  if (!match) return null;
  return match[3] ? [match[3], match[3]] : [match[1]!, match[2]!];
}

function luminance(hex: string): number {
  const full = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex;
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(full.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

const root = css.slice(0, css.indexOf('[data-theme'));
const token = (name: string) => values(root, name)!;

describe.each([0, 1] as const)('in theme %i', (theme) => {
  it.each([
    ['text', 'bg', 4.5],
    ['text', 'surface', 4.5],
    ['text', 'hover', 4.5],
    ['text', 'selected', 4.5],
    ['muted', 'bg', 4.5],
    ['muted', 'surface', 4.5],
    ['muted', 'hover', 4.5],
    ['accent', 'bg', 4.5],
    ['accent', 'surface', 4.5],
    ['on-accent', 'accent', 4.5],
    ['danger', 'bg', 4.5],
    ['on-danger', 'danger', 4.5],
    ['danger', 'danger-soft', 4.5],
    ['warn', 'warn-soft', 4.5],
    ['control', 'bg', 3],
    ['control', 'surface', 3],
  ])('%s on %s has enough contrast', (front, back, least) => {
    expect(contrast(token(front)[theme], token(back)[theme])).toBeGreaterThanOrEqual(least);
  });
});

const states = [...css.matchAll(/\[data-s="(\w+)"\] \{([^}]*)\}/g)].filter(([, name]) => name !== 'none');

it('there is a colour for each state', () => {
  expect(states.map(([, name]) => name).sort()).toEqual(
    [
      'deferred',
      'failed',
      'queued',
      'removed',
      'restarting',
      'running',
      'scheduled',
      'skipped',
      'success',
      'up_for_reschedule',
      'up_for_retry',
      'upstream_failed',
    ].sort(),
  );
});

it.each(
  states.map(([, name, block]) => [name!, block!] as const),
)('%s is read on its fill, seen on the page, and its word is read', (_, block) => {
  const fill = values(block, 'fill')!;
  const ink = values(block, 'ink') ?? ['#000', '#000'];
  const edge = values(block, 'edge')!;
  const word = values(block, 'word')!;
  for (const theme of [0, 1] as const) {
    expect(contrast(ink[theme], fill[theme])).toBeGreaterThanOrEqual(4.5);
    expect(contrast(edge[theme], token('bg')[theme])).toBeGreaterThanOrEqual(3);
    expect(contrast(word[theme], token('bg')[theme])).toBeGreaterThanOrEqual(4.5);
  }
});
