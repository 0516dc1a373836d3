import { useQuery } from '@tanstack/react-query';
import { type Job, placeQueries } from '../../api/places.ts';
import { Button } from '../../components/button.tsx';
import { Choice, Filters, Find } from '../../components/list/filters.tsx';
import { Pages } from '../../components/list/pages.tsx';
import { Page } from '../../components/page.tsx';
import { StateChip } from '../../components/state.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import { Took, When } from '../../components/when.tsx';
import { useFilters } from '../../lib/filters.ts';

interface Search {
  type?: string | undefined;
  state?: string | undefined;
  host?: string | undefined;
  alive?: 'true' | undefined;
  sort?: string | undefined;
  page?: number | undefined;
}

const SIZE = 50;

const columns: Column<Job>[] = [
  { id: 'type', header: 'Job', sort: 'job_type', isName: true, cell: (job) => job.job_type?.replace(/Job$/, '') ?? `Job ${job.id}` },
  {
    id: 'state',
    header: 'State',
    sort: 'state',
    cell: (job) => <StateChip state={job.state} size="small" {...(job.state ? {} : { word: 'unknown' })} />,
  },
  { id: 'beat', header: 'Last heartbeat', sort: 'latest_heartbeat', cell: (job) => <When at={job.latest_heartbeat} /> },
  { id: 'start', header: 'Started', sort: 'start_date', cell: (job) => <When at={job.start_date} /> },
  { id: 'took', header: 'Runs for', align: 'right', cell: (job) => <Took start={job.start_date} end={job.end_date} /> },
  { id: 'host', header: 'Host', sort: 'hostname', from: 768, cell: (job) => <span className="break">{job.hostname}</span> },
  { id: 'user', header: 'As', from: 1024, cell: (job) => <span className="muted">{job.unixname}</span> },
  { id: 'executor', header: 'Executor', from: 1280, cell: (job) => <span className="muted">{job.executor_class}</span> },
  { id: 'id', header: 'Number', align: 'right', sort: 'id', from: 1024, cell: (job) => job.id },
];

/** The processes of the server, with the time of their last sign of life. */
export function JobsPage() {
  const [search, change] = useFilters<Search>();
  const page = Math.max(1, search.page ?? 1);
  const sort = search.sort ?? '-id';
  const query = useQuery({
    ...placeQueries.jobs({
      limit: SIZE,
      offset: (page - 1) * SIZE,
      order_by: sort,
      job_type: search.type,
      job_state: search.state,
      hostname: search.host,
      is_alive: search.alive,
    }),
    refetchInterval: 15_000,
  });
  const active = [search.type, search.state, search.host, search.alive].filter(Boolean).length;
  const reset = () => change({ type: undefined, state: undefined, host: undefined, alive: undefined });
  return (
    <Page title="Jobs">
      <Filters active={active} onReset={reset}>
        <Find label="Host" value={search.host} onChange={(host) => change({ host })} main />
        <Choice
          label="Kind"
          value={search.type}
          options={[
            ['SchedulerJob', 'Scheduler'],
            ['TriggererJob', 'Triggerer'],
            ['DagProcessorJob', 'DAG processor'],
            ['LocalTaskJob', 'Task'],
          ]}
          onChange={(type) => change({ type })}
        />
        <Choice
          label="State"
          value={search.state}
          options={[
            ['running', 'running'],
            ['success', 'success'],
            ['failed', 'failed'],
          ]}
          onChange={(state) => change({ state })}
        />
        <Button size="small" aria-pressed={search.alive === 'true'} onClick={() => change({ alive: search.alive ? undefined : 'true' })}>
          Alive
        </Button>
      </Filters>
      <View query={query}>
        {(data) => (
          <Table<Job>
            label="Jobs"
            columns={columns}
            rows={data.jobs}
            rowKey={(job) => String(job.id)}
            sort={sort}
            onSort={(next) => change({ sort: next })}
            empty={
              active > 0 ? (
                <Empty icon="search" title="No job matches" action={<Button onClick={reset}>Clear the filters</Button>} />
              ) : (
                <Empty icon="list" title="No jobs">
                  The scheduler and its companions appear here once they run.
                </Empty>
              )
            }
            foot={
              data.total_entries > 0 && (
                <Pages page={page} size={SIZE} total={data.total_entries} what="job" onPage={(next) => change({ page: next })} />
              )
            }
          />
        )}
      </View>
    </Page>
  );
}
