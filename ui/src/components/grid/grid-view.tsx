import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { queries } from '../../api/queries.ts';
import type { Grid } from '../../api/types.ts';
import { decodeCells, type Rect } from '../../lib/grid.ts';
import { cellOf } from '../../lib/states.ts';
import { Button, IconButton } from '../button.tsx';
import { ClearDialog } from '../clear/clear-dialog.tsx';
import { MarkDialog } from '../clear/mark-dialog.tsx';
import type { Target } from '../clear/target.ts';
import { SearchField, SelectField } from '../field.tsx';
import { BulkBar } from '../table.tsx';
import { Empty, View } from '../view.tsx';
import { GridCanvas } from './grid-canvas.tsx';
import styles from './grid-view.module.css';

const COUNTS = ['25', '50', '100', '365'] as const;

/** The runs of a DAG against its tasks. */
export function GridView({ dag }: { dag: string }) {
  const search = useSearch({ from: '/shell/dags/$dag/' });
  const navigate = useNavigate({ from: '/dags/$dag' });
  const change = (next: Partial<typeof search>) =>
    navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  const query = useQuery(
    queries.grid(dag, {
      n: search.runs ?? 25,
      around: search.around,
      run_type: search.run_type,
      state: search.state,
      root: search.root,
      dir: search.dir,
    }),
  );
  return (
    <div className={styles.view}>
      <search className={styles.bar}>
        <SearchField
          className={styles.find}
          label="Find a task"
          data-find=""
          value={search.q ?? ''}
          onChange={(event) => change({ q: event.target.value || undefined })}
        />
        <SelectField
          label="Runs shown"
          hideLabel
          value={String(search.runs ?? 25)}
          onChange={(event) => change({ runs: event.target.value === '25' ? undefined : Number(event.target.value) })}
          options={COUNTS.map((count) => [count, `${count} runs`])}
        />
        <SelectField
          label="Type of run"
          hideLabel
          value={search.run_type ?? ''}
          onChange={(event) => change({ run_type: event.target.value || undefined })}
          options={[
            ['', 'All types'],
            ['scheduled', 'Scheduled'],
            ['manual', 'Manual'],
            ['backfill', 'Backfill'],
            ['asset_triggered', 'Asset'],
          ]}
        />
        <SelectField
          label="State of run"
          hideLabel
          value={search.state ?? ''}
          onChange={(event) => change({ state: event.target.value || undefined })}
          options={[
            ['', 'All states'],
            ['running', 'Running'],
            ['queued', 'Queued'],
            ['success', 'Success'],
            ['failed', 'Failed'],
          ]}
        />
        <span className={styles.turn}>
          <IconButton
            icon="left"
            label="Older runs"
            disabled={!query.data?.older}
            onClick={() => change({ around: query.data?.runs[0]?.run_id })}
          />
          <IconButton
            icon="right"
            label="Newer runs"
            disabled={!query.data?.newer}
            onClick={() => change({ around: query.data?.runs.at(-1)?.run_id })}
          />
          {search.around && (
            <Button size="small" onClick={() => change({ around: undefined })}>
              Newest
            </Button>
          )}
        </span>
      </search>
      <View query={query}>
        {(grid) =>
          grid.runs.length === 0 && grid.tasks.length === 0 ? (
            <Empty title="This DAG has no tasks" />
          ) : (
            <Ready
              dag={dag}
              grid={grid}
              find={search.q ?? ''}
              onTurn={(newer) =>
                change({
                  around: newer ? (grid.newer ? grid.runs.at(-1)?.run_id : undefined) : grid.older ? grid.runs[0]?.run_id : search.around,
                })
              }
            />
          )
        }
      </View>
    </div>
  );
}

function Ready({ dag, grid, find, onTurn }: { dag: string; grid: Grid; find: string; onTurn: (newer: boolean) => void }) {
  const cells = useMemo(() => decodeCells(grid.cells), [grid.cells]);
  const [chosen, setChosen] = useState<{ rect: Rect; rows: number[] } | null>(null);
  const [asked, setAsked] = useState<{ what: 'clear' | 'success' | 'failed'; targets: Target[] } | null>(null);

  const targetsOf = (rect: Rect, rows: number[]): Target[] => {
    const targets: Target[] = [];
    for (let column = rect.left; column <= rect.right; column++) {
      for (let row = Math.max(0, rect.top); row <= rect.bottom; row++) {
        const index = rows[row];
        const task = index === undefined ? undefined : grid.tasks[index];
        const run = grid.runs[column];
        if (!task || !run || task.kind !== 'task' || cellOf(cells[index! * grid.runs.length + column] ?? 15).absent) continue;
        targets.push({ dag, run: run.run_id, task: task.id, mapIndex: -1 });
      }
    }
    return targets;
  };
  const targets = chosen ? targetsOf(chosen.rect, chosen.rows) : [];
  const many = chosen !== null && (chosen.rect.top !== chosen.rect.bottom || chosen.rect.left !== chosen.rect.right);

  return (
    <>
      <GridCanvas
        dag={dag}
        grid={grid}
        cells={cells}
        find={find}
        onTurn={onTurn}
        onChoose={(rect, rows) => setChosen(rect && { rect, rows })}
        onAct={(what, rect, rows) => {
          const found = targetsOf(rect, rows);
          if (found.length > 0) setAsked({ what, targets: found });
        }}
      />
      <BulkBar count={many ? targets.length : 0} what="task instance" onClear={() => setChosen(null)}>
        <Button size="small" icon="refresh" onClick={() => setAsked({ what: 'clear', targets })}>
          Clear
        </Button>
        <Button size="small" onClick={() => setAsked({ what: 'success', targets })}>
          Mark success
        </Button>
        <Button size="small" onClick={() => setAsked({ what: 'failed', targets })}>
          Mark failed
        </Button>
      </BulkBar>
      {asked?.what === 'clear' && <ClearDialog targets={asked.targets} onClose={() => setAsked(null)} />}
      {asked && asked.what !== 'clear' && <MarkDialog targets={asked.targets} state={asked.what} onClose={() => setAsked(null)} />}
    </>
  );
}
