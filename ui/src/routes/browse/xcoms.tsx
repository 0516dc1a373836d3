import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { address, get, remove } from '../../api/client.ts';
import { placeQueries, type XCom } from '../../api/places.ts';
import { client } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { JsonView } from '../../components/json-view.tsx';
import { Filters, Find, TimeBound } from '../../components/list/filters.tsx';
import { counted, Pages } from '../../components/list/pages.tsx';
import { Page } from '../../components/page.tsx';
import { BulkBar, type Column, Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import { basePath, path } from '../../lib/base.ts';
import { useCan } from '../../lib/can.ts';
import { useFilters } from '../../lib/filters.ts';
import { Frozen } from './affected.tsx';
import styles from './browse.module.css';
import { TiLink } from './task-instances.tsx';

interface Search {
  key?: string | undefined;
  dag?: string | undefined;
  run?: string | undefined;
  task?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
  page?: number | undefined;
}

const SIZE = 50;
const idOf = (row: XCom) => JSON.stringify([row.dag_id, row.run_id, row.task_id, row.map_index, row.key]);
const urlOf = (row: XCom) => path`/api/v2/dags/${row.dag_id}/dagRuns/${row.run_id}/taskInstances/${row.task_id}/xcomEntries/${row.key}`;

/** What tasks handed to other tasks. A value is asked for when it is opened. */
export function XComsPage() {
  const [search, change] = useFilters<Search>();
  const can = useCan();
  const page = Math.max(1, search.page ?? 1);
  const query = useQuery(
    placeQueries.xcoms({
      limit: SIZE,
      offset: (page - 1) * SIZE,
      order_by: '-timestamp',
      xcom_key_pattern: search.key,
      dag_display_name_pattern: search.dag,
      run_id_pattern: search.run,
      task_id_pattern: search.task,
      run_after_gte: search.after,
      run_after_lte: search.before,
    }),
  );
  const [open, setOpen] = useState<XCom | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [deleting, setDeleting] = useState<XCom[] | null>(null);
  const { page: _, ...filters } = search;
  const active = Object.values(filters).filter((value) => value !== undefined).length;
  const reset = () => change(Object.fromEntries(Object.keys(filters).map((key) => [key, undefined])));
  const mayDelete = can('delete', 'XComs');
  const columns: Column<XCom>[] = [
    {
      id: 'key',
      header: 'Key',
      isName: true,
      cell: (row) => (
        <button type="button" className={`${styles.plain} mono`} onClick={() => setOpen(row)}>
          {row.key}
        </button>
      ),
    },
    { id: 'task', header: 'Task', cell: (row) => <TiLink ti={row} /> },
    {
      id: 'dag',
      header: 'DAG',
      cell: (row) => (
        <Link to="/dags/$dag" params={{ dag: row.dag_id }} className={styles.link}>
          {row.dag_id}
        </Link>
      ),
    },
    {
      id: 'run',
      header: 'Run',
      cell: (row) => (
        <Link to="/dags/$dag/runs/$run" params={{ dag: row.dag_id, run: row.run_id }} className={styles.link}>
          {row.run_id}
        </Link>
      ),
    },
    { id: 'at', header: 'Written', cell: (row) => <When at={row.timestamp} /> },
  ];
  return (
    <Page title="XComs">
      <Filters active={active} onReset={reset}>
        <Find label="Find a key" value={search.key} onChange={(key) => change({ key })} main />
        <Find label="DAG" value={search.dag} onChange={(dag) => change({ dag })} />
        <Find label="Run" value={search.run} onChange={(run) => change({ run })} />
        <Find label="Task" value={search.task} onChange={(task) => change({ task })} />
        <TimeBound label="Due from" value={search.after} onChange={(after) => change({ after })} />
        <TimeBound label="to" value={search.before} onChange={(before) => change({ before })} />
      </Filters>
      <View query={query}>
        {(data) => (
          <Table<XCom>
            label="XComs"
            columns={columns}
            rows={data.xcom_entries}
            rowKey={idOf}
            {...(mayDelete ? { selected: chosen, onSelect: setChosen, selectLabel: (row: XCom) => `${row.key} of ${row.task_id}` } : {})}
            empty={
              active > 0 ? (
                <Empty icon="search" title="No XCom matches" action={<Button onClick={reset}>Clear the filters</Button>} />
              ) : (
                <Empty icon="box" title="No XComs yet">
                  What a task returns or pushes for others appears here.
                </Empty>
              )
            }
            foot={
              data.total_entries > 0 && (
                <Pages page={page} size={SIZE} total={data.total_entries} what="XCom" onPage={(next) => change({ page: next })} />
              )
            }
          />
        )}
      </View>
      <BulkBar count={chosen.size} what="XCom" onClear={() => setChosen(new Set())}>
        <Button
          size="small"
          icon="trash"
          onClick={() => setDeleting((query.data?.xcom_entries ?? []).filter((row) => chosen.has(idOf(row))))}
        >
          Delete
        </Button>
      </BulkBar>
      {open && <Value row={open} onClose={() => setOpen(null)} />}
      {deleting && (
        <Confirm
          open
          onOpenChange={(stays) => !stays && setDeleting(null)}
          title={`Delete ${counted(deleting.length, 'XCom')}?`}
          description="Tasks that read them find nothing. This cannot be undone."
          choices={<Frozen names={deleting.map((row) => `${row.dag_id} · ${row.run_id} · ${row.task_id} · ${row.key}`)} />}
          confirm="Delete"
          danger
          action={async () => {
            for (const row of deleting) {
              await remove(address(urlOf(row), { map_index: row.map_index }).slice(basePath.length));
            }
            await client.invalidateQueries({ queryKey: ['xcoms'] });
          }}
          done={`Deleted ${counted(deleting.length, 'XCom')}.`}
          onDone={() => setChosen(new Set())}
        />
      )}
    </Page>
  );
}

function Value({ row, onClose }: { row: XCom; onClose: () => void }) {
  const query = useQuery({
    queryKey: ['xcom-value', idOf(row)],
    queryFn: ({ signal }) =>
      get<{ value: unknown }>(urlOf(row), { map_index: row.map_index, deserialize: false, stringify: false }, signal),
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={row.key} description={`${row.dag_id} · ${row.task_id}`} shape="sheet">
      <View query={query}>{(data) => <JsonView value={data.value} label="value" />}</View>
    </Dialog>
  );
}
