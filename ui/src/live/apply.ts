/** What a change makes old. Only what is on a page is asked again, and at most a few times a second. */
import { client } from '../api/queries.ts';
import type { Grid } from '../api/types.ts';
import { announce } from '../lib/announce.ts';
import { decodeCells, encodeCells } from '../lib/grid.ts';
import { isFinished, stateWord, withState } from '../lib/states.ts';
import { askAgain } from './ask-again.ts';

export type Change =
  | { name: 'dag'; data: { dag_id: string } }
  | { name: 'run'; data: { dag_id: string; run_id: string; state: string | null } }
  | { name: 'grid'; data: { dag_id: string; run_id: string; cells: [string, number, string | null][] } }
  | { name: 'import_error' | 'pool' | 'health' | 'dataset' | 'reset'; data: object };

/** The first change after a quiet time is asked for at once, or nearly; what follows it is gathered. */
const SOON_MS = 30;
const GATHER_MS = 400;
const SAY_MS = 5_000;

const old = new Map<string, readonly unknown[]>();
let timer: ReturnType<typeof setTimeout> | undefined;
let asked = 0;
let said = 0;

/** Asks again for what has such a key, together with all else that changed in the same moment. */
function stale(...key: unknown[]) {
  old.set(JSON.stringify(key), key);
  if (timer !== undefined) return;
  timer = setTimeout(
    () => {
      timer = undefined;
      asked = Date.now();
      const keys = [...old.values()];
      old.clear();
      for (const queryKey of keys) askAgain(client, { queryKey });
    },
    Math.max(SOON_MS, asked + GATHER_MS - Date.now()),
  );
}

export const staleAll = () => askAgain(client, { predicate: (query) => query.queryKey[0] !== 'me' && query.queryKey[0] !== 'dry-run' });

export function apply(change: Change) {
  switch (change.name) {
    case 'reset':
      staleAll();
      return;
    case 'dag':
      stale('dags');
      stale('dag', change.data.dag_id);
      return;
    case 'run': {
      const { dag_id, run_id, state } = change.data;
      stale('dags');
      stale('home');
      stale('runs');
      stale('questions');
      stale('dag', dag_id);
      stale('run', dag_id, run_id);
      sayIfWatched(run_id, state);
      return;
    }
    case 'grid': {
      const { dag_id, run_id, cells } = change.data;
      patchGrids(dag_id, run_id, cells);
      stale('run', dag_id, run_id);
      stale('task-instances');
      stale('questions');
      return;
    }
    case 'import_error':
      stale('import-errors');
      stale('dags');
      stale('home');
      return;
    case 'pool':
      stale('pools');
      stale('home');
      return;
    case 'dataset':
      stale('assets');
      return;
    case 'health':
      stale('home');
  }
}

/** Writes new states into the grids that are shown. A cell of copies, and one of a group, comes with the next answer. */
function patchGrids(dag: string, run: string, cells: readonly [string, number, string | null][]) {
  // An answer that is on its way may be from before the change, and then takes it back.
  let partly = client.isFetching({ queryKey: ['dag', dag, 'grid'] }) > 0;
  client.setQueriesData<Grid>({ queryKey: ['dag', dag, 'grid'] }, (grid) => {
    if (!grid?.cells) return grid;
    const column = grid.runs.findIndex((each) => each.run_id === run);
    if (column < 0) {
      partly = true;
      return grid;
    }
    const bytes = decodeCells(grid.cells);
    for (const [task, mapIndex, state] of cells) {
      const row = grid.tasks.findIndex((each) => each.id === task);
      const at = row * grid.runs.length + column;
      if (row < 0 || mapIndex >= 0 || bytes[at] === undefined) partly = true;
      else {
        if (grid.tasks[row]!.parent !== null) partly = true;
        bytes[at] = withState(bytes[at], state);
      }
    }
    return { ...grid, cells: encodeCells(bytes) };
  });
  if (partly) stale('dag', dag, 'grid');
}

/** The end of the run that is on the page is said, at most one sentence in five seconds. */
function sayIfWatched(run: string, state: string | null) {
  if (!isFinished(state) || !decodeURIComponent(location.pathname).includes(`/runs/${run}`) || Date.now() - said < SAY_MS) return;
  said = Date.now();
  announce(`The run is ${stateWord(state)}.`);
}
