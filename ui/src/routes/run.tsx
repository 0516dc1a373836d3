import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { deleteRun, markRun, setRunNote, stale } from '../api/actions.ts';
import { queries } from '../api/queries.ts';
import type { RunDetail } from '../api/types.ts';
import { Button, IconButton } from '../components/button.tsx';
import { ClearDialog } from '../components/clear/clear-dialog.tsx';
import { Confirm } from '../components/confirm.tsx';
import { EventTable } from '../components/event-table.tsx';
import { FailurePanel } from '../components/failure-panel.tsx';
import { JsonView } from '../components/json-view.tsx';
import { Menu, MenuItem, MenuLine } from '../components/menu.tsx';
import { Note } from '../components/note.tsx';
import { Facts, Page, Panel } from '../components/page.tsx';
import { OpenQuestions } from '../components/question/open-questions.tsx';
import { StateChip, StateCount } from '../components/state.tsx';
import { TabLink, TabLinks } from '../components/tabs.tsx';
import { TiTable } from '../components/ti-table.tsx';
import { TriggerDialog } from '../components/trigger/trigger-dialog.tsx';
import { Empty, Guard, View, Waiting } from '../components/view.tsx';
import { Took, When } from '../components/when.tsx';
import { orderedCounts, stateWord } from '../lib/states.ts';
import styles from './run.module.css';

const GraphView = lazy(() => import('../components/graph/graph-view.tsx').then((module) => ({ default: module.GraphView })));
const GanttView = lazy(() => import('../components/gantt/gantt-view.tsx').then((module) => ({ default: module.GanttView })));

const TABS = [
  ['tasks', 'Tasks'],
  ['gantt', 'Gantt'],
  ['graph', 'Graph'],
  ['conf', 'Details and conf'],
  ['events', 'Events'],
] as const;

export function RunPage() {
  const { dag, run } = useParams({ from: '/shell/dags/$dag/runs/$run' });
  const search = useSearch({ from: '/shell/dags/$dag/runs/$run' });
  const query = useQuery(queries.run(dag, run));
  const data = query.data;
  const tab = search.tab ?? 'tasks';
  return (
    <Page
      name={`${data ? `${stateWord(data.state)}: ` : ''}${run} – ${dag}`}
      crumbs={
        <>
          <Link to="/dags">DAGs</Link> /{' '}
          <Link to="/dags/$dag" params={{ dag }}>
            {dag}
          </Link>{' '}
          /{' '}
          <Link to="/dags/$dag/runs" params={{ dag }}>
            runs
          </Link>
        </>
      }
      title={
        <>
          <span className="break">{run}</span>
          {data && <StateChip state={data.state} />}
        </>
      }
      facts={
        data && (
          <>
            <span>{data.run_type.replaceAll('_', ' ')}</span>
            <span>
              <When at={data.run_after} />
            </span>
            {data.start_date && (
              <span>
                {data.end_date ? 'took' : 'for'} <Took start={data.start_date} end={data.end_date} seconds={data.duration} />
              </span>
            )}
            <span className={styles.counts}>
              {orderedCounts(data.counts).map(([state, count]) => (
                <StateCount key={state} state={state} count={count} />
              ))}
            </span>
          </>
        )
      }
      actions={data && <Actions run={data} />}
    >
      <View query={query}>
        {(detail) => (
          <>
            {(detail.counts.deferred ?? 0) > 0 && <OpenQuestions dag={dag} run={run} />}
            {detail.failure && <FailurePanel run={detail} failure={detail.failure} />}
            <TabLinks label="Pages of the run">
              {TABS.map(([name, word]) => (
                <TabLink
                  key={name}
                  to="/dags/$dag/runs/$run"
                  params={{ dag, run }}
                  search={name === 'tasks' ? {} : { tab: name }}
                  active={tab === name}
                  count={name === 'tasks' ? detail.task_instances.length : undefined}
                >
                  {word}
                </TabLink>
              ))}
            </TabLinks>
            <Guard key={tab}>
              {tab === 'tasks' && <Tasks detail={detail} states={search.state} />}
              {tab === 'conf' && <Details detail={detail} />}
              {tab === 'events' && <EventTable query={{ dag_id: dag, run_id: run }} />}
              <Suspense fallback={<Waiting />}>
                {tab === 'graph' && <GraphView dag={dag} run={run} />}
                {tab === 'gantt' && <GanttView dag={dag} run={run} />}
              </Suspense>
            </Guard>
          </>
        )}
      </View>
    </Page>
  );
}

function Tasks({ detail, states }: { detail: RunDetail; states: string[] | undefined }) {
  const rows = states ? detail.task_instances.filter((ti) => states.includes(ti.state ?? 'none')) : detail.task_instances;
  return (
    <>
      {states && (
        <p className="muted small">
          Only {states.map(stateWord).join(', ')}.{' '}
          <Link to="/dags/$dag/runs/$run" params={{ dag: detail.dag_id, run: detail.run_id }} search={{}}>
            Show all
          </Link>
        </p>
      )}
      <TiTable
        rows={rows}
        empty={<Empty title="No task instances">{states ? 'None is in this state.' : 'The scheduler has not made them yet.'}</Empty>}
      />
    </>
  );
}

function Details({ detail }: { detail: RunDetail }) {
  return (
    <div className={styles.columns}>
      <Panel title="Run">
        <Facts
          rows={[
            [
              'Run id',
              <span key="id" className="mono">
                {detail.run_id}
              </span>,
            ],
            ['Type', detail.run_type.replaceAll('_', ' ')],
            ['Logical date', detail.logical_date && <When at={detail.logical_date} />],
            [
              'Data interval',
              detail.data_interval_start && detail.data_interval_end ? (
                <>
                  <When at={detail.data_interval_start} show="absolute" /> to <When at={detail.data_interval_end} show="absolute" />
                </>
              ) : null,
            ],
            ['May start from', <When key="after" at={detail.run_after} />],
            ['Queued', detail.queued_at && <When at={detail.queued_at} />],
            ['Started', detail.start_date && <When at={detail.start_date} />],
            ['Ended', detail.end_date && <When at={detail.end_date} />],
            ['Triggered by', detail.triggered_by],
            ['User', detail.creating_user],
            ['DAG version', detail.version],
          ]}
        />
      </Panel>
      <Panel title="Configuration">
        {detail.conf && Object.keys(detail.conf).length > 0 ? (
          <JsonView value={detail.conf} label="configuration" />
        ) : (
          <Empty title="The run has no configuration" />
        )}
      </Panel>
    </div>
  );
}

function Actions({ run }: { run: RunDetail }) {
  const navigate = useNavigate();
  const [asked, setAsked] = useState<'clear' | 'failed-only' | 'success' | 'failed' | 'delete' | 'again' | null>(null);
  const dag = run.dag_id;
  const close = () => setAsked(null);
  return (
    <>
      <Note
        text={run.note}
        onSave={async (text) => {
          await setRunNote(dag, run.run_id, text);
          await stale(dag);
        }}
      />
      <Button icon="refresh" onClick={() => setAsked('clear')}>
        Clear
      </Button>
      <Menu trigger={<Button>Mark as</Button>}>
        <MenuItem onSelect={() => setAsked('success')}>Success</MenuItem>
        <MenuItem onSelect={() => setAsked('failed')}>Failed</MenuItem>
      </Menu>
      <Menu trigger={<IconButton icon="more" label="More actions" />}>
        <MenuItem icon="refresh" onSelect={() => setAsked('failed-only')}>
          Clear what failed
        </MenuItem>
        <MenuItem icon="play" onSelect={() => setAsked('again')}>
          Trigger again with this configuration
        </MenuItem>
        <MenuItem asChild>
          <Link to={`/compare?dag=${encodeURIComponent(dag)}&run=${encodeURIComponent(run.run_id)}` as string}>
            Compare with another run
          </Link>
        </MenuItem>
        <MenuLine />
        <MenuItem icon="trash" danger onSelect={() => setAsked('delete')}>
          Delete
        </MenuItem>
      </Menu>
      {(asked === 'clear' || asked === 'failed-only') && (
        <ClearDialog
          wholeRuns
          onlyFailed={asked === 'failed-only'}
          targets={[{ dag, run: run.run_id, task: '', mapIndex: -1 }]}
          onClose={close}
        />
      )}
      {asked === 'again' && <TriggerDialog dag={dag} conf={run.conf ?? {}} open onOpenChange={close} />}
      <Confirm
        open={asked === 'success' || asked === 'failed'}
        onOpenChange={close}
        title={`Mark the run as ${asked === 'success' ? 'success' : 'failed'}`}
        description={
          asked === 'failed'
            ? 'Tasks that run are ended and marked failed; those that have not begun are skipped.'
            : 'Tasks that are not finished are marked success.'
        }
        confirm="Mark"
        danger={asked === 'failed'}
        action={async () => {
          await markRun(dag, run.run_id, asked === 'success' ? 'success' : 'failed');
          await stale(dag);
        }}
        done="The run was marked."
      />
      <Confirm
        open={asked === 'delete'}
        onOpenChange={close}
        title="Delete the run"
        description={`${run.run_id} and its ${run.task_instances.length} task instances are removed. This cannot be taken back.`}
        confirm="Delete"
        danger
        action={async () => {
          await deleteRun(dag, run.run_id);
          await stale(dag);
        }}
        done="The run was deleted."
        onDone={() => navigate({ to: '/dags/$dag/runs', params: { dag }, search: {} })}
      />
    </>
  );
}
