import { createStore, useStore } from './store.ts';

/** What a user chose for this browser. It never holds anything of the server. */
export interface Prefs {
  theme: 'system' | 'light' | 'dark';
  /** `UTC`, `local`, or the name of a zone. Null: what the server has as default. */
  zone: string | null;
  rail: 'wide' | 'narrow';
  density: 'dense' | 'comfortable';
  /** Whether pages follow changes as they happen. */
  live: boolean;
  /** Whether keys without a modifier are shortcuts. */
  keys: boolean;
  /** States are told apart by more than colour in small cells too. */
  patterns: boolean;
  wrap: boolean;
  timestamps: boolean;
}

const KEY = 'updraft.prefs';
const initial: Prefs = {
  theme: 'system',
  zone: null,
  rail: 'wide',
  density: 'dense',
  live: true,
  keys: true,
  patterns: false,
  wrap: false,
  timestamps: true,
};

function load(): Prefs {
  try {
    return { ...initial, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return initial;
  }
}

export const prefs = createStore<Prefs>(load());

export function setPrefs(change: Partial<Prefs>) {
  prefs.set({ ...prefs.get(), ...change });
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs.get()));
  } catch {
    // A browser that keeps nothing still works until the page is left.
  }
}

export function usePrefs(): Prefs {
  return useStore(prefs);
}

function show() {
  const { theme, rail, density, patterns } = prefs.get();
  const root = document.documentElement.dataset;
  if (theme === 'system') delete root.theme;
  else root.theme = theme;
  root.rail = rail;
  root.density = density;
  root.patterns = String(patterns);
}

/** Shows the choices on the page, now and whenever they change, in other tabs too. */
export function watchPrefs() {
  show();
  prefs.subscribe(show);
  addEventListener('storage', (event) => {
    if (event.key === KEY) prefs.set(load());
  });
}

/** Reads and writes one remembered value beside the preferences, such as the filters of a list. */
export const remembered = {
  get(name: string): string | null {
    try {
      return localStorage.getItem(`updraft.${name}`);
    } catch {
      return null;
    }
  },
  set(name: string, value: string | null) {
    try {
      if (value === null) localStorage.removeItem(`updraft.${name}`);
      else localStorage.setItem(`updraft.${name}`, value);
    } catch {
      // As above.
    }
  },
};
