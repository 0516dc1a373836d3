import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams, useRouterState, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { setPaused } from '../../api/actions.ts';
import { queries } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { Switch } from '../../components/field.tsx';
import { Page } from '../../components/page.tsx';
import { OpenQuestions } from '../../components/question/open-questions.tsx';
import { StateChip } from '../../components/state.tsx';
import { TabLink, TabLinks } from '../../components/tabs.tsx';
import { toastFailed } from '../../components/toast.tsx';
import { TriggerDialog } from '../../components/trigger/trigger-dialog.tsx';
import { Failed, Guard, Stale } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import { parseConf } from '../../lib/params.ts';
import styles from './layout.module.css';

/** The tabs of a DAG, each a page below it. Those of `view` share the first page. */
const TABS = [
  ['overview', 'Overview'],
  ['runs', 'Runs'],
  ['tasks', 'Tasks'],
  ['calendar', 'Calendar'],
  ['code', 'Code'],
  ['events', 'Events'],
  ['details', 'Details'],
] as const;

/** What stands above every page of a DAG. */
export function DagLayout() {
  const { dag } = useParams({ from: '/shell/dags/$dag' });
  const { view, trigger, conf } = useSearch({ strict: false });
  const navigate = useNavigate();
  const query = useQuery(queries.dag(dag));
  const at = useRouterState({ select: (state) => state.location.pathname.split('/')[3] ?? '' });
  const [asking, setAsking] = useState(false);
  const given = conf === undefined ? { conf: {} } : parseConf(conf);
  const data = query.data;
  if (query.isError && !data) {
    return (
      <Page title={dag} crumbs={<Link to="/dags">DAGs</Link>}>
        <Failed error={query.error} onRetry={() => query.refetch()} />
      </Page>
    );
  }
  return (
    <Page
      title={dag}
      crumbs={<Link to="/dags">DAGs</Link>}
      facts={
        data && (
          <>
            <span>{data.schedule ? (data.schedule_words ?? data.schedule) : 'started by hand'}</span>
            {data.last_run && (
              <span className={styles.fact}>
                last run
                <Link to="/dags/$dag/runs/$run" params={{ dag, run: data.last_run.run_id }}>
                  <StateChip state={data.last_run.state} size="small" />
                </Link>
                <When at={data.last_run.run_after} show="relative" />
              </span>
            )}
            {data.next_run && !data.is_paused && (
              <span className={styles.fact}>
                next <When at={data.next_run} show="relative" />
              </span>
            )}
            {data.version !== null && <span>version {data.version}</span>}
          </>
        )
      }
      actions={
        data && (
          <>
            <span className={styles.active}>
              {data.is_paused ? 'Paused' : 'Active'}
              <Switch
                label={`${dag} is active`}
                checked={!data.is_paused}
                disabled={!data.can_edit}
                onChange={(on) => setPaused(dag, !on).catch(toastFailed)}
              />
            </span>
            <Button kind="primary" icon="play" disabled={!data.can_trigger} onClick={() => setAsking(true)}>
              Trigger
            </Button>
          </>
        )
      }
    >
      <Stale query={query} />
      {data?.import_errors.map((error) => (
        <details key={error.filename} className={styles.broken}>
          <summary>{error.filename} does not load; what you see is its last version that did.</summary>
          <pre>{error.message}</pre>
        </details>
      ))}
      <OpenQuestions dag={dag} />
      <TabLinks label="Pages of the DAG">
        <TabLink to="/dags/$dag" params={{ dag }} search={{}} active={at === '' && view !== 'graph'}>
          Grid
        </TabLink>
        <TabLink to="/dags/$dag" params={{ dag }} search={{ view: 'graph' }} active={at === '' && view === 'graph'}>
          Graph
        </TabLink>
        {TABS.map(([name, word]) => (
          <TabLink key={name} to={`/dags/$dag/${name}` as '/dags/$dag/code'} params={{ dag }} search={{}} active={at === name}>
            {word}
          </TabLink>
        ))}
      </TabLinks>
      <Guard key={at}>
        <Outlet />
      </Guard>
      {(asking || trigger) && (
        <TriggerDialog
          dag={dag}
          conf={'conf' in given ? given.conf : undefined}
          open
          onOpenChange={(open) => {
            setAsking(open);
            // An address that asks for the form asks once.
            if (!open && trigger) navigate({ to: '/dags/$dag', params: { dag }, search: {}, replace: true });
          }}
        />
      )}
    </Page>
  );
}
