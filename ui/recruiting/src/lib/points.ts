import type { Category, Part } from '../types.ts';

/** Points with one decimal, rounded down, so that 69.96 never reads 70.0. */
export const points = (hundredths: number) => (Math.floor(hundredths / 10) / 10).toFixed(1);

/** Points with both decimals, so that parts visibly sum. */
export const exact = (hundredths: number) => (hundredths / 100).toFixed(2);

/** A threshold as people set it: `70`, `72.5`. */
export const plain = (hundredths: number) => String(hundredths / 100);

/** A share in per cent: `62 %`. */
export const share = (basisPoints: number) => `${Math.round(basisPoints / 100)} %`;

export const CATEGORIES: Record<Category, { name: string; about: string }> = {
  semantic: { name: 'Likeness', about: 'how alike the two texts are' },
  required_skills: { name: 'Required skills', about: 'rare ones count more' },
  nice_skills: { name: 'Nice to have', about: 'skills that would be nice' },
  level: { name: 'Level', about: 'seniority and years' },
};

export const sum = (parts: readonly Part[]) => parts.reduce((total, part) => total + part.points, 0);

/** How the score moved since an earlier run: `▲ 2.1`. */
export function moved(score: number, before: number | null): { word: string; way: 'up' | 'down' | 'same' | 'new' } {
  if (before === null) return { word: 'new', way: 'new' };
  const by = score - before;
  if (by === 0) return { word: 'same', way: 'same' };
  return { word: `${by > 0 ? '▲' : '▼'} ${exact(Math.abs(by))}`, way: by > 0 ? 'up' : 'down' };
}
