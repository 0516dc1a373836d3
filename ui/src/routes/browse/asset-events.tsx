import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type AssetEvent, placeQueries } from '../../api/places.ts';
import { Pages } from '../../components/list/pages.tsx';
import { StateMark } from '../../components/state.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import styles from './browse.module.css';

const SIZE = 50;

function Source({ event }: { event: AssetEvent }) {
  const { source_dag_id: dag, source_run_id: run, source_task_id: task } = event;
  if (!dag) return <span className="muted">by hand or through the API</span>;
  if (!run || !task) {
    return (
      <Link to="/dags/$dag" params={{ dag }} className={styles.link}>
        {dag}
      </Link>
    );
  }
  return (
    <Link to="/dags/$dag/runs/$run/tasks/$task" params={{ dag, run, task }} className={styles.link}>
      {dag} · {task}
    </Link>
  );
}

const columns = (withName: boolean): Column<AssetEvent>[] => [
  { id: 'at', header: 'When', isName: true, cell: (event) => <When at={event.timestamp} /> },
  ...(withName
    ? [
        {
          id: 'asset',
          header: 'Asset',
          cell: (event: AssetEvent) => (
            <Link to="/datasets/$asset" params={{ asset: String(event.asset_id) }} className={styles.link}>
              {event.name ?? event.uri}
            </Link>
          ),
        },
      ]
    : []),
  { id: 'source', header: 'Written by', cell: (event) => <Source event={event} /> },
  {
    id: 'runs',
    header: 'Started',
    cell: (event) =>
      event.created_dagruns.length === 0 ? (
        <span className="muted">nothing</span>
      ) : (
        <span className={styles.chips}>
          {event.created_dagruns.map((run) => (
            <span key={`${run.dag_id} ${run.run_id}`}>
              <StateMark state={run.state} />{' '}
              <Link to="/dags/$dag/runs/$run" params={{ dag: run.dag_id, run: run.run_id }} className={styles.link}>
                {run.dag_id}
              </Link>
            </span>
          ))}
        </span>
      ),
  },
  {
    id: 'extra',
    header: 'With',
    from: 1024,
    cell: (event) =>
      event.extra && Object.keys(event.extra).length > 0 ? (
        <code className="small break">{JSON.stringify(event.extra)}</code>
      ) : (
        <span className="muted">–</span>
      ),
  },
];

/** When assets were written, by whom, and what that started. */
export function AssetEvents({ asset, page, onPage }: { asset?: number; page: number; onPage: (page: number | undefined) => void }) {
  const query = useQuery(placeQueries.assetEvents({ limit: SIZE, offset: (page - 1) * SIZE, order_by: '-timestamp', asset_id: asset }));
  return (
    <View query={query}>
      {(data) => (
        <Table<AssetEvent>
          label="Events"
          columns={columns(asset === undefined)}
          rows={data.asset_events}
          rowKey={(event) => String(event.id)}
          empty={
            <Empty icon="clock" title="No events yet">
              An event is written when a task that has the asset as its outlet succeeds.
            </Empty>
          }
          foot={data.total_entries > 0 && <Pages page={page} size={SIZE} total={data.total_entries} what="event" onPage={onPage} />}
        />
      )}
    </View>
  );
}
