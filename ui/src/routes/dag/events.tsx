export function DagEventsPage() {
  return null;
}
