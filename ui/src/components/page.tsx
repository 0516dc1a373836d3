import { type ReactNode, useEffect } from 'react';
import styles from './page.module.css';

/** Sets the title of the window: the most particular first. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = title ? `${title} – Updraft` : 'Updraft';
  }, [title]);
}

interface Props {
  title: ReactNode;
  /** What the window is called, when the heading is not plain text. */
  name?: string;
  /** The way here, above the heading. */
  crumbs?: ReactNode;
  /** Beside the heading, on the right. */
  actions?: ReactNode;
  /** Under the heading. */
  facts?: ReactNode;
  /** The page fills the window and scrolls inside. */
  fill?: boolean;
  children: ReactNode;
}

/** A page: one heading, its actions, and what is under it. */
export function Page({ title, name, crumbs, actions, facts, fill, children }: Props) {
  useTitle(name ?? (typeof title === 'string' ? title : ''));
  return (
    <div className={styles.page} data-fill={fill || undefined}>
      <header className={styles.head}>
        <div className={styles.names}>
          {crumbs && <div className={styles.crumbs}>{crumbs}</div>}
          <h1 tabIndex={-1} className={styles.title}>
            {title}
          </h1>
          {facts && <div className={styles.facts}>{facts}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page with a heading of its own. */
export function Panel({
  title,
  actions,
  children,
  flush,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  flush?: boolean;
}) {
  return (
    <section className={styles.panel}>
      {title && (
        <div className={styles.panelHead}>
          <h2>{title}</h2>
          {actions}
        </div>
      )}
      <div className={flush ? undefined : styles.panelBody}>{children}</div>
    </section>
  );
}

/** Names and values, as of a thing's details. Values that are null or undefined are left out. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.list}>
      {rows.map(([name, value]) =>
        value === null || value === undefined || value === '' ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
