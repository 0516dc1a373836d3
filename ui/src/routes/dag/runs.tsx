export function DagRunsPage() {
  return null;
}
