import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Asset, placeQueries } from '../../api/places.ts';
import { Button } from '../../components/button.tsx';
import { Filters, Find } from '../../components/list/filters.tsx';
import { Pages } from '../../components/list/pages.tsx';
import { Page } from '../../components/page.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { TabLink, TabLinks } from '../../components/tabs.tsx';
import { Empty, View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import { useFilters } from '../../lib/filters.ts';
import { AssetEvents } from './asset-events.tsx';
import styles from './browse.module.css';

interface Search {
  q?: string | undefined;
  tab?: 'events' | undefined;
  sort?: string | undefined;
  page?: number | undefined;
}

const SIZE = 50;

/** DAGs by name, each once. */
export function DagNames({ dags }: { dags: readonly string[] }) {
  const names = [...new Set(dags)];
  if (names.length === 0) return <span className="muted">–</span>;
  return (
    <span className={styles.chips}>
      {names.map((dag) => (
        <Link key={dag} to="/dags/$dag" params={{ dag }} className={styles.link}>
          {dag}
        </Link>
      ))}
    </span>
  );
}

const columns: Column<Asset>[] = [
  {
    id: 'name',
    header: 'Asset',
    sort: 'name',
    isName: true,
    cell: (asset) => (
      <span className={styles.two}>
        <Link to="/datasets/$asset" params={{ asset: String(asset.id) }} className={styles.link}>
          {asset.name}
        </Link>
        {asset.uri !== asset.name && <span className="muted small mono break">{asset.uri}</span>}
      </span>
    ),
  },
  { id: 'group', header: 'Group', sort: 'group', from: 1024, cell: (asset) => <span className="muted">{asset.group}</span> },
  { id: 'producers', header: 'Written by', cell: (asset) => <DagNames dags={asset.producing_tasks.map((task) => task.dag_id)} /> },
  { id: 'consumers', header: 'Starts', cell: (asset) => <DagNames dags={asset.scheduled_dags.map((dag) => dag.dag_id)} /> },
  { id: 'last', header: 'Last event', cell: (asset) => <When at={asset.last_asset_event?.timestamp} /> },
];

/** Assets: what DAGs write, and what starts others. */
export function AssetsPage() {
  const [search, change] = useFilters<Search>();
  const page = Math.max(1, search.page ?? 1);
  const sort = search.sort ?? 'name';
  const query = useQuery({
    ...placeQueries.assets({ limit: SIZE, offset: (page - 1) * SIZE, order_by: sort, name_pattern: search.q }),
    enabled: search.tab !== 'events',
  });
  return (
    <Page title="Assets">
      <TabLinks label="Assets and their events">
        <TabLink to="/datasets" search={{}} active={!search.tab} count={query.data?.total_entries}>
          Assets
        </TabLink>
        <TabLink to="/datasets" search={{ tab: 'events' }} active={search.tab === 'events'}>
          Events
        </TabLink>
      </TabLinks>
      {search.tab === 'events' ? (
        <AssetEvents page={page} onPage={(next) => change({ page: next })} />
      ) : (
        <>
          <Filters active={search.q ? 1 : 0} onReset={() => change({ q: undefined })}>
            <Find label="Find an asset" value={search.q} onChange={(q) => change({ q })} main />
          </Filters>
          <View query={query}>
            {(data) => (
              <Table<Asset>
                label="Assets"
                columns={columns}
                rows={data.assets}
                rowKey={(asset) => String(asset.id)}
                sort={sort}
                onSort={(next) => change({ sort: next })}
                empty={
                  search.q ? (
                    <Empty
                      icon="search"
                      title="No asset matches"
                      action={<Button onClick={() => change({ q: undefined })}>Clear the search</Button>}
                    />
                  ) : (
                    <Empty icon="box" title="No assets yet">
                      A task that names an asset as its outlet, or a DAG that is scheduled by one, makes it appear here.
                    </Empty>
                  )
                }
                foot={
                  data.total_entries > 0 && (
                    <Pages page={page} size={SIZE} total={data.total_entries} what="asset" onPage={(next) => change({ page: next })} />
                  )
                }
              />
            )}
          </View>
        </>
      )}
    </Page>
  );
}
