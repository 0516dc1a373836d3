import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import styles from './tabs.module.css';

/** Tabs that are places: each is a link, the open one is marked, and the browser's own keys work. */
export function TabLinks({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {children}
    </nav>
  );
}

export function TabLink({
  active,
  count,
  children,
  ...link
}: LinkProps & { active: boolean; count?: number | undefined; children: ReactNode }) {
  return (
    <Link {...link} className={styles.tab} aria-current={active ? 'page' : undefined} activeOptions={{ exact: true }} resetScroll={false}>
      {children}
      {count !== undefined && <span className={styles.count}>{new Intl.NumberFormat('en').format(count)}</span>}
    </Link>
  );
}

/** A choice of few, side by side. */
export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly (readonly [T, ReactNode])[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className={styles.segments}>
      <legend className="sr">{label}</legend>
      {options.map(([each, word]) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => onChange(each)}>
          {word}
        </button>
      ))}
    </fieldset>
  );
}
