import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, ButtonLink } from '../../../src/components/button.tsx';
import { Dialog } from '../../../src/components/dialog.tsx';
import { Icon } from '../../../src/components/icons.tsx';
import { Choice } from '../../../src/components/list/filters.tsx';
import { Page, Panel } from '../../../src/components/page.tsx';
import { type Column, Table } from '../../../src/components/table.tsx';
import { toastFailed } from '../../../src/components/toast.tsx';
import { Empty } from '../../../src/components/view.tsx';
import { When } from '../../../src/components/when.tsx';
import { useNow, useZone } from '../../../src/lib/now.ts';
import { count } from '../../../src/lib/numbers.ts';
import { text } from '../../../src/lib/search.ts';
import { shortTime } from '../../../src/lib/time.ts';
import { post, queries, useConfig } from '../api.ts';
import { change, Link, open, usePlace } from '../lib/router.tsx';
import { PersonName } from '../parts/chips.tsx';
import { RunLink, useRunAddress } from '../parts/run-link.tsx';
import { View } from '../parts/view.tsx';
import type { Check, Quality, Rows } from '../types.ts';
import styles from './pages.module.css';

type Outcome = 'pass' | 'warn' | 'fail';
const outcome = (check: Pick<Check, 'passed' | 'severity'>): Outcome => (check.passed ? 'pass' : check.severity);
const WORDS = { pass: ['check', 'Pass'], warn: ['warning', 'Warn'], fail: ['close', 'Fail'] } as const;
const title = (name: string) => name.replaceAll('_', ' ');

function Chip({ of }: { of: Outcome }) {
  const [icon, word] = WORDS[of];
  return (
    <span className={styles.chip} data-kind={of}>
      <Icon name={icon} size={12} /> {word}
    </span>
  );
}

/** The share of rows that failed in each of the last runs; the highest is as high as the picture. */
function Trend({ check }: { check: Check }) {
  const shares = check.trend.map(({ failed, checked }) => (checked === 0 ? failed : failed / checked));
  const top = Math.max(...shares, 0.0001);
  const shown = check.trend.slice(-20);
  const offset = check.trend.length - shown.length;
  const last = shown.at(-1);
  return (
    <svg
      width={shown.length * 6}
      height="22"
      role="img"
      aria-label={`${shown.length} runs, last ${last ? `${last.failed} of ${last.checked}` : 'none'}`}
      className={styles.trend}
    >
      {shown.map((point, index) => {
        const share = shares[index + offset] ?? 0;
        const height = share === 0 ? 2 : Math.max(4, (share / top) * 20);
        return (
          <rect
            key={point.run_id}
            x={index * 6}
            y={22 - height}
            width="4"
            height={height}
            rx="1"
            data-passed={point.passed}
            data-none={share === 0 || undefined}
          >
            <title>{`${point.failed} of ${point.checked} failed`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function columns(run: string): Column<Check>[] {
  return [
    { id: 'outcome', header: 'Outcome', width: '88px', cell: (row) => <Chip of={outcome(row)} /> },
    {
      id: 'name',
      header: 'Rule',
      isName: true,
      cell: (row) => (
        <span className={styles.two}>
          <button type="button" className={styles.plain} onClick={() => open({ check: row.name })}>
            {title(row.name)}
          </button>
          <span className="muted small">{row.detail || row.rule}</span>
        </span>
      ),
    },
    {
      id: 'failed',
      header: 'Failed',
      align: 'right',
      cell: (row) => (
        <RunLink run={run} dag="quality" task="check">
          {count(row.failed)}
        </RunLink>
      ),
    },
    { id: 'checked', header: 'Of', align: 'right', cell: (row) => count(row.checked) },
    {
      id: 'share',
      header: 'Share',
      align: 'right',
      from: 768,
      cell: (row) => (
        <>
          {row.checked === 0 ? '–' : `${((row.failed / row.checked) * 100).toFixed(1)} %`}
          <span className="muted small"> / {((row.may_fail ?? 0) * 100).toFixed(0)} %</span>
        </>
      ),
    },
    {
      id: 'before',
      header: 'Since the run before',
      from: 1024,
      cell: (row) => {
        if (!row.before) return <span className="muted">first run</span>;
        const by = row.failed - row.before.failed;
        return by === 0 ? (
          <span className="muted">same</span>
        ) : (
          <span className={styles.moved} data-way={by > 0 ? 'down' : 'up'}>
            {by > 0 ? '▲' : '▼'} {count(Math.abs(by))} {by > 0 ? 'more' : 'fewer'}
          </span>
        );
      },
    },
    { id: 'trend', header: 'Trend', from: 1024, cell: (row) => <Trend check={row} /> },
    {
      id: 'first',
      header: 'First seen',
      from: 1280,
      cell: (row) => (row.first_failed_at ? <When at={row.first_failed_at} show="relative" /> : <span className="muted">never</span>),
    },
    {
      id: 'withheld',
      header: 'Withheld',
      align: 'right',
      from: 1280,
      cell: (row) => (row.withholds ? count(row.withheld) : <span className="muted">–</span>),
    },
  ];
}

function RowTable({ rows }: { rows: Rows['rows'] }) {
  return (
    <Table
      label="Rows that failed"
      columns={[
        {
          id: 'what',
          header: 'Record',
          isName: true,
          cell: (row) => (
            <span className={styles.two}>
              {row.candidate &&
                (row.candidate.is_here ? <PersonName person={row.candidate} /> : <span>Candidate #{row.candidate.id}, gone</span>)}
              {row.position &&
                (row.position.is_here ? (
                  <Link to={`/matches/${row.position.id}`}>
                    {row.position.title ?? 'Position'} #{row.position.id}
                  </Link>
                ) : (
                  <span>Position #{row.position.id}, gone</span>
                ))}
            </span>
          ),
        },
        {
          id: 'contact',
          header: 'Contact',
          cell: (row) => [row.candidate?.email, row.candidate?.phone].filter(Boolean).join(' · ') || <span className="muted">none</span>,
        },
        { id: 'held', header: 'Withheld', cell: (row) => (row.is_withheld ? 'from matching' : <span className="muted">no</span>) },
      ]}
      rows={rows}
      rowKey={(row) => `${row.position?.id ?? ''}/${row.candidate?.id ?? ''}`}
      empty={
        <Empty icon="check" title="No row failed">
          Or the rule is about the table as a whole.
        </Empty>
      }
    />
  );
}

/** The records behind a check, masked until somebody who may asks for more. */
function RowsSheet({ check, run, onClose }: { check: Check; run: string; onClose: () => void }) {
  const { may_reveal } = useConfig();
  const query = useQuery(queries.rows(check.name, run));
  const [shown, setShown] = useState<Rows | null>(null);
  const [busy, setBusy] = useState(false);
  const reveal = async () => {
    setBusy(true);
    try {
      setShown(await post<Rows>('/quality/rows', { check: check.name, run }));
    } catch (error) {
      toastFailed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title(check.name)} description={check.rule ?? undefined} shape="sheet">
      <div className={styles.why}>
        <div className={styles.tools}>
          <Chip of={outcome(check)} />
          <span className="small">
            {count(check.failed)} of {count(check.checked)} failed; {((check.may_fail ?? 0) * 100).toFixed(0)} % may
          </span>
          <span className={styles.grow} />
          {may_reveal && check.table !== 'position' && (
            <Button size="small" icon="user" busy={busy} onClick={() => (shown ? setShown(null) : reveal())}>
              {shown ? 'Hide personal data' : 'Show personal data'}
            </Button>
          )}
        </div>
        <p className="small muted">
          {shown ? 'That you saw this was written down.' : 'Personal data is masked.'} The first rows that failed are named
          {check.withholds && ', and those that are kept out of matching'}.
        </p>
        <View query={query}>{(rows) => <RowTable rows={(shown ?? rows).rows} />}</View>
      </div>
    </Dialog>
  );
}

function Rejected({ rows }: { rows: Quality['rejected'] }) {
  return (
    <Panel title="Records that a sync could not use">
      <Table
        label="Rejected records"
        columns={[
          { id: 'what', header: 'Record', isName: true, cell: (row) => `${row.kind} #${row.id || 'without a number'}` },
          { id: 'why', header: 'Why', cell: (row) => row.reason },
          {
            id: 'run',
            header: 'Rejected by',
            cell: (row) => (
              <RunLink run={row.run_id} task={row.kind === 'candidate' ? 'sync_candidates' : 'sync_positions'}>
                <When at={row.rejected_at} show="relative" />
              </RunLink>
            ),
          },
        ]}
        rows={rows}
        rowKey={(row) => `${row.kind}/${row.id}/${row.run_id}/${row.rejected_at}`}
        empty={<Empty icon="check" title="Every record could be used" />}
      />
    </Panel>
  );
}

const ORDER: Record<Outcome, number> = { fail: 0, warn: 1, pass: 2 };

/** How the data quality checks came out. */
export function QualityPage() {
  const { search } = usePlace();
  const { updraft, dags } = useConfig();
  const zone = useZone();
  const now = useNow(60);
  const address = useRunAddress();
  const wanted = text(search.get('run'));
  const query = useQuery(queries.quality(wanted));
  const data = query.data;
  const shown = data?.results.find(({ name }) => name === search.get('check'));
  const numbers = (of: Outcome) => data?.results.filter((check) => outcome(check) === of).length ?? 0;
  return (
    <Page
      title="Quality"
      facts={
        data?.run && (
          <>
            <span>
              checked <When at={data.run.ended_at} />
            </span>
            <RunLink run={data.run.run_id} dag="quality" />
          </>
        )
      }
      actions={
        data?.run && (
          <>
            <Choice
              label="Run"
              value={wanted}
              options={data.runs.map(({ run_id, ended_at }) => [run_id, shortTime(ended_at, zone, now)])}
              onChange={(run) => change({ run })}
            />
            <ButtonLink size="small">
              <a href={address(data.run.run_id, undefined, 'quality')}>Run in Updraft</a>
            </ButtonLink>
          </>
        )
      }
    >
      <View query={query}>
        {(quality) =>
          quality.run === null ? (
            <Empty
              icon="check"
              title="Nothing was checked yet"
              action={<a href={`${updraft}/dags/${dags.quality}`}>Open {dags.quality} in Updraft</a>}
            >
              The DAG {dags.quality} checks every night; trigger it there to see its results here.
            </Empty>
          ) : (
            <>
              <Panel>
                <div className={styles.summary}>
                  {(['fail', 'warn', 'pass'] as const).map((of) => (
                    <div key={of}>
                      <strong>{numbers(of)}</strong>
                      <span>{{ fail: 'fail: the run stops', warn: 'warn', pass: 'pass' }[of]}</span>
                    </div>
                  ))}
                  <div>
                    <strong>{count(quality.results.reduce((sum, check) => sum + check.withheld, 0))}</strong>
                    <span>kept out of matching now</span>
                  </div>
                  <div>
                    <strong>{count(quality.rejected.length)}</strong>
                    <span>rejected by syncs</span>
                  </div>
                </div>
              </Panel>
              <Table
                label="Checks"
                columns={columns(quality.run.run_id)}
                rows={quality.results.toSorted(
                  (a, b) => ORDER[outcome(a)] - ORDER[outcome(b)] || b.failed - a.failed || a.name.localeCompare(b.name),
                )}
                rowKey={(row) => row.name}
              />
              <Rejected rows={quality.rejected} />
              {shown && <RowsSheet check={shown} run={quality.run.run_id} onClose={() => change({ check: undefined })} />}
            </>
          )
        }
      </View>
    </Page>
  );
}
