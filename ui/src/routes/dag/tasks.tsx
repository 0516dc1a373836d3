export function DagTasksPage() {
  return null;
}
