import { useQuery } from '@tanstack/react-query';
import { Button } from '../../../src/components/button.tsx';
import { Choice } from '../../../src/components/list/filters.tsx';
import { Page, Panel } from '../../../src/components/page.tsx';
import { Empty } from '../../../src/components/view.tsx';
import { When } from '../../../src/components/when.tsx';
import { count } from '../../../src/lib/numbers.ts';
import { flag, oneOf, text } from '../../../src/lib/search.ts';
import { duration } from '../../../src/lib/time.ts';
import { queries, useConfig } from '../api.ts';
import { change, usePlace } from '../lib/router.tsx';
import { band, byRun, isUnusual, MEASURES, SYNC_COUNTS, taskOf } from '../lib/series.ts';
import { RunLink } from '../parts/run-link.tsx';
import { Series } from '../parts/series.tsx';
import { View } from '../parts/view.tsx';
import type { Sync, Volumes, Work } from '../types.ts';
import styles from './pages.module.css';

const STEPS: readonly [keyof Volumes['funnel'], string, string][] = [
  ['read', 'Read', 'candidates that the source has or had'],
  ['live', 'Here', 'not deleted and not erased'],
  ['valid', 'Valid', 'with a text, and withheld by no check'],
  ['embedded', 'With a vector', 'of their present text'],
  ['compared', 'Compared', 'with every open position'],
  ['suggested', 'Suggested', 'for at least one position'],
];

/** What became of all candidates. */
function Funnel({ funnel }: { funnel: Volumes['funnel'] }) {
  const top = Math.max(1, ...STEPS.map(([key]) => funnel[key]));
  return (
    <ul className={`bare ${styles.funnel}`}>
      {STEPS.map(([key, name, about]) => (
        <li key={key}>
          <span>
            {name} <span className="muted small">{about}</span>
          </span>
          <strong data-funnel={key}>{count(funnel[key])}</strong>
          <i style={{ width: `${(funnel[key] / top) * 100}%` }} />
        </li>
      ))}
    </ul>
  );
}

const seconds = (row: Sync | Work) => (row.ended_at ? (Date.parse(row.ended_at) - Date.parse(row.started_at)) / 1000 : null);

function Figure({ row, value, task, unusual }: { row: Sync | Work; value: number; task: string; unusual?: boolean }) {
  return (
    <span data-unusual={unusual || undefined}>
      <RunLink run={row.run_id} task={task}>
        {count(value)}
      </RunLink>
      {unusual && <span className="sr"> unusual</span>}
    </span>
  );
}

/** Outside of the band of its own series. */
function useUnusual(volumes: Volumes) {
  const bands = new Map(MEASURES.map((measure) => [measure.id, band(measure.points(volumes).map(({ value }) => value))]));
  return (id: string, value: number) => isUnusual(value, bands.get(id) ?? null);
}

function State({ row }: { row: Sync | Work }) {
  if (row.state === 'succeeded') return <span className="muted">succeeded</span>;
  return (
    <span className={styles.chip} data-kind={row.state === 'failed' ? 'fail' : 'warn'} title={row.error ?? undefined}>
      {row.state}
    </span>
  );
}

/** Each run with what it moved. */
function RunTable({ volumes }: { volumes: Volumes }) {
  const unusual = useUnusual(volumes);
  const { dags } = useConfig();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.wide} tabIndex={0} aria-label="Runs">
      <table className={styles.volumes}>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col" data-left="">
              State
            </th>
            {SYNC_COUNTS.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">embedded</th>
            <th scope="col">matches</th>
            <th scope="col">new</th>
            <th scope="col">withdrawn</th>
            <th scope="col">took</th>
          </tr>
        </thead>
        {byRun(volumes).map((run) => (
          <tbody key={run.run_id} data-run={run.run_id}>
            <tr>
              <th scope="rowgroup" colSpan={13}>
                <span className={styles.tools}>
                  <RunLink run={run.run_id}>
                    <strong>{run.run_id}</strong>
                  </RunLink>
                  <span className="muted">
                    <When at={run.at} show="relative" /> · {dags.pipeline}
                  </span>
                </span>
              </th>
            </tr>
            {run.rows.map((row) => {
              const task = taskOf(row);
              const none = <span className="muted">·</span>;
              const work = 'kind' in row ? row : null;
              const worked = (name: string, only: boolean) =>
                work && only && work.counts[name] !== undefined ? (
                  <Figure row={row} value={work.counts[name]} task={task} unusual={unusual(`${work.kind}-${name}`, work.counts[name])} />
                ) : (
                  none
                );
              return (
                <tr key={task} data-task={task}>
                  <td>{task}</td>
                  <td data-left="">
                    <State row={row} />
                  </td>
                  {SYNC_COUNTS.map((name) => (
                    <td key={name} data-count={name}>
                      {'entity' in row ? (
                        <Figure row={row} value={row[name]} task={task} unusual={unusual(`${row.entity}-${name}`, row[name])} />
                      ) : (
                        none
                      )}
                    </td>
                  ))}
                  <td data-count="embedded">{worked('embedded', work?.kind !== 'matches')}</td>
                  {['matches', 'new', 'withdrawn'].map((name) => (
                    <td key={name} data-count={name}>
                      {worked(name, work?.kind === 'matches')}
                    </td>
                  ))}
                  <td>{duration(seconds(row))}</td>
                </tr>
              );
            })}
          </tbody>
        ))}
      </table>
    </section>
  );
}

/** How much each run moved. */
export function VolumesPage() {
  const { search } = usePlace();
  const { updraft, dags } = useConfig();
  const runs = oneOf(search.get('runs'), ['20', '50', '200'] as const) ?? '50';
  const query = useQuery(queries.volumes(Number(runs)));
  const measure = MEASURES.find(({ id }) => id === text(search.get('measure'))) ?? MEASURES.find(({ id }) => id === 'candidate-fetched')!;
  const asTable = flag(search.get('table')) ?? false;
  return (
    <Page
      title="Volumes"
      facts={<span>What each run of {dags.pipeline} moved. Every figure leads to the task that made it.</span>}
      actions={
        <Choice
          label="Runs"
          value={runs}
          options={['20', '50', '200'].map((number) => [number, number])}
          onChange={(next) => change({ runs: next === '50' ? undefined : next })}
        />
      }
    >
      <View query={query}>
        {(volumes) =>
          volumes.syncs.length + volumes.work.length === 0 ? (
            <Empty
              icon="runs"
              title="Nothing has run yet"
              action={<a href={`${updraft}/dags/${dags.pipeline}`}>Open the pipeline in Updraft</a>}
            >
              The first run of {dags.pipeline} brings the first figures.
            </Empty>
          ) : (
            <>
              <div className={styles.panels}>
                <Panel
                  title={`${measure.group}: ${measure.name}`}
                  actions={
                    <span className={styles.tools}>
                      <Choice
                        label="Figure"
                        value={measure.id}
                        options={MEASURES.map(({ id, group, name }) => [id, `${group}: ${name}`])}
                        onChange={(id) => change({ measure: id })}
                      />
                      <Button size="small" aria-pressed={asTable} onClick={() => change({ table: asTable ? undefined : 1 })}>
                        {asTable ? 'Show as chart' : 'Show as table'}
                      </Button>
                    </span>
                  }
                >
                  <Series measure={measure} points={measure.points(volumes)} asTable={asTable} />
                </Panel>
                <Panel title="What became of the candidates">
                  <Funnel funnel={volumes.funnel} />
                </Panel>
              </div>
              <Panel title="Runs">
                <RunTable volumes={volumes} />
              </Panel>
              <Panel title="Calls to Bullhorn">
                <table className={styles.volumes}>
                  <thead>
                    <tr>
                      <th scope="col">Month (UTC)</th>
                      <th scope="col">Calls</th>
                    </tr>
                  </thead>
                  <tbody>
                    {volumes.api_calls.map(({ month, calls }) => (
                      <tr key={month}>
                        <td>{month}</td>
                        <td>{count(calls)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Panel>
            </>
          )
        }
      </View>
    </Page>
  );
}
