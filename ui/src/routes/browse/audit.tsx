import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queries } from '../../api/queries.ts';
import type { EventLog } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Filters, Find, TimeBound } from '../../components/list/filters.tsx';
import { Pages } from '../../components/list/pages.tsx';
import { Page } from '../../components/page.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import { readExtra, shortly } from '../../lib/event-extra.ts';
import { useFilters } from '../../lib/filters.ts';
import styles from './browse.module.css';

interface Search {
  dag?: string | undefined;
  task?: string | undefined;
  run?: string | undefined;
  owner?: string | undefined;
  event?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
  page?: number | undefined;
}

const SIZE = 50;

/** The task of an entry, with a way to it where its run is known. */
function Task({ entry }: { entry: EventLog }) {
  const { dag_id: dag, run_id: run, task_id: task, map_index: index } = entry;
  if (!dag || !task) return null;
  const name = `${task}${index !== null && index >= 0 ? ` [${index}]` : ''}`;
  if (!run) return <span className="break">{name}</span>;
  return (
    <Link to="/dags/$dag/runs/$run/tasks/$task" params={{ dag, run, task }} className={styles.link}>
      {name}
    </Link>
  );
}

/** What was changed, before and after where the entry has both. */
function Extra({ text }: { text: string | null }) {
  const extra = readExtra(text);
  if (extra.text !== null) return <code className={`${styles.diff} small`}>{extra.text}</code>;
  return (
    <span className={styles.diff}>
      {extra.changes.map(({ field, before, after }) => (
        <span key={field}>
          <span className="muted">{field}: </span>
          <del>
            <span className="sr">before: </span>
            {shortly(before)}
          </del>{' '}
          <span aria-hidden="true">→</span>{' '}
          <ins>
            <span className="sr">after: </span>
            {shortly(after)}
          </ins>
        </span>
      ))}
      {extra.facts.map(([name, value]) => (
        <span key={name}>
          <span className="muted">{name}: </span>
          {shortly(value)}
        </span>
      ))}
    </span>
  );
}

const columns: Column<EventLog>[] = [
  { id: 'when', header: 'When', sort: 'when', cell: (entry) => <When at={entry.when} /> },
  { id: 'owner', header: 'Who', cell: (entry) => entry.owner ?? <span className="muted">–</span> },
  { id: 'event', header: 'What', isName: true, cell: (entry) => <span className="mono">{entry.event}</span> },
  {
    id: 'dag',
    header: 'DAG',
    cell: (entry) =>
      entry.dag_id && (
        <Link to="/dags/$dag" params={{ dag: entry.dag_id }} className={styles.link}>
          {entry.dag_id}
        </Link>
      ),
  },
  {
    id: 'run',
    header: 'Run',
    from: 1024,
    cell: (entry) =>
      entry.dag_id &&
      entry.run_id && (
        <Link to="/dags/$dag/runs/$run" params={{ dag: entry.dag_id, run: entry.run_id }} className={styles.link}>
          {entry.run_id}
        </Link>
      ),
  },
  { id: 'task', header: 'Task', cell: (entry) => <Task entry={entry} /> },
  { id: 'extra', header: 'With', cell: (entry) => <Extra text={entry.extra} /> },
];

/** Who did what, when, and to what. */
export function AuditPage() {
  const [search, change] = useFilters<Search & { sort?: string | undefined }>();
  const page = Math.max(1, search.page ?? 1);
  const query = useQuery(
    queries.events({
      limit: SIZE,
      offset: (page - 1) * SIZE,
      order_by: search.sort ?? '-when',
      dag_id_pattern: search.dag,
      task_id_pattern: search.task,
      run_id_pattern: search.run,
      owner_pattern: search.owner,
      event_pattern: search.event,
      after: search.after,
      before: search.before,
    }),
  );
  const { page: _, sort: __, ...filters } = search;
  const active = Object.values(filters).filter((value) => value !== undefined).length;
  const reset = () => change(Object.fromEntries(Object.keys(filters).map((key) => [key, undefined])));
  return (
    <Page title="Audit log">
      <Filters active={active} onReset={reset}>
        <Find label="What was done" value={search.event} onChange={(event) => change({ event })} main />
        <Find label="Who" value={search.owner} onChange={(owner) => change({ owner })} />
        <Find label="DAG" value={search.dag} onChange={(dag) => change({ dag })} />
        <Find label="Run" value={search.run} onChange={(run) => change({ run })} />
        <Find label="Task" value={search.task} onChange={(task) => change({ task })} />
        <TimeBound label="From" value={search.after} onChange={(after) => change({ after })} />
        <TimeBound label="to" value={search.before} onChange={(before) => change({ before })} />
      </Filters>
      <View query={query}>
        {(data) => (
          <Table<EventLog>
            label="Audit log"
            columns={columns}
            rows={data.event_logs}
            rowKey={(entry) => String(entry.event_log_id)}
            sort={search.sort ?? '-when'}
            onSort={(sort) => change({ sort })}
            empty={
              active > 0 ? (
                <Empty icon="search" title="No entry matches" action={<Button onClick={reset}>Clear the filters</Button>} />
              ) : (
                <Empty icon="list" title="Nothing was done yet">
                  Whatever people change, here or through the API, is written down here.
                </Empty>
              )
            }
            foot={
              data.total_entries > 0 && (
                <Pages page={page} size={SIZE} total={data.total_entries} what="entry" onPage={(next) => change({ page: next })} />
              )
            }
          />
        )}
      </View>
    </Page>
  );
}
