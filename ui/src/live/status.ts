import { createStore } from '../lib/store.ts';

/** How the page learns of changes: a stream, a stream that is coming back, questions every few seconds, or not at all. */
export type LiveStatus = 'live' | 'reconnecting' | 'polling' | 'paused';

export const liveStatus = createStore<LiveStatus>('reconnecting');
