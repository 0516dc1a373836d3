import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Scope } from '../../api/actions.ts';
import { clearTis, deleteTis, markTis } from '../../api/bulk.ts';
import { queries } from '../../api/queries.ts';
import type { Ti } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ScopeChoice } from '../../components/clear/scope.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Choices, Filters, Find, TimeBound } from '../../components/list/filters.tsx';
import { counted, More } from '../../components/list/pages.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { Page } from '../../components/page.tsx';
import { StateChip } from '../../components/state.tsx';
import { BulkBar, type Column, Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import { Took, When } from '../../components/when.tsx';
import { useCan } from '../../lib/can.ts';
import { useFilters } from '../../lib/filters.ts';
import { stateWord, TASK_STATES } from '../../lib/states.ts';
import { AffectedByDag, Frozen } from './affected.tsx';
import styles from './browse.module.css';

interface Search {
  dag?: string | undefined;
  task?: string | undefined;
  run?: string | undefined;
  q?: string | undefined;
  state?: string[] | undefined;
  operator?: string | undefined;
  pool?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
  cursor?: string | undefined;
}

export function TiLink({ ti }: { ti: Pick<Ti, 'dag_id' | 'run_id' | 'task_id' | 'map_index'> }) {
  const params = { dag: ti.dag_id, run: ti.run_id, task: ti.task_id };
  return ti.map_index >= 0 ? (
    <Link to="/dags/$dag/runs/$run/tasks/$task/$mapIndex" params={{ ...params, mapIndex: String(ti.map_index) }} className={styles.link}>
      {ti.task_id} [{ti.map_index}]
    </Link>
  ) : (
    <Link to="/dags/$dag/runs/$run/tasks/$task" params={params} className={styles.link}>
      {ti.task_id}
    </Link>
  );
}

const columns: Column<Ti>[] = [
  { id: 'task', header: 'Task', isName: true, cell: (ti) => <TiLink ti={ti} /> },
  {
    id: 'dag',
    header: 'DAG',
    cell: (ti) => (
      <Link to="/dags/$dag" params={{ dag: ti.dag_id }} className={styles.link}>
        {ti.dag_id}
      </Link>
    ),
  },
  {
    id: 'run',
    header: 'Run',
    cell: (ti) => (
      <Link to="/dags/$dag/runs/$run" params={{ dag: ti.dag_id, run: ti.run_id }} className={styles.link}>
        {ti.run_id}
      </Link>
    ),
  },
  { id: 'state', header: 'State', cell: (ti) => <StateChip state={ti.state} size="small" /> },
  {
    id: 'try',
    header: 'Try',
    align: 'right',
    cell: (ti) => (
      <span>
        {ti.try_number}
        <span className="muted"> of {ti.max_tries + 1}</span>
      </span>
    ),
  },
  { id: 'operator', header: 'Operator', from: 1600, cell: (ti) => <span className="muted">{ti.operator}</span> },
  { id: 'start', header: 'Started', cell: (ti) => <When at={ti.start_date} /> },
  { id: 'took', header: 'Took', align: 'right', cell: (ti) => <Took start={ti.start_date} end={ti.end_date} seconds={ti.duration} /> },
  { id: 'pool', header: 'Pool', from: 1600, cell: (ti) => <span className="muted">{ti.pool}</span> },
];

const idOf = (ti: Ti) => JSON.stringify([ti.dag_id, ti.run_id, ti.task_id, ti.map_index]);
type Act = 'clear' | 'delete' | 'success' | 'failed' | 'skipped';

/** Task instances of all DAGs, and what is done to many of them at once. */
export function TaskInstancesPage() {
  const [search, change] = useFilters<Search>();
  const can = useCan();
  const { cursor, ...filters } = search;
  const query = useQuery(queries.taskInstances({ ...filters, cursor, limit: 100 }));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [act, setAct] = useState<{ act: Act; tis: Ti[]; scope: Scope } | null>(null);
  const active = Object.values(filters).filter((value) => value !== undefined).length;
  const reset = () => change(Object.fromEntries(Object.keys(filters).map((key) => [key, undefined])));
  const start = (which: Act, scope: Scope = {}) =>
    setAct({ act: which, scope, tis: (query.data?.task_instances ?? []).filter((ti) => chosen.has(idOf(ti))) });
  const mayEdit = can('edit', 'Task Instances');
  const mayDelete = can('delete', 'Task Instances');
  return (
    <Page title="Task instances">
      <Filters active={active} onReset={reset}>
        <Find label="Find a task" value={search.task} onChange={(task) => change({ task })} main />
        <Find label="DAG" value={search.dag} onChange={(dag) => change({ dag })} />
        <Find label="Run" value={search.run} onChange={(run) => change({ run })} />
        <Choices
          label="State"
          value={search.state}
          options={TASK_STATES.map((state) => [state, stateWord(state)] as const)}
          onChange={(state) => change({ state })}
        />
        <Find label="Operator" value={search.operator} onChange={(operator) => change({ operator })} />
        <Find label="Pool" value={search.pool} onChange={(pool) => change({ pool })} />
        <TimeBound label="Due from" value={search.after} onChange={(after) => change({ after })} />
        <TimeBound label="to" value={search.before} onChange={(before) => change({ before })} />
      </Filters>
      <View query={query}>
        {(data) => (
          <Table<Ti>
            label="Task instances"
            columns={columns}
            rows={data.task_instances}
            rowKey={idOf}
            {...(mayEdit || mayDelete
              ? { selected: chosen, onSelect: setChosen, selectLabel: (ti: Ti) => `${ti.task_id} of ${ti.run_id}` }
              : {})}
            empty={
              active > 0 || cursor ? (
                <Empty icon="search" title="No task instance matches" action={<Button onClick={reset}>Clear the filters</Button>} />
              ) : (
                <Empty icon="list" title="No task instances yet">
                  They appear with the first run of a DAG.
                </Empty>
              )
            }
            foot={
              data.task_instances.length > 0 && (
                <More
                  shown={data.task_instances.length}
                  total={data.total}
                  what="task instance"
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
      <BulkBar count={chosen.size} what="task instance" onClear={() => setChosen(new Set())}>
        {mayEdit && (
          <>
            <Menu
              trigger={
                <Button size="small" icon="refresh">
                  Clear
                </Button>
              }
            >
              <MenuItem onSelect={() => start('clear')}>Only these</MenuItem>
              <MenuItem onSelect={() => start('clear', { downstream: true })}>With downstream tasks</MenuItem>
            </Menu>
            <Menu
              trigger={
                <Button size="small" icon="check">
                  Mark
                </Button>
              }
            >
              <MenuItem onSelect={() => start('success')}>Success</MenuItem>
              <MenuItem onSelect={() => start('failed')}>Failed</MenuItem>
              <MenuItem onSelect={() => start('skipped')}>Skipped</MenuItem>
            </Menu>
          </>
        )}
        {mayDelete && (
          <Button size="small" icon="trash" onClick={() => start('delete')}>
            Delete
          </Button>
        )}
      </BulkBar>
      {act && <TisDialog {...act} onClose={() => setAct(null)} onDone={() => setChosen(new Set())} />}
    </Page>
  );
}

interface DialogProps {
  act: Act;
  tis: Ti[];
  scope: Scope;
  onClose: () => void;
  onDone: () => void;
}

function TisDialog({ act, tis, scope: first, onClose, onDone }: DialogProps) {
  const [scope, setScope] = useState(first);
  const what = counted(tis.length, 'task instance');
  const shared = { open: true, onOpenChange: (open: boolean) => !open && onClose(), onDone };
  const names = (
    <Frozen names={tis.map((ti) => `${ti.dag_id} · ${ti.run_id} · ${ti.task_id}${ti.map_index >= 0 ? ` [${ti.map_index}]` : ''}`)} />
  );
  if (act === 'clear') {
    return (
      <Confirm
        {...shared}
        title={`Clear ${what}`}
        description="What is cleared runs again, with a new try. Logs of earlier tries stay."
        choices={<ScopeChoice scope={scope} onChange={setScope} />}
        dryRun={{
          key: ['clear-tis', tis.map(idOf), scope],
          run: () => clearTis(tis, scope, true),
          show: (affected) => <AffectedByDag affected={affected} />,
          none: 'Nothing would be cleared',
        }}
        confirm="Clear"
        action={(affected) =>
          clearTis(
            affected.map((each) => ({ ...each, run_id: each.dag_run_id })),
            {},
            false,
          )
        }
        done={(affected) => `Cleared ${counted(affected.length, 'task instance')}.`}
      />
    );
  }
  if (act === 'delete') {
    return (
      <Confirm
        {...shared}
        title={`Delete ${what}?`}
        description="Their XComs and notes go with them. This cannot be undone."
        choices={names}
        confirm="Delete"
        danger
        action={() => deleteTis(tis)}
        done={`Deleted ${what}.`}
      />
    );
  }
  return (
    <Confirm
      {...shared}
      title={`Mark ${what} as ${act}`}
      description={act === 'failed' ? 'What runs is ended.' : 'Nothing is run. Tasks that wait for them go on.'}
      choices={names}
      confirm={`Mark ${act}`}
      danger={act === 'failed'}
      action={() => markTis(tis, act)}
      done={`Marked ${what} as ${act}.`}
    />
  );
}
