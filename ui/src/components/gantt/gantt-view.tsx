export function GanttView(_: { dag: string; run: string }) {
  return null;
}
