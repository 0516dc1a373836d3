import { type State as Name, stateOf, stateWord } from '../lib/states.ts';
import styles from './state.module.css';

/** A shape for each state, drawn on a grid of 16, so that a state is never colour alone. */
const GLYPHS: Record<Name, string> = {
  success: 'm3.5 8.5 3 3 6-7',
  failed: 'm4 4 8 8M12 4l-8 8',
  running: 'M5 3.5v9l7.5-4.5z',
  queued: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  scheduled: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3l2 1.5',
  skipped: 'M2.5 8h7M7 4.5 10.5 8 7 11.5M13.5 4v8',
  up_for_retry: 'M12.5 8A4.5 4.5 0 1 1 11 4.6M12.5 2.5v3h-3',
  up_for_reschedule: 'M3 4h10v9.5H3zM3 7h10M6 2.5v2M10 2.5v2M9.8 10.3a1.9 1.9 0 1 1-.6-1.3',
  upstream_failed: 'M3.5 3h9M8 13.5v-7M4.8 9 8 5.8 11.2 9',
  deferred: 'M5.5 4v8M10.5 4v8',
  removed: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 4.2l7.6 7.6',
  restarting: 'M3.5 8a4.5 4.5 0 0 1 8.3-2.4M12.5 8a4.5 4.5 0 0 1-8.3 2.4M12.3 2.8v3h-3M3.7 13.2v-3h3',
  none: 'M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9',
};

export function Glyph({ state, size = 12 }: { state: string | null | undefined; size?: number }) {
  const name = stateOf(state);
  const dots = name === 'queued';
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill={name === 'running' ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={dots ? 2.8 : 2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={GLYPHS[name]} />
    </svg>
  );
}

/** A state as glyph, word and fill. */
export function StateChip({
  state,
  size = 'normal',
  word,
}: {
  state: string | null | undefined;
  size?: 'normal' | 'small';
  word?: string;
}) {
  return (
    <span className={styles.chip} data-s={stateOf(state)} data-size={size}>
      <Glyph state={state} size={size === 'small' ? 10 : 12} />
      {word ?? stateWord(state)}
    </span>
  );
}

/** A square of the state's colour with its glyph, and its word for who cannot see it. */
export function StateMark({ state, label }: { state: string | null | undefined; label?: string }) {
  return (
    <span className={styles.mark} data-s={stateOf(state)} role="img" aria-label={label ?? stateWord(state)}>
      <Glyph state={state} size={10} />
    </span>
  );
}

/** How many are in a state: glyph and number on the state's fill. */
export function StateCount({ state, count }: { state: string; count: number }) {
  return (
    <span className={styles.count} data-s={stateOf(state)}>
      <Glyph state={state} size={10} />
      {new Intl.NumberFormat('en').format(count)}
      <span className="sr"> {stateWord(state)}</span>
    </span>
  );
}
