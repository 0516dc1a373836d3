import { useQuery } from '@tanstack/react-query';
import { type ImportError, placeQueries } from '../../api/places.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/json-view.tsx';
import { Filters, Find } from '../../components/list/filters.tsx';
import { Pages } from '../../components/list/pages.tsx';
import { Page } from '../../components/page.tsx';
import { Empty, View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import { useFilters } from '../../lib/filters.ts';
import { readTrace } from '../../lib/trace.ts';
import styles from './browse.module.css';

const SIZE = 50;

function One({ error }: { error: ImportError }) {
  const trace = readTrace(error.stack_trace, error.filename);
  return (
    <li className={styles.error}>
      <div className={styles.errorHead}>
        <h2 className="mono">
          {error.filename}
          {trace.line !== null && `:${trace.line}`}
        </h2>
        <span className="small muted">
          {error.bundle_name && `${error.bundle_name} · `}
          <When at={error.timestamp} />
        </span>
      </div>
      <p className={styles.message}>{trace.message}</p>
      <details>
        <summary className="small">Traceback</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <pre className={styles.trace} tabIndex={0}>
          {error.stack_trace}
        </pre>
        <CopyButton text={error.stack_trace} label={`Copy the traceback of ${error.filename}`} />
      </details>
    </li>
  );
}

/** Files of DAGs that could not be read, and why. */
export function ImportErrorsPage() {
  const [search, change] = useFilters<{ q?: string | undefined; page?: number | undefined }>();
  const page = Math.max(1, search.page ?? 1);
  const query = useQuery({
    ...placeQueries.importErrors({ limit: SIZE, offset: (page - 1) * SIZE, order_by: '-timestamp', filename_pattern: search.q }),
    refetchInterval: 15_000,
  });
  return (
    <Page title="Import errors" facts="DAGs of these files stay as they were when they could last be read.">
      <Filters active={search.q ? 1 : 0} onReset={() => change({ q: undefined })}>
        <Find label="Find a file" value={search.q} onChange={(q) => change({ q })} main />
      </Filters>
      <View query={query}>
        {(data) =>
          data.import_errors.length === 0 ? (
            search.q ? (
              <Empty
                icon="search"
                title="No file matches"
                action={<Button onClick={() => change({ q: undefined })}>Clear the search</Button>}
              />
            ) : (
              <Empty icon="check" title="Every file could be read">
                A file of DAGs that fails to load appears here within one scan, with its line and traceback.
              </Empty>
            )
          ) : (
            <div className={styles.stack}>
              <ul className={styles.errors}>
                {data.import_errors.map((error) => (
                  <One key={error.import_error_id} error={error} />
                ))}
              </ul>
              <div className="small muted">
                <Pages page={page} size={SIZE} total={data.total_entries} what="file" onPage={(next) => change({ page: next })} />
              </div>
            </div>
          )
        }
      </View>
    </Page>
  );
}
