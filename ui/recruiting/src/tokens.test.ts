import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const pages = ['#ffffff', '#0f1623'];

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

const contrast = (a: string, b: string) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
};

const values = (name: string) => new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css)!.slice(1);

it.each(['part-semantic', 'part-required_skills', 'part-nice_skills', 'part-level'])('%s can be told from the page', (name) => {
  values(name).forEach((value, theme) => {
    expect(contrast(value, pages[theme]!)).toBeGreaterThanOrEqual(3);
  });
});

it('words in the colour of what is good can be read', () => {
  values('good').forEach((value, theme) => {
    expect(contrast(value, pages[theme]!)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(value, values('good-soft')[theme]!)).toBeGreaterThanOrEqual(4.5);
  });
});
