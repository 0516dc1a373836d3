export function DagCodePage() {
  return null;
}
