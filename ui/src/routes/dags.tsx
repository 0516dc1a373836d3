import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useState } from 'react';
import { setPaused } from '../api/actions.ts';
import { queries } from '../api/queries.ts';
import type { DagRow } from '../api/types.ts';
import { Button, IconButton } from '../components/button.tsx';
import { SearchField, Switch } from '../components/field.tsx';
import { Menu, MenuItem } from '../components/menu.tsx';
import { Page } from '../components/page.tsx';
import { RunBars } from '../components/run-bars.tsx';
import { StateChip, StateCount } from '../components/state.tsx';
import { BulkBar, type Column, Table } from '../components/table.tsx';
import { TabLink, TabLinks } from '../components/tabs.tsx';
import { toastFailed } from '../components/toast.tsx';
import { TriggerDialog } from '../components/trigger/trigger-dialog.tsx';
import { Empty, View } from '../components/view.tsx';
import { When } from '../components/when.tsx';
import { remembered } from '../lib/prefs.ts';
import { parseSearch, stringifySearch } from '../lib/search.ts';
import { orderedCounts } from '../lib/states.ts';
import styles from './dags.module.css';

const PAGE = 50;

const useFilters = () => useSearch({ from: '/shell/dags' });
type Search = ReturnType<typeof useFilters>;

/** All DAGs: what they do, how they fare, and what can be done with them. */
export function DagsPage() {
  const search = useFilters();
  const navigate = useNavigate({ from: '/dags' });
  const change = (next: Partial<typeof search>) =>
    navigate({ search: (before) => ({ ...before, page: undefined, ...next }), replace: true });
  useRememberedFilters(search, change);
  const page = Math.max(1, search.page ?? 1);
  const query = useQuery(
    queries.dags({
      q: search.q,
      tag: search.tag,
      owner: search.owner,
      paused: search.paused,
      state: search.state,
      sort: search.sort,
      limit: PAGE,
      offset: (page - 1) * PAGE,
    }),
  );
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [triggered, setTriggered] = useState<string | null>(null);
  const filters = [search.q, search.owner, search.state, ...(search.tag ?? [])].filter(Boolean).length;
  const reset = () => change({ q: undefined, tag: undefined, owner: undefined, state: undefined, paused: undefined });

  return (
    <Page title="DAGs">
      <div className={styles.tabs}>
        <TabLinks label="Which DAGs">
          {([undefined, 'false', 'true'] as const).map((paused, index) => (
            <TabLink
              key={paused ?? 'all'}
              to="/dags"
              search={{ ...search, paused, page: undefined }}
              active={search.paused === paused}
              count={query.data?.counts[(['all', 'active', 'paused'] as const)[index]!]}
            >
              {['All', 'Active', 'Paused'][index]}
            </TabLink>
          ))}
        </TabLinks>
      </div>
      <search className={styles.filters}>
        <Find value={search.q} onChange={(q) => change({ q })} />
        <Chips search={search} counts={query.data?.counts} change={change} />
        <Tags
          all={query.data?.tags ?? []}
          chosen={search.tag ?? []}
          onChange={(tag) => change({ tag: tag.length > 0 ? tag : undefined })}
        />
        {query.data && query.data.owners.length > 1 && (
          <Menu
            align="start"
            trigger={
              <Button size="small" aria-pressed={Boolean(search.owner)}>
                {search.owner ? `Owner: ${search.owner}` : 'Owner'}
              </Button>
            }
          >
            {query.data.owners.map((owner) => (
              <MenuItem
                key={owner}
                onSelect={() => change({ owner: owner === search.owner ? undefined : owner })}
                {...(owner === search.owner ? { icon: 'check' as const } : {})}
              >
                {owner}
              </MenuItem>
            ))}
          </Menu>
        )}
        {filters > 0 && (
          <Button kind="quiet" size="small" icon="close" onClick={reset}>
            Reset
          </Button>
        )}
      </search>
      <View query={query}>
        {(data) => (
          <>
            <Table<DagRow>
              label="DAGs"
              columns={columns((dag) => setTriggered(dag))}
              rows={data.dags}
              rowKey={(dag) => dag.dag_id}
              sort={search.sort ?? 'dag_id'}
              onSort={(sort) => change({ sort: sort as typeof search.sort })}
              selected={chosen}
              onSelect={setChosen}
              empty={
                data.counts.all === 0 ? (
                  <Empty icon="dags" title="No DAGs yet">
                    Looked in <code>{data.dags_folder}</code>. A Python file that defines a DAG, or a bundle, appears here after the next
                    scan.
                  </Empty>
                ) : (
                  <Empty
                    icon="search"
                    title="No DAG matches"
                    action={<Button onClick={reset}>{filters > 1 ? `Clear ${filters} filters` : 'Clear the filter'}</Button>}
                  >
                    {data.counts.all} DAGs are hidden.
                  </Empty>
                )
              }
              foot={data.total > PAGE ? <Pages page={page} total={data.total} /> : `${data.total} ${data.total === 1 ? 'DAG' : 'DAGs'}`}
            />
            <BulkBar count={chosen.size} what="DAG" onClear={() => setChosen(new Set())}>
              <Button size="small" icon="play" onClick={() => pauseAll(chosen, false)}>
                Unpause
              </Button>
              <Button size="small" icon="pause" onClick={() => pauseAll(chosen, true)}>
                Pause
              </Button>
            </BulkBar>
          </>
        )}
      </View>
      {triggered && <TriggerDialog dag={triggered} open onOpenChange={(open) => !open && setTriggered(null)} />}
    </Page>
  );
}

async function pauseAll(dags: ReadonlySet<string>, paused: boolean) {
  const done = await Promise.allSettled([...dags].map((dag) => setPaused(dag, paused)));
  for (const each of done) if (each.status === 'rejected') toastFailed(each.reason);
}

/** The filters come back when the list is opened without any. */
function useRememberedFilters(search: object, change: (next: never) => void) {
  const text = stringifySearch(search as Record<string, unknown>);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the page is opened
  useEffect(() => {
    const before = remembered.get('dags.filters');
    if (text === '' && before) change(parseSearch(before) as never);
  }, []);
  useEffect(() => remembered.set('dags.filters', text || null), [text]);
}

/** What is typed goes into the address once the typing rests. */
function Find({ value, onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const [text, setText] = useState(value ?? '');
  const rested = useDeferredValue(text);
  useEffect(() => setText(value ?? ''), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed matters
  useEffect(() => {
    if (rested === (value ?? '')) return;
    const timer = setTimeout(() => onChange(rested || undefined), 150);
    return () => clearTimeout(timer);
  }, [rested]);
  return (
    <SearchField className={styles.find} label="Find a DAG" data-find="" value={text} onChange={(event) => setText(event.target.value)} />
  );
}

function Chips({
  search,
  counts,
  change,
}: {
  search: Search;
  counts: { running: number; failed: number; import_errors: number } | undefined;
  change: (next: Partial<Search>) => void;
}) {
  const states = [
    ['running', 'Running', counts?.running],
    ['failed', 'Failed', counts?.failed],
    ['failed_latest', 'Last run failed', undefined],
  ] as const;
  return (
    <>
      {states.map(([state, word, count]) => (
        <Button
          key={state}
          size="small"
          aria-pressed={search.state === state}
          onClick={() => change({ state: search.state === state ? undefined : state })}
        >
          {word}
          {count !== undefined && <span className={styles.number}>{count}</span>}
        </Button>
      ))}
      {counts && counts.import_errors > 0 && (
        <Link to={'/import-errors' as string} className={styles.broken}>
          {counts.import_errors} import {counts.import_errors === 1 ? 'error' : 'errors'}
        </Link>
      )}
    </>
  );
}

function Tags({ all, chosen, onChange }: { all: string[]; chosen: string[]; onChange: (tags: string[]) => void }) {
  if (all.length === 0) return null;
  return (
    <Menu
      align="start"
      trigger={
        <Button size="small" aria-pressed={chosen.length > 0}>
          {chosen.length > 0 ? `Tags: ${chosen.join(', ')}` : 'Tags'}
        </Button>
      }
    >
      {all.map((tag) => (
        <MenuItem
          key={tag}
          {...(chosen.includes(tag) ? { icon: 'check' as const } : {})}
          onSelect={() => onChange(chosen.includes(tag) ? chosen.filter((each) => each !== tag) : [...chosen, tag])}
        >
          {tag}
        </MenuItem>
      ))}
    </Menu>
  );
}

function Pages({ page, total }: { page: number; total: number }) {
  const last = Math.ceil(total / PAGE);
  return (
    <nav aria-label="Pages" className={styles.pages}>
      <span>
        {(page - 1) * PAGE + 1}–{Math.min(page * PAGE, total)} of {total}
      </span>
      {page > 1 && (
        <Link from="/dags" to="/dags" search={(before) => ({ ...before, page: page - 1 })}>
          Previous
        </Link>
      )}
      {page < last && (
        <Link from="/dags" to="/dags" search={(before) => ({ ...before, page: page + 1 })}>
          Next
        </Link>
      )}
    </nav>
  );
}

const columns = (onTrigger: (dag: string) => void): Column<DagRow>[] => [
  {
    id: 'paused',
    header: 'Active',
    width: '56px',
    cell: (dag) => (
      <Switch
        label={`${dag.dag_id} is active`}
        checked={!dag.is_paused}
        disabled={!dag.can_edit}
        onChange={(on) => setPaused(dag.dag_id, !on).catch(toastFailed)}
      />
    ),
  },
  {
    id: 'dag',
    header: 'DAG',
    sort: 'dag_id',
    isName: true,
    cell: (dag) => (
      <div className={styles.dag}>
        <Link to="/dags/$dag" params={{ dag: dag.dag_id }} className={styles.name}>
          {dag.dag_id}
        </Link>
        {dag.tags.map((tag) => (
          <Link key={tag} to="/dags" search={{ tag: [tag] }} className={styles.tag}>
            {tag}
          </Link>
        ))}
        <span className={styles.description}>{[dag.owners.join(', '), dag.description].filter(Boolean).join(' · ')}</span>
      </div>
    ),
  },
  {
    id: 'schedule',
    header: 'Schedule',
    from: 768,
    cell: (dag) =>
      dag.schedule ? (
        <span className={styles.two}>
          <span>{dag.schedule_words ?? dag.schedule}</span>
          <span className="muted small">
            {dag.schedule_words && dag.schedule_words !== dag.schedule ? <span className="mono">{dag.schedule} </span> : null}
            {dag.timezone}
          </span>
        </span>
      ) : (
        <span className="muted">by hand</span>
      ),
  },
  {
    id: 'last',
    header: 'Last run',
    sort: 'last_run',
    cell: (dag) =>
      dag.last_run ? (
        <span className={styles.last}>
          <Link to="/dags/$dag/runs/$run" params={{ dag: dag.dag_id, run: dag.last_run.run_id }}>
            <StateChip state={dag.last_run.state} size="small" />
          </Link>
          <span className="muted">
            <When at={dag.last_run.run_after} show="relative" />
          </span>
        </span>
      ) : (
        <span className="muted">never</span>
      ),
  },
  {
    id: 'next',
    header: 'Next run',
    sort: 'next_run',
    from: 1024,
    cell: (dag) => (dag.is_paused ? <span className="muted">paused</span> : <When at={dag.next_run} show="relative" />),
  },
  { id: 'bars', header: 'Runs', cell: (dag) => <RunBars runs={dag.runs} /> },
  {
    id: 'counts',
    header: 'All runs',
    from: 1600,
    cell: (dag) => (
      <span className={styles.counts}>
        {orderedCounts(dag.run_counts).map(([state, count]) => (
          <Link key={state} to="/dags/$dag/runs" params={{ dag: dag.dag_id }} search={{ state: [state] }}>
            <StateCount state={state} count={count} />
          </Link>
        ))}
      </span>
    ),
  },
  {
    id: 'tasks',
    header: 'Tasks of last run',
    from: 1024,
    cell: (dag) => (
      <span className={styles.counts}>
        {orderedCounts(dag.task_counts).map(([state, count]) =>
          dag.last_run ? (
            <Link key={state} to="/dags/$dag/runs/$run" params={{ dag: dag.dag_id, run: dag.last_run.run_id }} search={{ state: [state] }}>
              <StateCount state={state} count={count} />
            </Link>
          ) : null,
        )}
      </span>
    ),
  },
  {
    id: 'actions',
    header: <span className="sr">Actions</span>,
    width: '40px',
    align: 'right',
    cell: (dag) => (
      <IconButton
        icon="play"
        size="small"
        label={`Trigger ${dag.dag_id}`}
        disabled={!dag.can_trigger}
        onClick={() => onTrigger(dag.dag_id)}
      />
    ),
  },
];
