import { expect, test } from 'vitest';
import type { Me } from '../api/types.ts';
import { sectionsFor } from './nav.ts';

const someone = (menu: string[], plugins: Me['plugins'] = []) => ({ can: { menu }, plugins }) as Me;
const labels = (me: Me | undefined) => sectionsFor(me).map(({ label, places }) => [label, ...places.map((place) => place.label)]);

test('the rail shows what the roles of the user name, and no empty section', () => {
  expect(labels(someone(['DAGs', 'Jobs']))).toEqual([['DAGs'], ['Browse', 'Jobs', 'Import errors']]);
  expect(labels(undefined)).toEqual([['Browse', 'Import errors']]);
});

test('views of plugins stand under their category, in a frame or by themselves', () => {
  const me = someone(
    ['DAGs', 'Jobs'],
    [
      { name: 'Matches & more', category: 'Recruiting', href: 'https://x.example/matches', frame: true },
      { name: 'Docs', category: 'Browse', href: '/docs', frame: false },
      { name: 'Evil', category: '', href: 'javascript:alert(1)', frame: false },
    ],
  );
  expect(sectionsFor(me).slice(1)).toEqual([
    expect.objectContaining({ label: 'Browse', places: expect.arrayContaining([{ to: '/docs', label: 'Docs', outside: true }]) }),
    expect.objectContaining({ label: 'Recruiting', places: [{ to: '/plugin/Matches%20%26%20more', label: 'Matches & more' }] }),
  ]);
});
