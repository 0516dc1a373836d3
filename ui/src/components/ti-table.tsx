import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Ti } from '../api/types.ts';
import { Button } from './button.tsx';
import { ClearDialog } from './clear/clear-dialog.tsx';
import { MarkDialog } from './clear/mark-dialog.tsx';
import type { Target } from './clear/target.ts';
import { StateChip } from './state.tsx';
import { BulkBar, type Column, Table } from './table.tsx';
import { Took, When } from './when.tsx';

const keyOf = (ti: Ti) => `${ti.run_id}\n${ti.task_id}\n${ti.map_index}`;

/** The link to a task instance. */
export function TiLink({
  ti,
  children,
  tab,
}: {
  ti: { dag_id: string; run_id: string; task_id: string; map_index: number };
  children: React.ReactNode;
  tab?: 'log';
}) {
  const search = tab ? { tab } : {};
  if (ti.map_index >= 0) {
    return (
      <Link
        to="/dags/$dag/runs/$run/tasks/$task/$mapIndex"
        params={{ dag: ti.dag_id, run: ti.run_id, task: ti.task_id, mapIndex: String(ti.map_index) }}
        search={search}
      >
        {children}
      </Link>
    );
  }
  return (
    <Link to="/dags/$dag/runs/$run/tasks/$task" params={{ dag: ti.dag_id, run: ti.run_id, task: ti.task_id }} search={search}>
      {children}
    </Link>
  );
}

const SORTS: Record<string, (ti: Ti) => string | number> = {
  task: (ti) => ti.task_id,
  run: (ti) => ti.run_id,
  state: (ti) => ti.state ?? '',
  start: (ti) => ti.start_date ?? '9',
  duration: (ti) => ti.duration ?? -1,
  tries: (ti) => ti.try_number,
};

interface Props {
  rows: readonly Ti[];
  empty?: React.ReactNode;
  sorted?: string;
  /** What tells them apart: their tasks, or, for one task, its runs. */
  named?: 'task' | 'run';
}

/** Task instances of one DAG, to read, sort, and do something to. */
export function TiTable({ rows, empty, sorted = 'start', named = 'task' }: Props) {
  const [sort, setSort] = useState(sorted);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<'clear' | 'success' | 'failed' | null>(null);
  const by = SORTS[sort.replace('-', '')] ?? SORTS.task!;
  const ordered = rows.toSorted((a, b) => {
    const [x, y] = [by(a), by(b)];
    return (x < y ? -1 : x > y ? 1 : a.map_index - b.map_index) * (sort.startsWith('-') ? -1 : 1);
  });
  const targets: Target[] = rows
    .filter((ti) => chosen.has(keyOf(ti)))
    .map((ti) => ({ dag: ti.dag_id, run: ti.run_id, task: ti.task_id, mapIndex: ti.map_index }));
  const columns: Column<Ti>[] = [
    {
      id: 'task',
      header: named === 'run' ? 'Run' : 'Task',
      sort: named,
      isName: true,
      cell: (ti) => (
        <TiLink ti={ti}>
          <span className="break">
            {named === 'run' ? ti.run_id : ti.task_id}
            {ti.map_index >= 0 && ` [${ti.map_index}]`}
          </span>
        </TiLink>
      ),
    },
    { id: 'state', header: 'State', sort: 'state', cell: (ti) => <StateChip state={ti.state} size="small" /> },
    { id: 'start', header: 'Started', sort: 'start', cell: (ti) => <When at={ti.start_date} show="absolute" /> },
    {
      id: 'duration',
      header: 'Duration',
      sort: 'duration',
      align: 'right',
      cell: (ti) =>
        ti.start_date ? <Took start={ti.start_date} end={ti.end_date} seconds={ti.duration} /> : <span className="muted">–</span>,
    },
    { id: 'tries', header: 'Tries', sort: 'tries', align: 'right', cell: (ti) => `${ti.try_number} / ${ti.max_tries + 1}` },
    { id: 'operator', header: 'Operator', from: 1024, cell: (ti) => <span className="muted">{ti.operator}</span> },
    { id: 'pool', header: 'Pool', from: 1280, cell: (ti) => <span className="muted">{ti.pool}</span> },
    {
      id: 'log',
      header: <span className="sr">Log</span>,
      align: 'right',
      cell: (ti) =>
        ti.try_number > 0 ? (
          <TiLink ti={ti} tab="log">
            Log
          </TiLink>
        ) : null,
    },
  ];
  return (
    <>
      <Table
        label="Task instances"
        columns={columns}
        rows={ordered}
        rowKey={keyOf}
        sort={sort}
        onSort={setSort}
        selected={chosen}
        onSelect={setChosen}
        selectLabel={(ti) => (named === 'run' ? ti.run_id : ti.task_id)}
        empty={empty}
        foot={`${rows.length} task ${rows.length === 1 ? 'instance' : 'instances'}`}
      />
      <BulkBar count={targets.length} what="task instance" onClear={() => setChosen(new Set())}>
        <Button size="small" icon="refresh" onClick={() => setAsked('clear')}>
          Clear
        </Button>
        <Button size="small" onClick={() => setAsked('success')}>
          Mark success
        </Button>
        <Button size="small" onClick={() => setAsked('failed')}>
          Mark failed
        </Button>
      </BulkBar>
      {asked === 'clear' && <ClearDialog targets={targets} onClose={() => setAsked(null)} />}
      {(asked === 'success' || asked === 'failed') && <MarkDialog targets={targets} state={asked} onClose={() => setAsked(null)} />}
    </>
  );
}
