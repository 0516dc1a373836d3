import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { queries } from '../api/queries.ts';
import type { TiDetail } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { JsonView } from '../components/json-view.tsx';
import { Facts, Panel } from '../components/page.tsx';
import { StateChip, StateCount } from '../components/state.tsx';
import { Table } from '../components/table.tsx';
import { Empty, View } from '../components/view.tsx';
import { Took, When } from '../components/when.tsx';
import { orderedCounts } from '../lib/states.ts';
import styles from './task-instance.module.css';

export function Details({ ti }: { ti: TiDetail }) {
  return (
    <div className={styles.columns}>
      <Panel title="Task instance">
        <Facts
          rows={[
            ['State', <StateChip key="state" state={ti.state} size="small" />],
            ['Try', `${ti.try_number} of ${ti.max_tries + 1}`],
            ['Scheduled', ti.scheduled_at && <When at={ti.scheduled_at} />],
            ['Queued', ti.queued_at && <When at={ti.queued_at} />],
            ['Started', ti.start_date && <When at={ti.start_date} />],
            ['Ended', ti.end_date && <When at={ti.end_date} />],
            ['Duration', ti.start_date && <Took start={ti.start_date} end={ti.end_date} seconds={ti.duration} />],
            ['Heartbeat', ti.heartbeat_at && <When at={ti.heartbeat_at} show="relative" />],
            ['Host', ti.hostname],
            ['Process', ti.pid],
            [
              'Mapped',
              ti.mapped && (
                <span>
                  {ti.mapped.count} copies{' '}
                  {orderedCounts(ti.mapped.counts).map(([state, count]) => (
                    <StateCount key={state} state={state} count={count} />
                  ))}
                </span>
              ),
            ],
            [
              'Waits for',
              ti.trigger && (
                <span className="break">
                  {ti.trigger.class}, since <When at={ti.trigger.since} show="relative" />
                </span>
              ),
            ],
          ]}
        />
      </Panel>
      <Panel title="Task">
        <Facts
          rows={[
            [
              'Task',
              <Link key="task" to="/dags/$dag/tasks/$task" params={{ dag: ti.dag_id, task: ti.task_id }}>
                {ti.task_id}
              </Link>,
            ],
            ['Operator', ti.operator],
            ['Pool', ti.pool],
            ['Queue', ti.queue],
            ['Priority weight', ti.priority_weight],
            ['Trigger rule', ti.task?.trigger_rule],
            ['Retries', ti.task?.retries],
            ['Downstream', ti.task && ti.task.downstream.length > 0 ? ti.task.downstream.join(', ') : null],
            ['Documentation', ti.task?.doc_md],
          ]}
        />
      </Panel>
      {ti.trigger && (
        <Panel title="Trigger">
          <JsonView value={ti.trigger.kwargs} label="arguments" />
        </Panel>
      )}
    </div>
  );
}

export function Rendered({ ti }: { ti: TiDetail }) {
  const fields = Object.entries(ti.rendered ?? {}).filter(([, value]) => value !== null);
  if (fields.length === 0) return <Empty title="No rendered fields">The task has no templates, or has not run yet.</Empty>;
  return (
    <div className={styles.fields}>
      {fields.map(([name, value]) => (
        <section key={name}>
          <h2 className="mono">{name}</h2>
          <JsonView value={value} raw label={name} />
        </section>
      ))}
    </div>
  );
}

export function XComs({ ti }: { ti: TiDetail }) {
  const [open, setOpen] = useState<string | null>(ti.xcoms[0]?.key ?? null);
  if (ti.xcoms.length === 0) return <Empty title="No XComs">The task has returned and pushed nothing.</Empty>;
  return (
    <div className={styles.columns}>
      <Table
        label="XComs"
        rows={ti.xcoms}
        rowKey={(xcom) => xcom.key}
        columns={[
          {
            id: 'key',
            header: 'Key',
            isName: true,
            cell: (xcom) => (
              <Button size="small" kind="quiet" aria-pressed={open === xcom.key} onClick={() => setOpen(xcom.key)}>
                {xcom.key}
              </Button>
            ),
          },
          { id: 'bytes', header: 'Size', align: 'right', cell: (xcom) => `${new Intl.NumberFormat('en').format(xcom.bytes)} bytes` },
          { id: 'at', header: 'Written', cell: (xcom) => <When at={xcom.timestamp} show="relative" /> },
        ]}
      />
      {open !== null && <Value ti={ti} name={open} />}
    </div>
  );
}

function Value({ ti, name }: { ti: TiDetail; name: string }) {
  const query = useQuery(queries.xcom(ti.dag_id, ti.run_id, ti.task_id, ti.map_index, name));
  return <View query={query}>{(xcom) => <JsonView value={xcom.value} label={name} />}</View>;
}

export function Tries({ ti }: { ti: TiDetail }) {
  return (
    <Table
      label="Tries"
      rows={ti.tries}
      rowKey={(each) => String(each.try_number)}
      empty={<Empty title="Not tried yet" />}
      columns={[
        { id: 'try', header: 'Try', isName: true, cell: (each) => each.try_number },
        { id: 'state', header: 'State', cell: (each) => <StateChip state={each.state} size="small" /> },
        { id: 'start', header: 'Started', cell: (each) => <When at={each.start_date} /> },
        {
          id: 'duration',
          header: 'Duration',
          align: 'right',
          cell: (each) => <Took start={each.start_date} end={each.end_date} seconds={each.duration} />,
        },
        {
          id: 'host',
          header: 'Where',
          from: 768,
          cell: (each) => <span className="muted">{[each.hostname, each.pid].filter(Boolean).join(' · ')}</span>,
        },
        { id: 'exit', header: 'Ended with', cell: (each) => each.exit ?? <span className="muted">–</span> },
      ]}
    />
  );
}
