import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { queries } from '../../api/queries.ts';
import { BarChart } from '../../components/bar-chart.tsx';
import { Panel } from '../../components/page.tsx';
import { StateChip, StateCount } from '../../components/state.tsx';
import { Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import { Took, When } from '../../components/when.tsx';
import { useZone } from '../../lib/now.ts';
import { median } from '../../lib/numbers.ts';
import { orderedCounts, stateOf } from '../../lib/states.ts';
import { duration, shortTime } from '../../lib/time.ts';
import styles from './overview.module.css';

/** How a DAG fares: its durations, what failed lately, its counts. */
export function OverviewPage() {
  const { dag } = useParams({ from: '/shell/dags/$dag/overview' });
  const zone = useZone();
  const navigate = useNavigate();
  const durations = useQuery(queries.durations(dag, 50));
  const details = useQuery(queries.dag(dag));
  const failed = useQuery(queries.runs({ dag, state: ['failed'], limit: 5 }));
  return (
    <div className={styles.columns}>
      <div className={styles.wide}>
        <Panel title="Duration of runs">
          <View query={durations}>
            {({ runs }) =>
              runs.length === 0 ? (
                <Empty title="No runs yet">Trigger one, or unpause the DAG.</Empty>
              ) : (
                <BarChart
                  label="The dashed foot is the time in the queue."
                  show={duration}
                  bars={runs.map((run) => ({
                    id: run.run_id,
                    value: run.duration ?? 0,
                    before: run.queued_seconds ?? 0,
                    state: stateOf(run.state),
                    label: shortTime(run.run_after, zone, Date.now()),
                  }))}
                  lines={runs.length > 2 ? [{ name: 'median', value: median(runs.map((run) => run.duration ?? 0)) }] : []}
                  onOpen={(run) => navigate({ to: '/dags/$dag/runs/$run', params: { dag, run }, search: {} })}
                />
              )
            }
          </View>
        </Panel>
      </div>
      <Panel title="All runs">
        <View query={details}>
          {(data) => (
            <div className={styles.counts}>
              {orderedCounts(data.run_counts).map(([state, count]) => (
                <Link key={state} to="/dags/$dag/runs" params={{ dag }} search={{ state: [state] }}>
                  <StateCount state={state} count={count} /> <span className="muted">{state}</span>
                </Link>
              ))}
              {Object.keys(data.run_counts).length === 0 && <span className="muted">none</span>}
            </div>
          )}
        </View>
        {details.data?.doc_md && <pre className={styles.doc}>{details.data.doc_md}</pre>}
      </Panel>
      <Panel title="Failed lately">
        <View query={failed}>
          {({ runs }) => (
            <Table
              label="Runs that failed lately"
              rows={runs.filter((run) => run.state === 'failed')}
              rowKey={(run) => run.run_id}
              empty={<Empty icon="check" title="No run failed" />}
              columns={[
                {
                  id: 'run',
                  header: 'Run',
                  isName: true,
                  cell: (run) => (
                    <Link to="/dags/$dag/runs/$run" params={{ dag, run: run.run_id }}>
                      <When at={run.run_after} />
                    </Link>
                  ),
                },
                { id: 'state', header: 'State', cell: (run) => <StateChip state={run.state} size="small" /> },
                {
                  id: 'took',
                  header: 'Duration',
                  align: 'right',
                  cell: (run) => <Took start={run.start_date} end={run.end_date} seconds={run.duration} />,
                },
              ]}
            />
          )}
        </View>
      </Panel>
    </div>
  );
}
