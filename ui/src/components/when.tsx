import { useNow, useZone } from '../lib/now.ts';
import { duration, elapsed, fullTime, relative, shortTime } from '../lib/time.ts';
import { Tip } from './tip.tsx';
import styles from './when.module.css';

/** A time: how long ago, the time with its zone, or both. The full time is in the tooltip. */
export function When({ at, show = 'both' }: { at: string | null | undefined; show?: 'both' | 'relative' | 'absolute' }) {
  const zone = useZone();
  const now = useNow(at && Math.abs(Date.parse(at) - Date.now()) < 120_000 ? 1 : 30);
  if (!at) return <span className="muted">–</span>;
  const short = shortTime(at, zone, now);
  return (
    <Tip text={`${fullTime(at, zone)} · ${relative(at, now)}`}>
      <time dateTime={at} className={styles.when}>
        {show !== 'absolute' && <span>{relative(at, now)}</span>}
        {show !== 'relative' && <span className={show === 'both' ? styles.second : undefined}>{short}</span>}
      </time>
    </Tip>
  );
}

/** How long something took, or has been taking until now. */
export function Took({ start, end, seconds }: { start?: string | null; end?: string | null; seconds?: number | null }) {
  const open = Boolean(start) && !end;
  const now = useNow(open ? 1 : 3600);
  const value = open || seconds === undefined || seconds === null ? elapsed(start ?? null, end ?? null, now) : seconds;
  return <span className={styles.took}>{duration(value)}</span>;
}
