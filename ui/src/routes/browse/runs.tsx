import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { clearRuns, deleteRuns, markRuns } from '../../api/bulk.ts';
import { queries } from '../../api/queries.ts';
import type { Run } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { CheckField } from '../../components/field.tsx';
import { Choice, Choices, Filters, Find, TimeBound } from '../../components/list/filters.tsx';
import { counted, More } from '../../components/list/pages.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { Page } from '../../components/page.tsx';
import { StateChip } from '../../components/state.tsx';
import { BulkBar, type Column, Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import { Took, When } from '../../components/when.tsx';
import { useCan } from '../../lib/can.ts';
import { useFilters } from '../../lib/filters.ts';
import { RUN_STATES, stateWord } from '../../lib/states.ts';
import { AffectedByDag, Frozen } from './affected.tsx';
import styles from './browse.module.css';

interface Search {
  dag?: string | undefined;
  q?: string | undefined;
  state?: string[] | undefined;
  run_type?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
  cursor?: string | undefined;
}

export const RUN_TYPES = [
  ['scheduled', 'scheduled'],
  ['manual', 'manual'],
  ['backfill', 'backfill'],
  ['asset_triggered', 'by an asset'],
] as const;

const columns: Column<Run>[] = [
  {
    id: 'run',
    header: 'Run',
    isName: true,
    cell: (run) => (
      <Link to="/dags/$dag/runs/$run" params={{ dag: run.dag_id, run: run.run_id }} className={styles.link}>
        {run.run_id}
      </Link>
    ),
  },
  {
    id: 'dag',
    header: 'DAG',
    cell: (run) => (
      <Link to="/dags/$dag" params={{ dag: run.dag_id }} className={styles.link}>
        {run.dag_id}
      </Link>
    ),
  },
  { id: 'state', header: 'State', cell: (run) => <StateChip state={run.state} size="small" /> },
  { id: 'type', header: 'Type', from: 768, cell: (run) => <span className="muted">{run.run_type.replaceAll('_', ' ')}</span> },
  { id: 'after', header: 'Due', cell: (run) => <When at={run.run_after} /> },
  { id: 'start', header: 'Started', from: 1280, cell: (run) => <When at={run.start_date} show="relative" /> },
  {
    id: 'took',
    header: 'Took',
    align: 'right',
    cell: (run) => <Took start={run.start_date} end={run.end_date} seconds={run.duration} />,
  },
  { id: 'by', header: 'By', from: 1280, cell: (run) => <span className="muted">{run.triggered_by}</span> },
];

const idOf = (run: Run) => JSON.stringify([run.dag_id, run.run_id]);
type Act = 'clear' | 'delete' | 'success' | 'failed' | 'queued';

/** All runs of all DAGs, and what is done to many of them at once. */
export function RunsPage() {
  const [search, change] = useFilters<Search>();
  const can = useCan();
  const { cursor, ...filters } = search;
  const query = useQuery(queries.runs({ ...filters, cursor, limit: 100 }));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [act, setAct] = useState<{ act: Act; runs: Run[] } | null>(null);
  const active = Object.values(filters).filter((value) => value !== undefined).length;
  const reset = () => change({ dag: undefined, q: undefined, state: undefined, run_type: undefined, after: undefined, before: undefined });
  const start = (which: Act) => setAct({ act: which, runs: (query.data?.runs ?? []).filter((run) => chosen.has(idOf(run))) });
  const mayEdit = can('edit', 'DAG Runs');
  const mayDelete = can('delete', 'DAG Runs');
  return (
    <Page title="Runs">
      <Filters active={active} onReset={reset}>
        <Find label="Find a run by its id" value={search.q} onChange={(q) => change({ q })} main />
        <Find label="DAG" value={search.dag} onChange={(dag) => change({ dag })} />
        <Choices
          label="State"
          value={search.state}
          options={RUN_STATES.map((state) => [state, stateWord(state)] as const)}
          onChange={(state) => change({ state })}
        />
        <Choice label="Type" value={search.run_type} options={RUN_TYPES} onChange={(run_type) => change({ run_type })} />
        <TimeBound label="Due from" value={search.after} onChange={(after) => change({ after })} />
        <TimeBound label="to" value={search.before} onChange={(before) => change({ before })} />
      </Filters>
      <View query={query}>
        {(data) => (
          <Table<Run>
            label="Runs"
            columns={columns}
            rows={data.runs}
            rowKey={idOf}
            {...(mayEdit || mayDelete ? { selected: chosen, onSelect: setChosen, selectLabel: (run: Run) => run.run_id } : {})}
            empty={
              active > 0 || cursor ? (
                <Empty icon="search" title="No run matches" action={<Button onClick={reset}>Clear the filters</Button>} />
              ) : (
                <Empty icon="runs" title="No runs yet">
                  A run appears when a DAG that is not paused is due, or when somebody triggers it.
                </Empty>
              )
            }
            foot={
              data.runs.length > 0 && (
                <More
                  shown={data.runs.length}
                  total={data.total}
                  what="run"
                  first={!cursor}
                  next={data.next}
                  onCursor={(next) => {
                    setChosen(new Set());
                    change({ cursor: next }, 'push');
                  }}
                />
              )
            }
          />
        )}
      </View>
      <BulkBar count={chosen.size} what="run" onClear={() => setChosen(new Set())}>
        {mayEdit && (
          <>
            <Button size="small" icon="refresh" onClick={() => start('clear')}>
              Clear
            </Button>
            <Menu
              trigger={
                <Button size="small" icon="check">
                  Mark
                </Button>
              }
            >
              <MenuItem onSelect={() => start('success')}>Success</MenuItem>
              <MenuItem onSelect={() => start('failed')}>Failed</MenuItem>
              <MenuItem onSelect={() => start('queued')}>Queued</MenuItem>
            </Menu>
          </>
        )}
        {mayDelete && (
          <Button size="small" icon="trash" onClick={() => start('delete')}>
            Delete
          </Button>
        )}
      </BulkBar>
      {act && <RunsDialog {...act} onClose={() => setAct(null)} onDone={() => setChosen(new Set())} />}
    </Page>
  );
}

function RunsDialog({ act, runs, onClose, onDone }: { act: Act; runs: Run[]; onClose: () => void; onDone: () => void }) {
  const [onlyFailed, setOnlyFailed] = useState(false);
  const what = counted(runs.length, 'run');
  const shared = { open: true, onOpenChange: (open: boolean) => !open && onClose(), onDone };
  const names = <Frozen names={runs.map((run) => `${run.dag_id} · ${run.run_id}`)} />;
  if (act === 'clear') {
    return (
      <Confirm
        {...shared}
        title={`Clear ${what}`}
        description="What is cleared runs again, with a new try."
        choices={
          <CheckField label="Only tasks that failed" checked={onlyFailed} onChange={(event) => setOnlyFailed(event.target.checked)} />
        }
        dryRun={{
          key: ['clear-runs', runs.map(idOf), onlyFailed],
          run: () => clearRuns(runs, onlyFailed, true),
          show: (affected) => <AffectedByDag affected={affected} />,
          none: 'Nothing would be cleared',
        }}
        confirm="Clear"
        action={() => clearRuns(runs, onlyFailed, false)}
        done={(affected) => `Cleared ${counted(affected.length, 'task instance')} of ${what}.`}
      />
    );
  }
  if (act === 'delete') {
    return (
      <Confirm
        {...shared}
        title={`Delete ${what}?`}
        description="Their task instances, XComs and notes go with them. This cannot be undone."
        choices={names}
        confirm="Delete"
        danger
        action={() => deleteRuns(runs)}
        done={`Deleted ${what}.`}
      />
    );
  }
  return (
    <Confirm
      {...shared}
      title={`Mark ${what} as ${act}`}
      description={
        act === 'failed'
          ? 'Tasks that run are ended.'
          : act === 'success'
            ? 'Tasks that have not ended are ended.'
            : 'They run again where tasks were cleared.'
      }
      choices={names}
      confirm={`Mark ${act}`}
      danger={act === 'failed'}
      action={() => markRuns(runs, act)}
      done={`Marked ${what} as ${act}.`}
    />
  );
}
