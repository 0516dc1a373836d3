import { useQuery } from '@tanstack/react-query';
import { put } from '../../api/client.ts';
import { type Backfill, placeQueries } from '../../api/places.ts';
import { client } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { toastDone, toastFailed } from '../../components/toast.tsx';
import { When } from '../../components/when.tsx';
import { path } from '../../lib/base.ts';
import styles from './calendar.module.css';

async function act(backfill: Backfill, what: 'pause' | 'unpause' | 'cancel', done: string) {
  try {
    await put(path`/api/v2/backfills/${backfill.id}/${what}`);
    await client.invalidateQueries({ queryKey: ['dag', backfill.dag_id] });
    toastDone(done);
  } catch (error) {
    toastFailed(error);
  }
}

const columns: Column<Backfill>[] = [
  { id: 'id', header: 'Backfill', isName: true, cell: (row) => `Number ${row.id}` },
  { id: 'from', header: 'From', cell: (row) => <When at={row.from_date} show="absolute" /> },
  { id: 'to', header: 'To', cell: (row) => <When at={row.to_date} show="absolute" /> },
  { id: 'runs', header: 'Runs at a time', align: 'right', from: 1024, cell: (row) => row.max_active_runs },
  { id: 'made', header: 'Started', from: 768, cell: (row) => <When at={row.created_at} show="relative" /> },
  {
    id: 'state',
    header: 'State',
    cell: (row) =>
      row.completed_at ? (
        <span>
          ended <When at={row.completed_at} show="relative" />
        </span>
      ) : row.is_paused ? (
        'paused'
      ) : (
        'at work'
      ),
  },
  {
    id: 'act',
    header: <span className="sr">Actions</span>,
    cell: (row) =>
      !row.completed_at && (
        <>
          <Button
            size="small"
            onClick={() => act(row, row.is_paused ? 'unpause' : 'pause', `Backfill ${row.id} ${row.is_paused ? 'goes on' : 'is paused'}.`)}
          >
            {row.is_paused ? 'Go on' : 'Pause'}
          </Button>{' '}
          <Button size="small" onClick={() => act(row, 'cancel', `Backfill ${row.id} was cancelled.`)}>
            Cancel
          </Button>
        </>
      ),
  },
];

/** The newest backfills of a DAG, where there are any. */
export function Backfills({ dag }: { dag: string }) {
  const query = useQuery(placeQueries.backfills(dag));
  if (!query.data || query.data.backfills.length === 0) return null;
  return (
    <section className={styles.backfills}>
      <h2>Backfills</h2>
      <Table<Backfill> label="Backfills" columns={columns} rows={query.data.backfills} rowKey={(row) => String(row.id)} />
    </section>
  );
}
