import { type ComponentProps, type MouseEvent, useSyncExternalStore } from 'react';
import { basePath } from '../../../src/lib/base.ts';

/** Where we are: the path below the pages, `/matches/12`, and what stands behind its question mark. */
export interface Place {
  path: string;
  search: URLSearchParams;
}

/** The place of an address; outside of the pages it is their first. */
export function placeOf(address: string, base = basePath): Place {
  const url = new URL(address, 'http://here.invalid');
  const path = url.pathname.startsWith(`${base}/`) ? url.pathname.slice(base.length) : '/';
  return { path: path === '/' ? path : path.replace(/\/+$/, ''), search: url.searchParams };
}

const listeners = new Set<() => void>();
let shown = '';
let place: Place = { path: '/', search: new URLSearchParams() };

function read(): Place {
  const address = `${location.pathname}${location.search}`;
  if (address !== shown) {
    shown = address;
    place = placeOf(address);
  }
  return place;
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('popstate', listener);
  };
}

export const usePlace = (): Place => useSyncExternalStore(subscribe, read);

/** Goes to a place of the pages. */
export function go(to: string, { replace = false } = {}) {
  const before = placeOf(`${location.pathname}${location.search}`).path;
  history[replace ? 'replaceState' : 'pushState'](null, '', `${basePath}${to}`);
  for (const listener of listeners) listener();
  if (placeOf(`${basePath}${to}`).path !== before) scrollTo(0, 0);
}

type Change = Record<string, string | number | undefined>;

/** The place with other words behind its question mark; undefined takes one away. */
export function changed({ path, search }: Place, change: Change): string {
  const next = new URLSearchParams(search);
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined || value === '') next.delete(key);
    else next.set(key, String(value));
  }
  const text = next.toString();
  return text ? `${path}?${text}` : path;
}

/** Changes what stands behind the question mark, without a step in the history. */
export const change = (words: Change) => go(changed(read(), words), { replace: true });
/** As `change`, with a step in the history: the way back leads to how it was. */
export const open = (words: Change) => go(changed(read(), words));

/** A link to a place of the pages; the browser's own ways to open one in another tab work. */
export function Link({ to, onClick, ...rest }: Omit<ComponentProps<'a'>, 'href'> & { to: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return <a {...rest} href={`${basePath}${to}`} onClick={follow} />;
}
