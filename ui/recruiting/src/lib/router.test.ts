import { beforeAll, expect, it, vi } from 'vitest';

beforeAll(() => vi.stubGlobal('document', { baseURI: 'http://here/x/plugin-views/r/' }));

it('places are read below the base, and bad ones are the first page', async () => {
  const { placeOf } = await import('./router.tsx');
  const base = '/x/plugin-views/r';
  expect(placeOf(`${base}/matches/12/?above=75`, base).path).toBe('/matches/12');
  expect(placeOf(`${base}/`, base).path).toBe('/');
  expect(placeOf('/elsewhere', base).path).toBe('/');
  expect(placeOf(`${base}/matches?q=a%20b`, base).search.get('q')).toBe('a b');
});

it('words of an address are changed one by one', async () => {
  const { changed } = await import('./router.tsx');
  const place = { path: '/matches', search: new URLSearchParams('q=a&page=2') };
  expect(changed(place, { page: undefined, has: 'none' })).toBe('/matches?q=a&has=none');
  expect(changed(place, { q: undefined, page: '' })).toBe('/matches');
});
