export function DagDetailsPage() {
  return null;
}
