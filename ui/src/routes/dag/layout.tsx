export function DagLayout() {
  return null;
}
