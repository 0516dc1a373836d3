import type { Dag, Gantt, Graph, GraphNode, Run, Ti } from '../src/api/types.ts';

/** A made-up layout: a column per level, a row per task of it. */
export function graphOf(dag: Dag, open: string[]): Graph {
  const closed = new Set(dag.groups.map((group) => group.group_id).filter((id) => !open.includes(id) && !open.includes('*')));
  const shown = (task: { task_id: string; parent: string | null }) => (task.parent && closed.has(task.parent) ? task.parent : task.task_id);
  const ids = [...new Set(dag.tasks.map(shown))];
  const edges = new Set(
    dag.tasks.flatMap((task) => task.downstream.map((to) => `${shown(task)}\n${shown(dag.tasks.find((each) => each.task_id === to)!)}`)),
  );
  const level = new Map(ids.map((id) => [id, 0]));
  for (const edge of edges) {
    const [from, to] = edge.split('\n') as [string, string];
    if (from !== to) level.set(to, Math.max(level.get(to)!, level.get(from)! + 1));
  }
  const rows = new Map<number, number>();
  const nodes: GraphNode[] = ids.map((id) => {
    const column = level.get(id)!;
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    const task = dag.tasks.find((each) => each.task_id === id);
    return {
      id,
      label: task?.label ?? id,
      kind: task ? 'task' : 'group',
      parent: null,
      x: 20 + column * 250,
      y: 20 + row * 84,
      w: 190,
      h: 52,
      operator: task?.operator ?? null,
      mapped: task?.is_mapped ?? false,
      setup: false,
      teardown: false,
      count: task ? null : dag.tasks.filter((each) => each.parent === id).length,
    };
  });
  const at = new Map(nodes.map((node) => [node.id, node]));
  return {
    version: 3,
    width: 40 + Math.max(...nodes.map((node) => node.x + node.w)),
    height: 40 + Math.max(...nodes.map((node) => node.y + node.h)),
    nodes,
    edges: [...edges]
      .map((edge) => edge.split('\n') as [string, string])
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => {
        const a = at.get(from)!;
        const b = at.get(to)!;
        const middle = (a.x + a.w + b.x) / 2;
        return {
          from,
          to,
          label: null,
          setup: false,
          back: false,
          points: [
            [a.x + a.w, a.y + a.h / 2],
            [middle, a.y + a.h / 2],
            [middle, b.y + b.h / 2],
            [b.x, b.y + b.h / 2],
          ],
        };
      }),
  };
}

export function ganttOf(_dag: Dag, run: Run, tis: Ti[]): Gantt {
  const whole = run.duration ?? 90;
  return {
    now: new Date().toISOString(),
    start: run.start_date ?? run.run_after,
    end: run.end_date,
    rows: tis.map((ti) => ({
      task_id: ti.task_id,
      map_index: -1,
      label: ti.task_id,
      group: null,
      depth: 0,
      operator: ti.operator,
      state: ti.state,
      tries: ti.start_date
        ? [
            {
              try: ti.try_number,
              state: ti.state ?? 'running',
              scheduled_at: ti.scheduled_at,
              queued_at: ti.queued_at,
              start: ti.start_date,
              end: ti.end_date,
            },
          ]
        : [],
      wait: ti.start_date ? 2 : 0,
      run: ti.duration ?? 0,
      share: (ti.duration ?? 0) / whole,
      median: ti.duration ? ti.duration * 0.9 : null,
    })),
    critical: tis.slice(0, 3).map((ti) => ti.task_id),
    gaps: [],
    hidden: 0,
  };
}
