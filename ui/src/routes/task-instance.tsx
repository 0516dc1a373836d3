import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { killTask, setTaskNote, stale } from '../api/actions.ts';
import { queries } from '../api/queries.ts';
import type { TiDetail } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { ClearDialog } from '../components/clear/clear-dialog.tsx';
import { MarkDialog } from '../components/clear/mark-dialog.tsx';
import { Confirm } from '../components/confirm.tsx';
import { LogViewer } from '../components/log/log-viewer.tsx';
import { Menu, MenuItem } from '../components/menu.tsx';
import { Note } from '../components/note.tsx';
import { Page } from '../components/page.tsx';
import { QuestionPanel } from '../components/question/question-panel.tsx';
import { StateChip } from '../components/state.tsx';
import { TabLink, TabLinks } from '../components/tabs.tsx';
import { Empty, Guard, View } from '../components/view.tsx';
import { Took, When } from '../components/when.tsx';
import { path } from '../lib/base.ts';
import { stateWord } from '../lib/states.ts';
import styles from './task-instance.module.css';
import { Details, Rendered, Tries, XComs } from './task-instance-tabs.tsx';

const TABS = [
  ['log', 'Log'],
  ['details', 'Details'],
  ['rendered', 'Rendered'],
  ['xcom', 'XCom'],
  ['tries', 'Tries'],
] as const;
type Tab = (typeof TABS)[number][0];

export function TaskInstancePage() {
  const { dag, run, task, mapIndex } = useParams({ strict: false }) as { dag: string; run: string; task: string; mapIndex?: string };
  const search = useSearch({ from: '/shell/dags/$dag/runs/$run/tasks/$task', shouldThrow: false }) ?? {};
  const mapped = useSearch({ from: '/shell/dags/$dag/runs/$run/tasks/$task/$mapIndex', shouldThrow: false });
  const index = mapIndex === undefined ? -1 : Number(mapIndex);
  const query = useQuery(queries.ti(dag, run, task, index));
  const data = query.data;
  const here = { ...search, ...mapped };
  const to = mapIndex === undefined ? '/dags/$dag/runs/$run/tasks/$task' : '/dags/$dag/runs/$run/tasks/$task/$mapIndex';
  const params = { dag, run, task, ...(mapIndex === undefined ? {} : { mapIndex }) } as { dag: string; run: string; task: string };
  const navigate = useNavigate();
  const change = (next: Partial<typeof search>) =>
    navigate({ to, params, search: { ...here, ...next }, replace: true, resetScroll: false } as never);
  const tab: Tab = TABS.find(([name]) => name === here.tab)?.[0] ?? (data && data.tries.length === 0 ? 'details' : 'log');
  const label = index >= 0 ? `${task} [${index}]` : task;
  return (
    <Page
      name={`${data ? `${stateWord(data.state)}: ` : ''}${label} – ${dag}`}
      crumbs={
        <>
          <Link to="/dags">DAGs</Link> /{' '}
          <Link to="/dags/$dag" params={{ dag }}>
            {dag}
          </Link>{' '}
          /{' '}
          <Link to="/dags/$dag/runs/$run" params={{ dag, run }}>
            {run}
          </Link>
        </>
      }
      title={
        <>
          <span className="break">{label}</span>
          {data && <StateChip state={data.state} />}
        </>
      }
      facts={
        data && (
          <>
            {data.operator && <span>{data.operator}</span>}
            {data.start_date && (
              <span>
                started <When at={data.start_date} />
              </span>
            )}
            {data.start_date && (
              <span>
                {data.end_date ? 'took' : 'for'} <Took start={data.start_date} end={data.end_date} seconds={data.duration} />
              </span>
            )}
            <span>
              try {data.try_number} of {data.max_tries + 1}
            </span>
            <Link to="/dags/$dag/tasks/$task" params={{ dag, task }}>
              all runs of the task
            </Link>
          </>
        )
      }
      actions={data && <Actions ti={data} />}
    >
      <View query={query}>
        {(ti) => (
          <>
            {ti.question && <QuestionPanel ti={ti} question={ti.question} />}
            {ti.why.length > 0 && ti.state !== 'success' && ti.state !== 'failed' && (
              <section className={styles.why} aria-label="Why it waits">
                {ti.why.map((reason) => (
                  <p key={reason}>{reason}</p>
                ))}
              </section>
            )}
            <TabLinks label="Pages of the task instance">
              {TABS.map(([name, word]) => (
                <TabLink
                  key={name}
                  to={to}
                  params={params as never}
                  search={{ tab: name, try: here.try } as never}
                  active={tab === name}
                  count={name === 'xcom' && ti.xcoms.length > 0 ? ti.xcoms.length : undefined}
                >
                  {word}
                </TabLink>
              ))}
            </TabLinks>
            <Guard key={tab}>
              {tab === 'log' && <Log ti={ti} chosen={here.try} search={here} onSearch={change} to={to} params={params} />}
              {tab === 'details' && <Details ti={ti} />}
              {tab === 'rendered' && <Rendered ti={ti} />}
              {tab === 'xcom' && <XComs ti={ti} />}
              {tab === 'tries' && <Tries ti={ti} />}
            </Guard>
          </>
        )}
      </View>
    </Page>
  );
}

interface LogProps {
  ti: TiDetail;
  chosen: number | undefined;
  search: { l?: string; q?: string; re?: true; case?: true; only?: true; level?: string[] };
  onSearch: (next: LogProps['search']) => void;
  to: string;
  params: { dag: string; run: string; task: string };
}

function Log({ ti, chosen, search, onSearch, to, params }: LogProps) {
  const attempt = chosen ?? ti.try_number;
  const shown = ti.tries.find((each) => each.try_number === attempt);
  if (ti.tries.length === 0) {
    return (
      <Empty icon="clock" title="No log yet">
        {ti.why[0] ?? `The task is ${stateWord(ti.state)}; its log begins with its first try.`}
      </Empty>
    );
  }
  return (
    <>
      {ti.tries.length > 1 && (
        <nav className={styles.tries} aria-label="Tries">
          {ti.tries.map((each) => (
            <Link
              key={each.try_number}
              to={to as string}
              params={params as never}
              search={{ tab: 'log', try: each.try_number } as never}
              aria-current={each.try_number === attempt ? 'page' : undefined}
              activeOptions={{ exact: true }}
            >
              <StateChip state={each.state} size="small" word={`try ${each.try_number}`} />
            </Link>
          ))}
        </nav>
      )}
      <LogViewer
        key={attempt}
        url={path`/ui/api/logs/${ti.dag_id}/${ti.run_id}/${ti.task_id}/${ti.map_index}/${attempt}`}
        name={`${ti.dag_id}-${ti.task_id}-${attempt}.log`}
        failed={(shown?.state ?? ti.state) === 'failed' || ti.state === 'up_for_retry'}
        search={search}
        onSearch={onSearch as never}
        empty={
          <Empty icon="clock" title="Nothing is written yet">
            {ti.why[0] ?? 'Lines appear here as the task writes them.'}
          </Empty>
        }
      />
    </>
  );
}

function Actions({ ti }: { ti: TiDetail }) {
  const [asked, setAsked] = useState<'clear' | 'success' | 'failed' | 'kill' | null>(null);
  const at = { dag: ti.dag_id, run: ti.run_id, task: ti.task_id, mapIndex: ti.map_index };
  const close = () => setAsked(null);
  return (
    <>
      <Note
        text={ti.note}
        onSave={async (text) => {
          await setTaskNote(at, text);
          await stale(ti.dag_id);
        }}
      />
      {ti.state === 'running' && (
        <Button icon="stop" onClick={() => setAsked('kill')}>
          Kill
        </Button>
      )}
      <Button icon="refresh" onClick={() => setAsked('clear')}>
        Clear
      </Button>
      <Menu trigger={<Button>Mark as</Button>}>
        <MenuItem onSelect={() => setAsked('success')}>Success</MenuItem>
        <MenuItem onSelect={() => setAsked('failed')}>Failed</MenuItem>
      </Menu>
      {asked === 'clear' && <ClearDialog targets={[at]} onClose={close} />}
      {(asked === 'success' || asked === 'failed') && <MarkDialog targets={[at]} state={asked} onClose={close} />}
      <Confirm
        open={asked === 'kill'}
        onOpenChange={close}
        title="Kill the task"
        description={`Its process${ti.pid ? ` (${ti.pid}${ti.hostname ? ` on ${ti.hostname}` : ''})` : ''} is ended and the task fails without another try.`}
        confirm="Kill"
        danger
        action={async () => {
          await killTask(at);
          await stale(ti.dag_id);
        }}
        done="The task is being ended."
      />
    </>
  );
}
