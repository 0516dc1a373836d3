import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queries } from '../api/queries.ts';
import type { Home, Run } from '../api/types.ts';
import { Icon } from '../components/icons.tsx';
import { Page, Panel } from '../components/page.tsx';
import { OpenQuestions } from '../components/question/open-questions.tsx';
import { StateChip } from '../components/state.tsx';
import { Empty, View } from '../components/view.tsx';
import { Took, When } from '../components/when.tsx';
import { useZone } from '../lib/now.ts';
import { count } from '../lib/numbers.ts';
import { duration, minuteOf } from '../lib/time.ts';
import styles from './home.module.css';

/** How the whole installation fares: what is broken first. */
export function HomePage() {
  const query = useQuery(queries.home());
  return (
    <Page title="Home">
      <View query={query}>
        {(home) => (
          <>
            <Health home={home} />
            <OpenQuestions />
            <div className={styles.columns}>
              <Panel title={`Failed in the last 24 hours${home.failed.length > 0 ? ` · ${home.failed.length}` : ''}`}>
                <Runs runs={home.failed} empty="No run failed" />
              </Panel>
              <Panel title="Running now">
                <Runs runs={home.running} empty="Nothing runs" />
              </Panel>
              <Panel title="Outcomes by hour">
                <Outcomes outcomes={home.outcomes} />
              </Panel>
              <Panel title="Next">
                <ul className={styles.rows}>
                  {home.late.map((each) => (
                    <li key={each.dag_id}>
                      <Link to="/dags/$dag" params={{ dag: each.dag_id }} className="cut">
                        {each.dag_id}
                      </Link>
                      <span className={styles.late}>late by {duration(each.late_seconds)}</span>
                    </li>
                  ))}
                  {home.next.map((each) => (
                    <li key={each.dag_id}>
                      <Link to="/dags/$dag" params={{ dag: each.dag_id }} className="cut">
                        {each.dag_id}
                      </Link>
                      <span className="muted">
                        <When at={each.run_after} show="relative" />
                      </span>
                    </li>
                  ))}
                </ul>
                {home.next.length === 0 && <Empty title="Nothing is planned">Every DAG is paused or started by hand.</Empty>}
              </Panel>
              <Panel title="Pools">
                <ul className={styles.pools}>
                  {home.pools.map((pool) => (
                    <li key={pool.name}>
                      <span>{pool.name}</span>
                      <span className="muted">
                        {count(pool.running + pool.queued)} of {pool.slots < 0 ? 'any number' : count(pool.slots)}
                        {pool.scheduled > 0 && `, ${count(pool.scheduled)} wait`}
                      </span>
                      <span
                        className={styles.meter}
                        role="img"
                        aria-label={`${pool.running} running, ${pool.queued} queued of ${pool.slots}`}
                      >
                        <i data-s="running" style={{ width: `${(pool.running / Math.max(1, pool.slots)) * 100}%` }} />
                        <i data-s="queued" style={{ width: `${(pool.queued / Math.max(1, pool.slots)) * 100}%` }} />
                        <i data-s="deferred" style={{ width: `${(pool.deferred / Math.max(1, pool.slots)) * 100}%` }} />
                      </span>
                    </li>
                  ))}
                </ul>
              </Panel>
            </div>
          </>
        )}
      </View>
    </Page>
  );
}

function Health({ home }: { home: Home }) {
  return (
    <ul className={styles.health} aria-label="Health">
      {home.health.map((part) => (
        <li key={part.component} data-status={part.status}>
          <Icon name={part.status === 'healthy' ? 'check' : part.status === 'unhealthy' ? 'warning' : 'info'} size={14} />
          <span>
            <strong>{part.component.replaceAll('_', ' ')}</strong> {part.status}
          </span>
          {part.latest_heartbeat && part.status !== 'healthy' && (
            <span className="muted">
              <When at={part.latest_heartbeat} show="relative" />
            </span>
          )}
        </li>
      ))}
      {home.import_errors > 0 && (
        <li data-status="unhealthy">
          <Icon name="warning" size={14} />
          <Link to={'/import-errors' as string}>
            {home.import_errors} import {home.import_errors === 1 ? 'error' : 'errors'}
          </Link>
        </li>
      )}
    </ul>
  );
}

function Runs({ runs, empty }: { runs: readonly Run[]; empty: string }) {
  if (runs.length === 0) return <Empty icon="check" title={empty} />;
  return (
    <ul className={styles.rows}>
      {runs.map((run) => (
        <li key={`${run.dag_id} ${run.run_id}`}>
          <StateChip state={run.state} size="small" />
          <Link to="/dags/$dag/runs/$run" params={{ dag: run.dag_id, run: run.run_id }} className="cut">
            {run.dag_id}
          </Link>
          <span className="muted">
            {run.state === 'running' ? (
              <Took start={run.start_date} end={null} />
            ) : (
              <When at={run.end_date ?? run.run_after} show="relative" />
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Outcomes({ outcomes }: { outcomes: Home['outcomes'] }) {
  const zone = useZone();
  const most = Math.max(1, ...outcomes.map((each) => each.success + each.failed));
  const failed = outcomes.reduce((sum, each) => sum + each.failed, 0);
  const success = outcomes.reduce((sum, each) => sum + each.success, 0);
  return (
    <figure>
      <div className={styles.hours} role="img" aria-label={`${success} runs succeeded and ${failed} failed in 24 hours`}>
        {outcomes.map((each) => (
          <span key={each.hour} title={`${minuteOf(each.hour, zone)}: ${each.success} success, ${each.failed} failed`}>
            <i data-s="failed" style={{ height: `${(each.failed / most) * 100}%` }} />
            <i data-s="success" style={{ height: `${(each.success / most) * 100}%` }} />
          </span>
        ))}
      </div>
      <figcaption className={styles.caption}>
        <span>{outcomes[0] && minuteOf(outcomes[0].hour, zone)}</span>
        <span>
          {count(success)} success, {count(failed)} failed
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}
