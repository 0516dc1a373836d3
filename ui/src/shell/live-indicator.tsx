import { Tip } from '../components/tip.tsx';
import { setPrefs, usePrefs } from '../lib/prefs.ts';
import { useStore } from '../lib/store.ts';
import { type LiveStatus, liveStatus } from '../live/status.ts';
import styles from './live-indicator.module.css';

const WORDS: Record<LiveStatus, [word: string, tip: string]> = {
  live: ['Live', 'The page follows changes. Press to pause.'],
  reconnecting: ['Connecting', 'The stream of changes is being opened. Press to pause.'],
  polling: ['Every 3 s', 'The stream of changes does not work here, so the page asks every few seconds. Press to pause.'],
  paused: ['Paused', 'The page does not follow changes. Press to follow again.'],
};

export function LiveIndicator() {
  const status = useStore(liveStatus);
  const { live } = usePrefs();
  const [word, tip] = WORDS[live ? status : 'paused'];
  return (
    <Tip text={tip}>
      <button
        type="button"
        className={styles.live}
        data-status={live ? status : 'paused'}
        aria-pressed={live}
        aria-label={`Live updates: ${word}`}
        onClick={() => setPrefs({ live: !live })}
      >
        <i />
        <span>{word}</span>
      </button>
    </Tip>
  );
}
