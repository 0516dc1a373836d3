import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../../../src/api/client.ts';
import { Button } from '../../../src/components/button.tsx';
import { Empty, Stale, Waiting } from '../../../src/components/view.tsx';
import { Link } from '../lib/router.tsx';
import styles from './parts.module.css';

/** What failed, what it means, and a way on. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const status = error instanceof ApiError ? error.status : null;
  const title =
    status === 404 ? 'Not found' : status === 403 ? 'Not allowed' : status === 0 ? 'No answer from the server' : 'This did not work';
  return (
    <div role="alert" className={styles.failed}>
      <Empty
        icon="warning"
        title={title}
        action={
          <>
            {onRetry && status !== 404 && (
              <Button icon="refresh" size="small" onClick={onRetry}>
                Try again
              </Button>
            )}
            {status === 404 && <Link to="/matches">All positions</Link>}
          </>
        }
      >
        {error instanceof Error ? error.message : String(error)}
      </Empty>
    </div>
  );
}

/** Shows an answer once it is there, and keeps showing it while it is asked again. */
export function View<R>({ query, children }: { query: UseQueryResult<R>; children: (data: R) => ReactNode }) {
  if (query.data !== undefined) {
    return (
      <>
        <Stale query={query} />
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <Failed error={query.error} onRetry={() => query.refetch()} />;
  return <Waiting />;
}
