import { Button } from '../button.tsx';
import styles from './list.module.css';

const number = new Intl.NumberFormat('en');

/** Which part of a list is shown, and the way to the others. */
export function Pages({
  page,
  size,
  total,
  what,
  onPage,
}: {
  page: number;
  size: number;
  total: number;
  /** `variable`; an s makes more of them. */
  what: string;
  onPage: (page: number | undefined) => void;
}) {
  if (total <= size && page === 1) {
    return (
      <>
        {number.format(total)} {total === 1 ? what : plural(what)}
      </>
    );
  }
  const last = Math.max(1, Math.ceil(total / size));
  return (
    <nav className={styles.pages} aria-label="Pages">
      <span>
        {number.format(Math.min(total, (page - 1) * size + 1))}–{number.format(Math.min(page * size, total))} of {number.format(total)}
      </span>
      <Button size="small" icon="left" disabled={page <= 1} onClick={() => onPage(page > 2 ? page - 1 : undefined)}>
        Previous
      </Button>
      <Button size="small" disabled={page >= last} onClick={() => onPage(page + 1)}>
        Next
      </Button>
    </nav>
  );
}

/** The way on through a list that knows only what comes next. */
export function More({
  shown,
  total,
  what,
  first,
  next,
  onCursor,
}: {
  shown: number;
  total: number | null;
  what: string;
  first: boolean;
  next: string | null;
  onCursor: (cursor: string | undefined) => void;
}) {
  return (
    <nav className={styles.pages} aria-label="Pages">
      <span>
        {number.format(shown)} {total !== null && total > shown ? `of ${number.format(total)} ` : ''}
        {shown === 1 ? what : plural(what)}
      </span>
      {!first && (
        <Button size="small" icon="left" onClick={() => onCursor(undefined)}>
          Newest
        </Button>
      )}
      {next !== null && (
        <Button size="small" onClick={() => onCursor(next)}>
          Older
        </Button>
      )}
    </nav>
  );
}

export const plural = (noun: string) => (noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`);
export const counted = (count: number, noun: string) => `${number.format(count)} ${count === 1 ? noun : plural(noun)}`;
