import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ask, queries } from '../api/queries.ts';
import type { Run } from '../api/types.ts';
import { SelectField, TextField } from '../components/field.tsx';
import { Page, Panel } from '../components/page.tsx';
import { StateChip } from '../components/state.tsx';
import { type Column, Table } from '../components/table.tsx';
import { Empty, View } from '../components/view.tsx';
import { Took, When } from '../components/when.tsx';
import { path } from '../lib/base.ts';
import { changedFields } from '../lib/changes.ts';
import { shortly } from '../lib/event-extra.ts';
import { useFilters } from '../lib/filters.ts';
import { duration } from '../lib/time.ts';
import styles from './compare.module.css';

interface Search {
  dag?: string | undefined;
  run?: string[] | undefined;
}

interface Side {
  state: string | null;
  duration: number | null;
  try_number: number;
}
interface TaskRow {
  task_id: string;
  map_index: number;
  sides: (Side | null)[];
  delta: number | null;
}
type ComparedRun = Run & { conf: Record<string, unknown> | null };

const compare = (dag: string, runs: readonly string[]) =>
  ask<{ runs: ComparedRun[]; tasks: TaskRow[] }>(['run', dag, 'compare', ...runs], path`/ui/api/compare/${dag}`, { run: runs });

const LETTERS = ['A', 'B', 'C'];

/** Two or three runs of a DAG, side by side: what took longer, what ended otherwise, what was asked for. */
export function ComparePage() {
  const [search, change] = useFilters<Search>();
  const runs = (search.run ?? []).slice(0, 3);
  const dag = search.dag ?? '';
  const known = useQuery({ ...queries.runs({ dag, limit: 50 }), enabled: dag !== '' });
  const query = useQuery({ ...compare(dag, runs), enabled: dag !== '' && runs.length > 1 });
  const options = [...new Set([...runs, ...(known.data?.runs ?? []).filter((run) => run.dag_id === dag).map((run) => run.run_id)])];
  const choose = (index: number, id: string) => {
    const next = [...runs];
    if (id) next[index] = id;
    else next.splice(index, 1);
    change({ run: [...new Set(next)] });
  };
  return (
    <Page
      title="Compare runs"
      crumbs={
        dag && (
          <Link to="/dags/$dag" params={{ dag }}>
            {dag}
          </Link>
        )
      }
    >
      <div className={styles.choose}>
        {!search.dag && (
          <TextField
            label="DAG"
            placeholder="its id"
            onKeyDown={(event) => event.key === 'Enter' && change({ dag: event.currentTarget.value })}
            onBlur={(event) => change({ dag: event.currentTarget.value || undefined })}
          />
        )}
        {dag &&
          LETTERS.slice(0, Math.min(3, runs.length + 1)).map((letter, index) => (
            <SelectField
              key={letter}
              label={`Run ${letter}`}
              value={runs[index] ?? ''}
              options={[
                ['', index < 2 ? 'Choose a run' : 'None'],
                ...options.filter((id) => id === runs[index] || !runs.includes(id)).map((id): [string, string] => [id, id]),
              ]}
              onChange={(event) => choose(index, event.target.value)}
            />
          ))}
      </div>
      {runs.length < 2 ? (
        <Empty icon="runs" title={dag ? 'Choose two runs' : 'Choose a DAG'}>
          A third can be added. The address holds the choice, to share it.
        </Empty>
      ) : (
        <View query={query}>
          {(data) => (
            <>
              <Panel title="Runs" flush>
                <RunFacts dag={dag} runs={data.runs} />
              </Panel>
              <Table<TaskRow>
                label="Tasks"
                columns={taskColumns(dag, data.runs)}
                rows={data.tasks}
                rowKey={(row) => `${row.task_id} ${row.map_index}`}
                empty={<Empty icon="list" title="Neither run has tasks" />}
                foot="The greatest difference first."
              />
            </>
          )}
        </View>
      )}
    </Page>
  );
}

function RunFacts({ dag, runs }: { dag: string; runs: ComparedRun[] }) {
  const confs = runs.map((run) => run.conf ?? {});
  const keys = [...new Set(confs.slice(1).flatMap((conf) => changedFields(confs[0] ?? {}, conf)))];
  const versions = new Set(runs.map((run) => run.version));
  const rows: [string, (run: ComparedRun) => ReactNode][] = [
    [
      'Run',
      (run) => (
        <Link to="/dags/$dag/runs/$run" params={{ dag, run: run.run_id }}>
          {run.run_id}
        </Link>
      ),
    ],
    ['State', (run) => <StateChip state={run.state} size="small" />],
    ['Due', (run) => <When at={run.run_after} />],
    ['Took', (run) => <Took start={run.start_date} end={run.end_date} seconds={run.duration} />],
    [
      versions.size > 1 ? 'Version of the DAG (differs)' : 'Version of the DAG',
      (run) =>
        run.version === null ? (
          '–'
        ) : (
          <Link to="/dags/$dag/code" params={{ dag }} search={{ version: run.version }}>
            {run.version}
          </Link>
        ),
    ],
    ...keys.map((key): [string, (run: ComparedRun) => ReactNode] => [
      `conf.${key} (differs)`,
      (run) => <code className="break">{shortly(run.conf?.[key])}</code>,
    ]),
  ];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.scroll} aria-label="The runs" tabIndex={0}>
      <table className={styles.facts}>
        <thead>
          <tr>
            <th scope="col">
              <span className="sr">What</span>
            </th>
            {runs.map((run, index) => (
              <th key={run.run_id} scope="col">
                {LETTERS[index]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, show]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {runs.map((run) => (
                <td key={run.run_id}>{show(run)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** `+4.2 s`, `−1 min`: how much longer the others took than the first. */
export function deltaWords(delta: number | null): string {
  if (delta === null) return '–';
  if (Math.abs(delta) < 0.005) return 'same';
  return `${delta > 0 ? '+' : '−'}${duration(Math.abs(delta))}`;
}

const taskColumns = (dag: string, runs: ComparedRun[]): Column<TaskRow>[] => [
  {
    id: 'task',
    header: 'Task',
    isName: true,
    cell: (row) => `${row.task_id}${row.map_index >= 0 ? ` [${row.map_index}]` : ''}`,
  },
  ...runs.map(
    (run, index): Column<TaskRow> => ({
      id: run.run_id,
      header: LETTERS[index],
      cell: (row) => {
        const side = row.sides[index];
        if (!side) return <span className="muted">not there</span>;
        return (
          <span className={styles.side}>
            <Link
              to="/dags/$dag/runs/$run/tasks/$task"
              params={{ dag, run: run.run_id, task: row.task_id }}
              aria-label={`${row.task_id} in run ${LETTERS[index]}`}
            >
              <StateChip state={side.state} size="small" />
            </Link>
            <span>{duration(side.duration)}</span>
            {side.try_number > 1 && <span className="muted small">try {side.try_number}</span>}
          </span>
        );
      },
    }),
  ),
  { id: 'delta', header: 'Difference', align: 'right', cell: (row) => <strong className={styles.delta}>{deltaWords(row.delta)}</strong> },
];
