import { useParams } from '@tanstack/react-router';
import { EventTable } from '../../components/event-table.tsx';

export function DagEventsPage() {
  const { dag } = useParams({ from: '/shell/dags/$dag/events' });
  return <EventTable query={{ dag_id: dag }} />;
}
