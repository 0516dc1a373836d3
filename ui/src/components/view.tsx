import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Component, type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { useZone } from '../lib/now.ts';
import { clockTime } from '../lib/time.ts';
import { Button, ButtonLink } from './button.tsx';
import { Icon, type IconName } from './icons.tsx';
import styles from './view.module.css';

/** Nothing is here: why, and what to do next. */
export function Empty({
  icon = 'info',
  title,
  children,
  action,
}: {
  icon?: IconName;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      <Icon name={icon} size={20} />
      <p className={styles.emptyTitle}>{title}</p>
      {children && <div className={styles.emptyText}>{children}</div>}
      {action && <div className={styles.emptyAction}>{action}</div>}
    </div>
  );
}

/** What failed, what it means, and a way on. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const api = error instanceof ApiError ? error : null;
  const title =
    api?.status === 404
      ? 'Not found'
      : api?.status === 403
        ? 'Not allowed'
        : api?.status === 0
          ? 'No answer from the server'
          : 'This did not work';
  return (
    <div className={styles.failed} role="alert">
      <Icon name="warning" size={20} />
      <div>
        <p className={styles.emptyTitle}>{title}</p>
        <p className={styles.emptyText}>{error instanceof Error ? error.message : String(error)}</p>
        {api?.requestId && <p className={styles.emptyText}>Request {api.requestId}</p>}
        <div className={styles.emptyAction}>
          {onRetry && api?.status !== 404 && (
            <Button icon="refresh" size="small" onClick={onRetry}>
              Try again
            </Button>
          )}
          {api?.status === 404 && (
            <ButtonLink size="small">
              <Link to="/dags">All DAGs</Link>
            </ButtonLink>
          )}
        </div>
      </div>
    </div>
  );
}

/** Grey shapes, only when the answer takes a while. */
export function Waiting({ lines = 6, label = 'Loading' }: { lines?: number; label?: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={styles.waiting} role="status" aria-label={label}>
      {late && Array.from({ length: lines }, (_, line) => <span key={line} style={{ width: `${[92, 76, 84, 60, 88, 70][line % 6]}%` }} />)}
    </div>
  );
}

/** Says that what is shown is old because the server does not answer. */
export function Stale({ query }: { query: { isError: boolean; data: unknown; dataUpdatedAt: number; refetch: () => unknown } }) {
  const zone = useZone();
  if (!query.isError || query.data === undefined) return null;
  return (
    <p className={styles.stale} role="status">
      <Icon name="warning" size={14} /> As of {clockTime(query.dataUpdatedAt, zone)}; the server does not answer.
      <button type="button" onClick={() => query.refetch()}>
        Try again
      </button>
    </p>
  );
}

/** Shows an answer once it is there, and keeps showing it while it is asked again. */
export function View<T>({ query, children, waiting }: { query: UseQueryResult<T>; children: (data: T) => ReactNode; waiting?: ReactNode }) {
  if (query.data !== undefined) {
    return (
      <>
        <Stale query={query} />
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <Failed error={query.error} onRetry={() => query.refetch()} />;
  return waiting ?? <Waiting />;
}

/** Keeps a fault of one part from taking the page with it. */
export class Guard extends Component<{ children: ReactNode; name?: string }, { error: unknown }> {
  override state = { error: null as unknown };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    if (this.state.error !== null) {
      return <Failed error={this.state.error} onRetry={() => this.setState({ error: null })} />;
    }
    return this.props.children;
  }
}
