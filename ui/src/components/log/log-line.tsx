import { memo } from 'react';
import type { LogLine } from '../../api/types.ts';
import { ansiPieces, type Piece } from '../../lib/ansi.ts';
import { logTime } from '../../lib/time.ts';
import { Icon } from '../icons.tsx';
import styles from './log.module.css';

interface Props {
  n: number;
  line: LogLine | undefined;
  /** The row's distance from the first row drawn. */
  at: number;
  wrap: boolean;
  zone: string | null;
  chosen: boolean;
  hit: boolean;
  current: boolean;
  /** Lines folded under it, when it is the head of a fold; negative when they are open. */
  fold: number;
}

/** One line of a log. Its text becomes text and nothing else. */
export const Line = memo(function Line({ n, line, at, wrap, zone, chosen, hit, current, fold }: Props) {
  const level = line?.level ?? undefined;
  const bad = level === 'error' || level === 'critical' || level === 'warning';
  return (
    <div
      className={styles.line}
      data-level={level}
      data-chosen={chosen || undefined}
      data-hit={hit || undefined}
      data-current={current || undefined}
      style={wrap ? undefined : { top: at * 20 }}
    >
      <button type="button" tabIndex={-1} className={styles.number} data-line={n} aria-label={`Line ${n + 1}`}>
        {n + 1}
      </button>
      {zone && <span className={styles.at}>{line?.at ? logTime(line.at, zone) : ''}</span>}
      <span className={styles.level} title={level}>
        {bad ? (level === 'warning' ? 'W' : level === 'critical' ? 'C' : 'E') : level === 'debug' ? 'D' : ''}
        {level && <span className="sr"> {level} </span>}
      </span>
      <span className={styles.text}>
        {fold !== 0 && (
          <button type="button" className={styles.fold} data-fold={n}>
            <Icon name={fold > 0 ? 'right' : 'down'} size={12} />
            {fold > 0 ? `${fold} lines` : 'fold'}
          </button>
        )}
        {line ? (
          ansiPieces(line.text.replace('::group::', '').replace('::endgroup::', '')).map(show)
        ) : (
          <span className={styles.missing}>…</span>
        )}
        {line?.cut && <span className={styles.cut}> … the line is longer; the download has all of it</span>}
      </span>
    </div>
  );
});

function show(piece: Piece, index: number) {
  const { text, href, fg, bg, bold, dim, italic, underline } = piece;
  if (href) {
    return (
      <a key={index} href={href} target="_blank" rel="noopener noreferrer" tabIndex={-1}>
        {text}
      </a>
    );
  }
  if (fg === undefined && bg === undefined && !bold && !dim && !italic && !underline) return text;
  return (
    <span key={index} data-fg={fg} data-bg={bg} data-bold={bold} data-dim={dim} data-italic={italic} data-underline={underline}>
      {text}
    </span>
  );
}
