import { useQuery } from '@tanstack/react-query';
import type { Query } from '../api/client.ts';
import { queries } from '../api/queries.ts';
import type { EventLog } from '../api/types.ts';
import { Table } from './table.tsx';
import { Empty, View } from './view.tsx';
import { When } from './when.tsx';

/** Who did what to a thing: its part of the audit log. */
export function EventTable({ query }: { query: Query }) {
  const events = useQuery(queries.events({ order_by: '-when', limit: 100, ...query }));
  return (
    <View query={events}>
      {(data) => (
        <Table
          label="Events"
          rows={data.event_logs}
          rowKey={(event) => String(event.event_log_id)}
          empty={<Empty title="Nothing happened yet">What users and the scheduler do to it is written here.</Empty>}
          columns={[
            { id: 'when', header: 'When', cell: (event) => <When at={event.when} /> },
            { id: 'event', header: 'Event', isName: true, cell: (event) => event.event },
            { id: 'who', header: 'Who', cell: (event) => event.owner ?? <span className="muted">–</span> },
            ...(query.run_id === undefined
              ? [
                  {
                    id: 'run',
                    header: 'Run',
                    from: 1024,
                    cell: (event: EventLog) =>
                      event.run_id ? <span className="mono break">{event.run_id}</span> : <span className="muted">–</span>,
                  },
                ]
              : []),
            { id: 'task', header: 'Task', from: 768, cell: (event) => event.task_id ?? <span className="muted">–</span> },
            { id: 'extra', header: 'More', cell: (event) => <span className="mono break muted">{event.extra}</span> },
          ]}
          foot={`${data.event_logs.length} of ${data.total_entries}`}
        />
      )}
    </View>
  );
}
