import { useSyncExternalStore } from 'react';
import { usePrefs } from './prefs.ts';
import { localZone } from './time.ts';

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (document.hidden) return;
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time, once a second; all who watch share one clock. `every` says how coarse the reader's need is, in seconds. */
export function useNow(every = 1): number {
  return useSyncExternalStore(subscribe, () => now - (now % (every * 1000)));
}

/** What the server has as its default zone; set once the user is known. */
let serverZone = 'UTC';
export function setServerZone(zone: string) {
  serverZone = zone.toLowerCase() === 'system' ? 'UTC' : zone === 'utc' ? 'UTC' : zone;
}

/** The zone in which the user wants times. */
export function useZone(): string {
  const { zone } = usePrefs();
  if (zone === 'local') return localZone();
  return zone ?? serverZone;
}
