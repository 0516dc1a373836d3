/** Changes of the server, as they happen. One connection for all tabs of a browser: the tab that holds a lock has it and tells the others. */
import { server } from '../api/client.ts';
import { basePath } from '../lib/base.ts';
import { prefs } from '../lib/prefs.ts';
import { apply, type Change, staleAll } from './apply.ts';
import { type LiveStatus, liveStatus } from './status.ts';

const NAMES = ['dag', 'run', 'grid', 'import_error', 'pool', 'health', 'dataset', 'reset'] as const;
/** A tab that nobody looks at lets go of the stream after this time. */
const HIDDEN_MAX_MS = 60_000;
const POLL_MS = 3_000;
const FAILURES_MAX = 3;

type Told = { change: Change } | { status: LiveStatus } | { hello: true };

export function startLive() {
  const channel = 'BroadcastChannel' in window ? new BroadcastChannel(`updraft.live ${basePath}`) : null;
  let source: EventSource | null = null;
  let failures = 0;
  let poll: ReturnType<typeof setInterval> | undefined;
  let release: (() => void) | null = null;
  let waiting: AbortController | null = null;

  const say = (status: LiveStatus) => {
    liveStatus.set(status);
    if (release) channel?.postMessage({ status } satisfies Told);
    const polling = status === 'polling';
    if (polling && poll === undefined) poll = setInterval(() => document.hidden || staleAll(), POLL_MS);
    if (!polling && poll !== undefined) {
      clearInterval(poll);
      poll = undefined;
    }
  };

  const tell = (change: Change) => {
    channel?.postMessage({ change } satisfies Told);
    apply(change);
  };

  const connect = () => {
    source?.close();
    say(failures >= FAILURES_MAX ? 'polling' : 'reconnecting');
    source = new EventSource(`${basePath}/ui/api/events`);
    let begun = false;
    source.onopen = () => {
      // A stream tells what happens from its beginning on. What happened before, since pages asked or while no tab had a stream, is unknown to all
      // of them. When the browser takes up this stream again, it says where it was, and the server tells the rest.
      if (!begun) tell({ name: 'reset', data: {} });
      begun = true;
      failures = 0;
      say('live');
    };
    source.onerror = () => {
      failures += 1;
      say(failures >= FAILURES_MAX ? 'polling' : 'reconnecting');
      // The browser tries again by itself unless the server refused; then the next try is ours, later each time.
      if (source?.readyState === EventSource.CLOSED) {
        const wait = Math.min(16_000, 2_000 * 2 ** Math.min(failures, 3)) * (0.75 + Math.random() / 2);
        setTimeout(() => release && connect(), wait);
      }
    };
    for (const name of NAMES) {
      source.addEventListener(name, (event) => tell({ name, data: parse(event.data) } as Change));
    }
  };

  /** Waits until no other tab has the stream, then has it. */
  const lead = () => {
    if (release || waiting) return;
    if (!('locks' in navigator)) {
      release = () => undefined;
      connect();
      return;
    }
    waiting = new AbortController();
    navigator.locks
      .request(`updraft.live ${basePath}`, { signal: waiting.signal }, () => {
        waiting = null;
        return new Promise<void>((resolve) => {
          release = resolve;
          connect();
        });
      })
      .catch(() => undefined);
    channel?.postMessage({ hello: true } satisfies Told);
  };
  const leave = () => {
    waiting?.abort();
    waiting = null;
    source?.close();
    source = null;
    release?.();
    release = null;
    clearInterval(poll);
    poll = undefined;
  };

  channel?.addEventListener('message', (event: MessageEvent<Told>) => {
    const told = event.data;
    if (!prefs.get().live) return;
    if ('change' in told) apply(told.change);
    else if ('status' in told && !release) say(told.status);
    else if ('hello' in told && release) channel.postMessage({ status: liveStatus.get() } satisfies Told);
  });

  const update = () => {
    if (prefs.get().live) lead();
    else {
      leave();
      liveStatus.set('paused');
    }
  };
  let hidden: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(leave, HIDDEN_MAX_MS);
    else if (prefs.get().live && !release && !waiting) {
      update();
      staleAll();
    }
  });
  // A server that is back is asked at once, not when the stream's patience ends.
  server.subscribe(() => {
    if (server.get().reachable && release && source?.readyState !== EventSource.OPEN) connect();
  });
  prefs.subscribe(() => {
    if (prefs.get().live !== (liveStatus.get() !== 'paused')) update();
  });
  update();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return {};
  }
}
