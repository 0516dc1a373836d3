export function GraphView(_: { dag: string; run?: string }) {
  return null;
}
