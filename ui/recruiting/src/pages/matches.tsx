import { useQuery } from '@tanstack/react-query';
import { Button } from '../../../src/components/button.tsx';
import { Choice, Filters, Find } from '../../../src/components/list/filters.tsx';
import { Pages } from '../../../src/components/list/pages.tsx';
import { Page } from '../../../src/components/page.tsx';
import { type Column, Table } from '../../../src/components/table.tsx';
import { Empty } from '../../../src/components/view.tsx';
import { When } from '../../../src/components/when.tsx';
import { count } from '../../../src/lib/numbers.ts';
import { oneOf, text, whole } from '../../../src/lib/search.ts';
import { queries, useConfig } from '../api.ts';
import { plain, points } from '../lib/points.ts';
import { change, Link, open, usePlace } from '../lib/router.tsx';
import { DecisionNote } from '../parts/decision-note.tsx';
import { RunLink } from '../parts/run-link.tsx';
import { Spread } from '../parts/score-bar.tsx';
import { View } from '../parts/view.tsx';
import type { Position } from '../types.ts';
import styles from './pages.module.css';

const SORTS = [
  ['best', 'Best score'],
  ['suggested', 'Most suggestions'],
  ['newest', 'Newest'],
  ['title', 'Title'],
] as const;

const FILTERS = { q: undefined, status: undefined, client: undefined, has: undefined, open: undefined, page: undefined };

export const where = (position: Pick<Position, 'city' | 'state' | 'country_code'>) =>
  [position.city, position.state, position.country_code].filter(Boolean).join(', ');

/** How a position stands: whether somebody is looked for, and whether its matches are of before its last change. */
export function Standing({ position }: { position: Position }) {
  return (
    <span className={styles.standing}>
      <span className={styles.chip} data-open={position.is_open}>
        {position.is_open ? 'Open' : 'Closed'}
        {position.status && position.status !== 'Open' && position.status !== 'Closed' && <span> · {position.status}</span>}
      </span>
      {position.is_stale && (
        <span className={styles.chip} data-stale="" title="It has changed since it was last compared; the next run compares it again">
          Stale
        </span>
      )}
    </span>
  );
}

function columns(threshold: number): Column<Position>[] {
  return [
    {
      id: 'title',
      header: 'Position',
      isName: true,
      cell: (row) => (
        <span className={styles.two}>
          <Link to={`/matches/${row.id}`}>{row.title ?? `Position ${row.id}`}</Link>
          <span className="muted small">{row.client_name ?? 'No client'}</span>
        </span>
      ),
    },
    { id: 'place', header: 'Place', from: 1024, cell: (row) => where(row) || <span className="muted">–</span> },
    { id: 'status', header: 'Status', cell: (row) => <Standing position={row} /> },
    { id: 'since', header: 'Known since', from: 1280, cell: (row) => <When at={row.first_seen_at} show="relative" /> },
    {
      id: 'suggested',
      header: 'Suggested',
      align: 'right',
      cell: (row) => (row.suggested > 0 ? count(row.suggested) : <span className="muted">none</span>),
    },
    {
      id: 'best',
      header: 'Best score',
      align: 'right',
      cell: (row) => (row.best === null ? <span className="muted">–</span> : <strong className={styles.score}>{points(row.best)}</strong>),
    },
    { id: 'spread', header: 'Scores', from: 1024, cell: (row) => <Spread scores={row.scores} threshold={threshold} /> },
    {
      id: 'matched',
      header: 'Last compared',
      cell: (row) =>
        row.compared_at === null ? (
          <span className="muted">{row.is_open ? 'not yet' : '–'}</span>
        ) : (
          <RunLink run={row.run_id} task="find_matches">
            <When at={row.compared_at} show="relative" />
          </RunLink>
        ),
    },
  ];
}

function None({ active }: { active: boolean }) {
  const { totals, updraft, dags } = useConfig();
  if (active) {
    return (
      <Empty icon="search" title="No position matches" action={<Button onClick={() => change(FILTERS)}>Clear the filters</Button>}>
        The filters above stay as they are.
      </Empty>
    );
  }
  return (
    <Empty
      icon="box"
      title="No positions are here yet"
      action={<a href={`${updraft}/dags/${dags.pipeline}`}>Open the pipeline in Updraft</a>}
    >
      {count(totals.candidates)} candidates are known. Positions come with the task sync_positions of the pipeline {dags.pipeline}: trigger
      it, or see there why it has not run.
    </Empty>
  );
}

/** Positions with what is suggested for them. */
export function MatchesPage() {
  const { search } = usePlace();
  const { totals, threshold } = useConfig();
  const asked = {
    q: text(search.get('q')),
    status: text(search.get('status')),
    client: text(search.get('client')),
    has: oneOf(search.get('has'), ['some', 'none'] as const),
    open: oneOf(search.get('open'), ['open', 'closed'] as const),
    sort: oneOf(search.get('sort'), ['best', 'suggested', 'newest', 'title'] as const),
  };
  const page = Math.max(1, whole(search.get('page')) ?? 1);
  const query = useQuery(queries.positions({ ...asked, page }));
  const words = useQuery(queries.words()).data;
  const active = Object.entries(asked).filter(([key, value]) => key !== 'sort' && value !== undefined).length;
  const narrow = (words: Parameters<typeof change>[0]) => change({ ...words, page: undefined });
  return (
    <Page
      title="Matches"
      facts={
        <>
          <span>{count(totals.candidates)} candidates</span>
          <span>{count(totals.open_positions)} open positions</span>
          <span>{count(totals.matches)} suggestions</span>
          <span>threshold {plain(threshold)} of 100</span>
        </>
      }
    >
      <DecisionNote />
      <Filters active={active} onReset={() => change(FILTERS)}>
        <Find label="Find a position, client or number" value={asked.q} onChange={(q) => narrow({ q })} main />
        <Choice
          label="Open"
          value={asked.open}
          options={[
            ['open', 'open'],
            ['closed', 'closed'],
          ]}
          onChange={(next) => narrow({ open: next })}
        />
        <Choice
          label="Suggestions"
          value={asked.has}
          options={[
            ['some', 'at least one'],
            ['none', 'none'],
          ]}
          onChange={(has) => narrow({ has })}
        />
        <Choice
          label="Status"
          value={asked.status}
          options={(words?.statuses ?? []).map((word) => [word, word])}
          onChange={(status) => narrow({ status })}
        />
        <Choice
          label="Client"
          value={asked.client}
          options={(words?.clients ?? []).map((word) => [word, word])}
          onChange={(client) => narrow({ client })}
        />
        <Choice label="Order" value={asked.sort ?? 'best'} options={SORTS} onChange={(sort) => narrow({ sort })} />
      </Filters>
      <View query={query}>
        {(data) => (
          <Table
            label="Positions"
            columns={columns(threshold)}
            rows={data.positions}
            rowKey={(row) => String(row.id)}
            empty={<None active={active > 0} />}
            foot={
              data.total > 0 && (
                <Pages page={page} size={data.size} total={data.total} what="position" onPage={(next) => open({ page: next })} />
              )
            }
          />
        )}
      </View>
    </Page>
  );
}
