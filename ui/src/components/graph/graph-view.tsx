import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { queries } from '../../api/queries.ts';
import { worstOf } from '../../lib/graph.ts';
import { type Colours, svgOf } from '../../lib/graph-svg.ts';
import { saveFile } from '../../lib/save-file.ts';
import { stateOf as known, orderedCounts, type State, stateWord } from '../../lib/states.ts';
import { Button } from '../button.tsx';
import { SearchField, SelectField } from '../field.tsx';
import { Segments } from '../tabs.tsx';
import { Empty, View } from '../view.tsx';
import styles from './graph.module.css';
import { GraphCanvas } from './graph-canvas.tsx';
import { Outline } from './outline.tsx';

interface Shown {
  open?: string[] | undefined;
  dir?: 'LR' | 'TB' | undefined;
  root?: string | undefined;
  up?: number | undefined;
  down?: number | undefined;
  mark?: string | undefined;
}

const NEAR = [
  ['1', '1 level'],
  ['2', '2 levels'],
  ['3', '3 levels'],
  ['', 'all levels'],
] as const;

/** The colours that a state has on a light page, as the styles say them. */
function coloursOf(state: State): Colours {
  const probe = document.createElement('i');
  probe.dataset.s = state;
  Object.assign(probe.style, { colorScheme: 'light', backgroundColor: 'var(--fill)', color: 'var(--edge)', display: 'none' });
  document.body.append(probe);
  const { backgroundColor, color } = getComputedStyle(probe);
  probe.remove();
  return { fill: backgroundColor, edge: color };
}

function add<V>(all: Map<string, V[]>, key: string, value: V) {
  const before = all.get(key);
  if (before) before.push(value);
  else all.set(key, [value]);
}

/** The tasks of a DAG and what follows what, with the states of a run; and the same as an outline. */
export function GraphView({ dag, run }: { dag: string; run?: string }) {
  const search = useSearch({ strict: false }) as Shown;
  const navigate = useNavigate();
  const change = (next: Shown) =>
    navigate({ to: '.', search: (before: object) => ({ ...before, ...next }), replace: true, resetScroll: false } as never);
  const [as, setAs] = useState<'graph' | 'outline'>(window.innerWidth < 640 ? 'outline' : 'graph');
  const [find, setFind] = useState('');
  const details = useQuery(queries.dag(dag));
  const shownRun = run ?? details.data?.last_run?.run_id;
  const states = useQuery({ ...queries.run(dag, shownRun ?? ''), enabled: shownRun !== undefined });
  const query = useQuery(
    queries.graph(dag, { open: search.open, dir: search.dir ?? 'LR', root: search.root, up: search.up, down: search.down }),
  );

  const byTask = useMemo(() => {
    const all = new Map<string, (string | null)[]>();
    for (const ti of states.data?.task_instances ?? []) add(all, ti.task_id, ti.state);
    return new Map([...all].map(([task, each]) => [task, worstOf(each)]));
  }, [states.data]);
  const groups = useMemo(() => {
    const data = details.data;
    if (!data) return new Map<string, string | null>();
    const parentOf = new Map(data.groups.map((group) => [group.group_id, group.parent]));
    const within = new Map<string, (string | null)[]>();
    for (const task of data.tasks) {
      for (let group = task.parent; group; group = parentOf.get(group) ?? null) add(within, group, byTask.get(task.task_id) ?? null);
    }
    return new Map([...within].map(([group, each]) => [group, worstOf(each)]));
  }, [details.data, byTask]);
  const stateOf = useCallback((id: string): string | null => byTask.get(id) ?? groups.get(id) ?? null, [byTask, groups]);

  const mark = shownRun === undefined ? undefined : search.mark;
  const only = useMemo(() => (mark === undefined ? null : (id: string) => known(stateOf(id)) === mark), [mark, stateOf]);

  const openTask = (task: string) => {
    if (shownRun !== undefined && byTask.has(task))
      navigate({ to: '/dags/$dag/runs/$run/tasks/$task', params: { dag, run: shownRun, task }, search: {} });
    else navigate({ to: '/dags/$dag/tasks/$task', params: { dag, task }, search: {} });
  };
  const toggle = (group: string) => {
    const now = search.open?.includes('*') ? (details.data?.groups.map((each) => each.group_id) ?? []) : (search.open ?? []);
    change({ open: now.includes(group) ? now.filter((each) => each !== group) : [...now, group] });
  };
  const near = (name: 'up' | 'down', word: string) => (
    <SelectField
      label={word}
      hideLabel
      value={String(search[name] ?? '')}
      onChange={(event) => change({ [name]: event.target.value === '' ? undefined : Number(event.target.value) })}
      options={NEAR.map(([value, text]) => [value, `${word}: ${text}`])}
    />
  );

  return (
    <div className={styles.view}>
      <search className={styles.bar}>
        <SearchField
          className={styles.find}
          label="Find a task"
          data-find=""
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <Segments
          label="Shown as"
          value={as}
          onChange={setAs}
          options={[
            ['graph', 'Graph'],
            ['outline', 'Outline'],
          ]}
        />
        {as === 'graph' && (
          <>
            <Segments
              label="Direction"
              value={search.dir ?? 'LR'}
              onChange={(dir) => change({ dir: dir === 'LR' ? undefined : dir })}
              options={[
                ['LR', 'Left to right'],
                ['TB', 'Top to bottom'],
              ]}
            />
            {(details.data?.groups.length ?? 0) > 0 && (
              <>
                <Button size="small" onClick={() => change({ open: ['*'] })}>
                  Open all
                </Button>
                <Button size="small" onClick={() => change({ open: undefined })}>
                  Close all
                </Button>
              </>
            )}
            {search.root ? (
              <>
                {near('up', 'Upstream')}
                {near('down', 'Downstream')}
                <Button size="small" icon="close" onClick={() => change({ root: undefined, up: undefined, down: undefined })}>
                  {search.root}
                </Button>
              </>
            ) : (
              find &&
              details.data?.tasks
                .filter((task) => task.task_id.includes(find))
                .slice(0, 1)
                .map((task) => (
                  <Button key={task.task_id} size="small" onClick={() => change({ root: task.task_id, up: 1, down: 1 })}>
                    Focus on {task.label}
                  </Button>
                ))
            )}
          </>
        )}
        {shownRun && states.data && (
          <SelectField
            label="State of task"
            hideLabel
            value={search.mark ?? ''}
            onChange={(event) => change({ mark: event.target.value || undefined })}
            options={[
              ['', 'All states'],
              ...orderedCounts(states.data.counts).map(([state, count]): [string, string] => [state, `${stateWord(state)}: ${count}`]),
            ]}
          />
        )}
        {as === 'graph' && query.data && (
          <Button
            size="small"
            icon="download"
            onClick={() => saveFile(`${dag}.svg`, svgOf(query.data!, shownRun ? stateOf : null, coloursOf), 'image/svg+xml')}
          >
            SVG
          </Button>
        )}
        {run === undefined && shownRun && <span className="muted small">States of the last run</span>}
      </search>
      {as === 'graph' ? (
        <View query={query}>
          {(graph) =>
            graph.nodes.length === 0 ? (
              <Empty title="The DAG has no tasks" />
            ) : (
              <GraphCanvas
                key={`${search.dir} ${search.root}`}
                graph={graph}
                find={find}
                only={only}
                stateOf={shownRun ? stateOf : null}
                onTask={openTask}
                onGroup={toggle}
              />
            )
          }
        </View>
      ) : (
        <View query={details}>{(data) => <Outline dag={data} find={find} stateOf={shownRun ? stateOf : null} onTask={openTask} />}</View>
      )}
    </div>
  );
}
