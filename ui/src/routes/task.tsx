import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { queries } from '../api/queries.ts';
import { BarChart } from '../components/bar-chart.tsx';
import { Page, Panel } from '../components/page.tsx';
import { TiTable } from '../components/ti-table.tsx';
import { Empty, View } from '../components/view.tsx';
import { useZone } from '../lib/now.ts';
import { stateOf } from '../lib/states.ts';
import { duration, shortTime } from '../lib/time.ts';

/** One task across runs. */
export function TaskPage() {
  const { dag, task } = useParams({ from: '/shell/dags/$dag/tasks/$task' });
  const query = useQuery(queries.taskRuns(dag, task, 50));
  const zone = useZone();
  const navigate = useNavigate();
  return (
    <Page
      title={task}
      name={`${task} – ${dag}`}
      crumbs={
        <>
          <Link to="/dags">DAGs</Link> /{' '}
          <Link to="/dags/$dag" params={{ dag }}>
            {dag}
          </Link>{' '}
          /{' '}
          <Link to="/dags/$dag/tasks" params={{ dag }}>
            tasks
          </Link>
        </>
      }
    >
      <View query={query}>
        {(data) => (
          <>
            <Panel title="Duration over runs">
              {data.task_instances.length === 0 ? (
                <Empty title="The task has not run yet" />
              ) : (
                <BarChart
                  label="The dashed part is the wait from scheduled to started."
                  show={duration}
                  bars={data.task_instances.map((ti) => ({
                    id: ti.run_id,
                    value: ti.duration ?? 0,
                    before: ti.scheduled_at && ti.start_date ? (Date.parse(ti.start_date) - Date.parse(ti.scheduled_at)) / 1000 : 0,
                    state: stateOf(ti.state),
                    label: shortTime(ti.run_after, zone, Date.now()),
                  }))}
                  lines={[
                    ...(data.median === null ? [] : [{ name: 'median', value: data.median }]),
                    ...(data.p95 === null ? [] : [{ name: 'p95', value: data.p95 }]),
                  ]}
                  onOpen={(run) => navigate({ to: '/dags/$dag/runs/$run/tasks/$task', params: { dag, run, task }, search: {} })}
                />
              )}
            </Panel>
            <TiTable rows={data.task_instances} sorted="-start" named="run" />
          </>
        )}
      </View>
    </Page>
  );
}
