import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { queries } from '../../api/queries.ts';
import type { Run } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ClearDialog } from '../../components/clear/clear-dialog.tsx';
import { SearchField } from '../../components/field.tsx';
import { StateChip } from '../../components/state.tsx';
import { BulkBar, Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import { Took, When } from '../../components/when.tsx';
import { RUN_STATES, stateWord } from '../../lib/states.ts';
import styles from './lists.module.css';

export function DagRunsPage() {
  const { dag } = useParams({ from: '/shell/dags/$dag/runs' });
  const search = useSearch({ from: '/shell/dags/$dag/runs' });
  const navigate = useNavigate({ from: '/dags/$dag/runs' });
  const change = (next: Partial<typeof search>) =>
    navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true, resetScroll: false });
  const query = useQuery(
    queries.runs({ dag, q: search.q, state: search.state, run_type: search.run_type, cursor: search.cursor, limit: 100 }),
  );
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [clearing, setClearing] = useState(false);
  return (
    <div className={styles.list}>
      <search className={styles.bar}>
        <SearchField
          className={styles.find}
          label="Find a run"
          data-find=""
          value={search.q ?? ''}
          onChange={(event) => change({ q: event.target.value || undefined })}
        />
        {RUN_STATES.map((state) => {
          const on = search.state?.includes(state) ?? false;
          return (
            <Button key={state} size="small" aria-pressed={on} onClick={() => change({ state: on ? undefined : [state] })}>
              {stateWord(state)}
            </Button>
          );
        })}
      </search>
      <View query={query}>
        {(data) => (
          <>
            <Table<Run>
              label="Runs"
              rows={data.runs}
              rowKey={(run) => run.run_id}
              selected={chosen}
              onSelect={setChosen}
              empty={
                <Empty icon="runs" title={search.q || search.state ? 'No run matches' : 'No runs yet'}>
                  {search.q || search.state ? undefined : 'Unpause the DAG or trigger a run.'}
                </Empty>
              }
              columns={[
                {
                  id: 'run',
                  header: 'Run',
                  isName: true,
                  cell: (run) => (
                    <Link to="/dags/$dag/runs/$run" params={{ dag, run: run.run_id }}>
                      <span className="break">{run.run_id}</span>
                    </Link>
                  ),
                },
                { id: 'state', header: 'State', cell: (run) => <StateChip state={run.state} size="small" /> },
                { id: 'after', header: 'May start from', cell: (run) => <When at={run.run_after} /> },
                {
                  id: 'took',
                  header: 'Duration',
                  align: 'right',
                  cell: (run) =>
                    run.start_date ? (
                      <Took start={run.start_date} end={run.end_date} seconds={run.duration} />
                    ) : (
                      <span className="muted">–</span>
                    ),
                },
                {
                  id: 'type',
                  header: 'Type',
                  from: 768,
                  cell: (run) => <span className="muted">{run.run_type.replaceAll('_', ' ')}</span>,
                },
                {
                  id: 'version',
                  header: 'Version',
                  from: 1024,
                  align: 'right',
                  cell: (run) => run.version ?? <span className="muted">–</span>,
                },
              ]}
              foot={
                <span className={styles.foot}>
                  {data.total === null ? `${data.runs.length} runs` : `${data.runs.length} of ${data.total} runs`}
                  {search.cursor && (
                    <Link to="/dags/$dag/runs" params={{ dag }} search={{ ...search, cursor: undefined }}>
                      Newest
                    </Link>
                  )}
                  {data.next && (
                    <Link to="/dags/$dag/runs" params={{ dag }} search={{ ...search, cursor: data.next }}>
                      Older
                    </Link>
                  )}
                </span>
              }
            />
            <BulkBar count={chosen.size} what="run" onClear={() => setChosen(new Set())}>
              <Button size="small" icon="refresh" onClick={() => setClearing(true)}>
                Clear
              </Button>
            </BulkBar>
          </>
        )}
      </View>
      {clearing && (
        <ClearDialog
          wholeRuns
          targets={[...chosen].map((run) => ({ dag, run, task: '', mapIndex: -1 }))}
          onClose={() => setClearing(false)}
        />
      )}
    </div>
  );
}
