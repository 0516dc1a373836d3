import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../../../src/api/client.ts';
import { Button, ButtonLink } from '../../../src/components/button.tsx';
import { Icon } from '../../../src/components/icons.tsx';
import { Facts, Page, Panel } from '../../../src/components/page.tsx';
import { BulkBar, type Column, Table } from '../../../src/components/table.tsx';
import { toastDone, toastFailed } from '../../../src/components/toast.tsx';
import { Empty } from '../../../src/components/view.tsx';
import { When } from '../../../src/components/when.tsx';
import { count } from '../../../src/lib/numbers.ts';
import { saveFile } from '../../../src/lib/save-file.ts';
import { whole } from '../../../src/lib/search.ts';
import { post, queries, useConfig } from '../api.ts';
import { moved, plain, points } from '../lib/points.ts';
import { change, Link, open, usePlace } from '../lib/router.tsx';
import { Gates, PersonName, Skills } from '../parts/chips.tsx';
import { DecisionNote } from '../parts/decision-note.tsx';
import { RunLink } from '../parts/run-link.tsx';
import { Legend, ScoreBar } from '../parts/score-bar.tsx';
import { View } from '../parts/view.tsx';
import type { Match, Person, PositionAnswer, Stored, Wanted } from '../types.ts';
import { Compare } from './compare.tsx';
import { Say } from './feedback.tsx';
import { Standing, where } from './matches.tsx';
import { Nearby } from './nearby.tsx';
import styles from './pages.module.css';
import { PairSheet } from './pair.tsx';

const LEVELS = ['', 'Junior', 'Experienced', 'Senior', 'Lead', 'Principal'];

/** What the position asks for. */
function Asked({ position }: { position: Wanted }) {
  const pay = [position.salary_yearly_min, position.salary_yearly_max].filter((end) => end !== null).map((end) => count(end));
  return (
    <Panel title="What is asked for">
      <Facts
        rows={[
          ['Required skills', position.required_skills.join(', ')],
          ['Nice to have', position.nice_skills.join(', ')],
          ['Licences', position.certifications.join(', ')],
          ['Level', position.level === null ? null : LEVELS[position.level]],
          ['Years', position.min_years === null ? null : `${position.min_years} or more`],
          ['Employment', [position.employment_type, position.remote ? 'remote possible' : null].filter(Boolean).join(', ')],
          ['Pay a year', pay.join(' – ')],
          ['Start', position.start_on],
          ['People wanted', position.openings],
          [
            'Read by',
            <RunLink key="run" run={position.synced_run_id} task="sync_positions">
              <When at={position.synced_at} />
            </RunLink>,
          ],
        ]}
      />
    </Panel>
  );
}

function columns(id: number, people: ReadonlyMap<number, Person>): Column<Match>[] {
  return [
    { id: 'rank', header: '#', width: '40px', cell: (row) => <span className="muted">{row.rank}</span> },
    {
      id: 'candidate',
      header: 'Candidate',
      isName: true,
      cell: (row) => <PersonName person={people.get(row.candidate.id) ?? row.candidate} />,
    },
    {
      id: 'score',
      header: 'Score',
      width: '26%',
      cell: (row) => (
        <span className={styles.scoreCell}>
          <strong className={styles.score}>{points(row.score)}</strong>
          <ScoreBar of={row} threshold={row.threshold} />
        </span>
      ),
    },
    {
      id: 'moved',
      header: 'Before',
      from: 1024,
      cell: (row) => {
        const { word, way } = moved(row.score, row.before);
        return (
          <span className={styles.moved} data-way={way}>
            {word}
          </span>
        );
      },
    },
    {
      id: 'skills',
      header: 'Skills and conditions',
      width: '28%',
      cell: (row) => (
        <span className={styles.two}>
          <Skills matched={row.matched_skills} missing={row.missing_skills} most={6} />
          <Gates gates={row.gates} open />
        </span>
      ),
    },
    {
      id: 'feedback',
      header: 'Feedback',
      from: 1024,
      cell: (row) => <Say position={id} candidate={row.candidate.id} feedback={row.feedback} />,
    },
    {
      id: 'why',
      header: <span className="sr">Explanation</span>,
      cell: (row) => (
        <Button size="small" onClick={() => open({ candidate: row.candidate.id })} aria-label={`Why candidate ${row.candidate.id}`}>
          Why
        </Button>
      ),
    },
  ];
}

/** Shows names, which is written down, and says so first. */
function useReveal(id: number) {
  const [people, setPeople] = useState<ReadonlyMap<number, Person>>(new Map());
  const [busy, setBusy] = useState(false);
  const show = async () => {
    setBusy(true);
    try {
      const told = await post<{ people: Person[] }>(`/positions/${id}/reveal`);
      setPeople(new Map(told.people.map((person) => [person.id, person])));
      toastDone(`Names of ${told.people.length} candidates are shown; that was written down.`);
    } catch (error) {
      toastFailed(error);
    } finally {
      setBusy(false);
    }
  };
  return { people, busy, show, hide: () => setPeople(new Map()) };
}

async function download(id: number, revealed: boolean) {
  try {
    const response = await send(revealed ? 'POST' : 'GET', `/api/positions/${id}/matches.csv`, { anonymous: true });
    saveFile(`matches-${id}.csv`, await response.text(), 'text/csv;charset=utf-8');
  } catch (error) {
    toastFailed(error);
  }
}

function Ranked({ id, data }: { id: number; data: PositionAnswer }) {
  const { search } = usePlace();
  const { threshold, may_reveal } = useConfig();
  const { people, busy, show, hide } = useReveal(id);
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const above = Math.min(10_000, Math.max(threshold, (whole(search.get('above')) ?? 0) * 100));
  const rows = data.matches.filter((match) => match.score >= above);
  const best = data.matches[0];
  return (
    <Panel
      title={`Suggested: ${count(data.matches.length)}${data.matches.length === data.matches_max ? ' best' : ''}`}
      actions={
        <div className={styles.tools}>
          {may_reveal && data.matches.length > 0 && (
            <Button size="small" icon="user" busy={busy} onClick={people.size > 0 ? hide : show}>
              {people.size > 0 ? 'Hide names' : 'Show names'}
            </Button>
          )}
          {data.matches.length > 0 && (
            <Button size="small" icon="download" onClick={() => download(id, people.size > 0)}>
              CSV{people.size > 0 ? ' with names' : ''}
            </Button>
          )}
        </div>
      }
    >
      {data.matches.length > 0 && (
        <div className={styles.tools}>
          <Legend />
          <span className={styles.grow} />
          <label className={styles.slider}>
            Show from
            <input
              type="range"
              min={Math.ceil(threshold / 100)}
              max={Math.max(Math.ceil(threshold / 100) + 1, Math.ceil((best?.score ?? 10_000) / 100))}
              value={above / 100}
              onChange={(event) => change({ above: Number(event.target.value) * 100 > threshold ? event.target.value : undefined })}
            />
            <output>{plain(above)}</output>
            <span>
              {count(rows.length)} of {count(data.matches.length)}
            </span>
          </label>
        </div>
      )}
      <Table
        label="Suggested candidates"
        columns={columns(id, people)}
        rows={rows}
        rowKey={(row) => String(row.candidate.id)}
        selected={chosen}
        onSelect={(next) => setChosen(new Set([...next].slice(-2)))}
        selectLabel={(row) => `candidate ${row.candidate.id} to compare`}
        empty={
          data.matches.length > 0 ? (
            <Empty icon="filter" title={`Nobody has ${plain(above)} points`}>
              The best has {points(best?.score ?? 0)}. Move the line to the left.
            </Empty>
          ) : (
            <Empty icon="user" title={`Nobody reaches ${plain(threshold)} points and meets all conditions`}>
              Below is who comes next, and why. The threshold is a setting of the services, MATCHING_SCORE_THRESHOLD.
            </Empty>
          )
        }
      />
      <BulkBar count={chosen.size} what="candidate" onClear={() => setChosen(new Set())}>
        <Button size="small" kind="primary" disabled={chosen.size !== 2} onClick={() => open({ compare: [...chosen].join('-') })}>
          {chosen.size === 2 ? 'Compare' : 'Choose one more to compare'}
        </Button>
      </BulkBar>
    </Panel>
  );
}

function Withdrawn({ rows, onOpen }: { rows: readonly Stored[]; onOpen: (candidate: number) => void }) {
  if (rows.length === 0) return null;
  return (
    <Panel title={`No longer suggested: ${rows.length}`}>
      <Table
        label="Candidates who are no longer suggested"
        columns={[
          {
            id: 'candidate',
            header: 'Candidate',
            isName: true,
            cell: (row) => (
              <button type="button" className={styles.plain} onClick={() => onOpen(row.candidate.id)}>
                <PersonName person={row.candidate} />
              </button>
            ),
          },
          { id: 'score', header: 'Last score', align: 'right', cell: (row) => points(row.score) },
          { id: 'since', header: 'Withdrawn', cell: (row) => <When at={row.withdrawn_at} /> },
          {
            id: 'run',
            header: 'Suggested by',
            from: 1024,
            cell: (row) => (
              <RunLink run={row.run_id} task="find_matches">
                <When at={row.matched_at} show="relative" />
              </RunLink>
            ),
          },
        ]}
        rows={rows}
        rowKey={(row) => String(row.candidate.id)}
      />
    </Panel>
  );
}

/** One position: who is suggested, why, and who is not. */
export function PositionPage({ id }: { id: number }) {
  const { search } = usePlace();
  const { updraft } = useConfig();
  const query = useQuery(queries.position(id));
  const position = query.data?.position;
  const candidate = whole(search.get('candidate'));
  const pair = /^(\d{1,15})-(\d{1,15})$/.exec(search.get('compare') ?? '');
  const newest = query.data?.matches.toSorted((a, b) => b.matched_at.localeCompare(a.matched_at))[0];
  return (
    <Page
      title={position?.title ?? `Position ${id}`}
      crumbs={
        <>
          <Link to="/matches">Matches</Link>
          <Icon name="right" size={12} />
          <span>#{id}</span>
        </>
      }
      facts={
        position && (
          <>
            <span>{position.client_name ?? 'No client'}</span>
            {where(position) && <span>{where(position)}</span>}
            <Standing position={position} />
            <span>
              known since <When at={position.first_seen_at} show="relative" />
            </span>
            {newest && (
              <span>
                matched{' '}
                <RunLink run={newest.run_id} task="find_matches">
                  <When at={newest.matched_at} show="relative" />
                </RunLink>
              </span>
            )}
          </>
        )
      }
      actions={
        newest && (
          <ButtonLink size="small">
            <a href={`${updraft}/dags/bullhorn_sync_optimized/runs/${encodeURIComponent(newest.run_id)}`}>Run in Updraft</a>
          </ButtonLink>
        )
      }
    >
      <DecisionNote />
      <View query={query}>
        {(data) => (
          <>
            <Ranked id={id} data={data} />
            <div className={styles.panels}>
              <Nearby id={id} />
              <Asked position={data.position} />
            </div>
            <Withdrawn rows={data.withdrawn} onOpen={(one) => open({ candidate: one })} />
            {candidate !== undefined && (
              <PairSheet
                position={id}
                candidate={candidate}
                feedback={data.matches.find((match) => match.candidate.id === candidate)?.feedback ?? null}
                first={data.matches[0] ?? null}
                onClose={() => change({ candidate: undefined })}
              />
            )}
            {pair && <Compare position={id} pair={[Number(pair[1]), Number(pair[2])]} onClose={() => change({ compare: undefined })} />}
          </>
        )}
      </View>
    </Page>
  );
}
