import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Grid } from '../../api/types.ts';
import { COLUMN, inSight, moved, openRows, type Point, type Rect, ROW, rectOf } from '../../lib/grid.ts';
import { isShortcut } from '../../lib/keys.ts';
import { useNow, useZone } from '../../lib/now.ts';
import { cellOf, stateWord } from '../../lib/states.ts';
import { duration, elapsed, shortTime } from '../../lib/time.ts';
import styles from './grid-canvas.module.css';
import { GridHead } from './grid-head.tsx';
import { GridRow } from './grid-row.tsx';

type Act = 'clear' | 'success' | 'failed';

interface Props {
  dag: string;
  grid: Grid;
  cells: Uint8Array;
  find: string;
  onTurn: (newer: boolean) => void;
  onChoose: (rect: Rect | null, rows: number[]) => void;
  onAct: (what: Act, rect: Rect, rows: number[]) => void;
}

const MANY_ROWS = 80;

/** The grid itself. Only what is in sight is drawn; a cell is one element without a handler; keys and pointer are handled here, once. */
export function GridCanvas({ dag, grid, cells, find, onTurn, onChoose, onAct }: Props) {
  const navigate = useNavigate();
  const zone = useZone();
  const now = useNow(10);
  const scroller = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ top: 0, left: 0, height: 600, width: 1000 });
  const [closed, setClosed] = useState<ReadonlySet<string>>(
    () => new Set(grid.tasks.length > MANY_ROWS ? grid.tasks.filter((task) => task.kind === 'group').map((task) => task.id) : []),
  );
  const rows = useMemo(() => openRows(grid.tasks, closed, find), [grid.tasks, closed, find]);
  const runs = grid.runs;
  const tree = grid.tasks.some((task) => task.kind === 'group');
  const [active, setActive] = useState<Point>({ row: 0, column: Math.max(0, runs.length - 1) });
  const [anchor, setAnchor] = useState<Point | null>(null);
  const [hover, setHover] = useState<{ row: number; column: number; x: number; y: number } | null>(null);
  const dragging = useRef<Point | null>(null);
  const dragged = useRef(false);

  const runLabels = useMemo(() => runs.map((run) => `${run.run_type} ${shortTime(run.run_after, zone, now)}`), [runs, zone, now]);
  const labelWidth = Math.min(320, Math.max(150, sight.width * 0.32));
  const chosen = anchor ? rectOf(anchor, active) : null;
  const choose = (rect: Rect | null) => onChoose(rect, rows);

  const measure = useCallback(() => {
    const box = scroller.current;
    if (box) setSight({ top: box.scrollTop, left: box.scrollLeft, height: box.clientHeight, width: box.clientWidth });
  }, []);
  // The newest runs are at the right end, which is where the eye starts.
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    box.scrollLeft = box.scrollWidth;
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(box);
    return () => watch.disconnect();
  }, [measure]);
  useEffect(() => {
    setActive((point) => ({ row: Math.min(point.row, rows.length - 1), column: Math.min(point.column, runs.length - 1) }));
  }, [rows.length, runs.length]);

  const [rowFrom, rowTo] = inSight(sight.top, sight.height, ROW, rows.length, 8);
  const [columnFrom, columnTo] = inSight(Math.max(0, sight.left), Math.max(0, sight.width - labelWidth), COLUMN, runs.length, 6);

  const show = (point: Point) => {
    const box = scroller.current;
    if (!box) return;
    const head = 88;
    const y = point.row * ROW;
    if (point.row >= 0 && y < box.scrollTop) box.scrollTop = y;
    else if (y + ROW + head > box.scrollTop + box.clientHeight) box.scrollTop = y + ROW + head - box.clientHeight;
    const x = point.column * COLUMN;
    if (x < box.scrollLeft) box.scrollLeft = x;
    else if (x + COLUMN + labelWidth > box.scrollLeft + box.clientWidth) box.scrollLeft = x + COLUMN + labelWidth - box.clientWidth;
  };

  const toggle = (id: string) => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setClosed(next);
  };

  const open = (point: Point, log: boolean, newTab = false) => {
    const run = runs[point.column];
    if (!run) return;
    const task = point.row < 0 ? undefined : grid.tasks[rows[point.row]!];
    const to =
      task?.kind === 'task'
        ? ({
            to: '/dags/$dag/runs/$run/tasks/$task',
            params: { dag, run: run.run_id, task: task.id },
            search: log ? { tab: 'log' as const } : {},
          } as const)
        : ({ to: '/dags/$dag/runs/$run', params: { dag, run: run.run_id }, search: {} } as const);
    if (task?.kind === 'group') return toggle(task.id);
    if (newTab)
      window.open(
        `${document.baseURI.replace(/\/$/, '')}/dags/${encodeURIComponent(dag)}/runs/${encodeURIComponent(run.run_id)}${task ? `/tasks/${encodeURIComponent(task.id)}` : ''}`,
      );
    else navigate(to);
  };

  const nextFailed = () => {
    const total = rows.length * runs.length;
    const from = Math.max(0, active.row) * runs.length + active.column;
    for (let step = 1; step <= total; step++) {
      const at = (from + step) % total;
      const row = Math.floor(at / runs.length);
      const column = at % runs.length;
      if (cellOf(cells[rows[row]! * runs.length + column] ?? 0).state === 'failed') return moveTo({ row, column }, false);
    }
  };

  const moveTo = (point: Point, extend: boolean) => {
    if (extend && point.row >= 0) {
      const start = anchor ?? active;
      setAnchor(start);
      choose(rectOf(start, point));
    } else if (anchor) {
      setAnchor(null);
      choose(null);
    }
    setActive(point);
    show(point);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const to = moved(active, event.key, event.ctrlKey || event.metaKey, rows.length, runs.length);
    const task = active.row < 0 ? undefined : grid.tasks[rows[active.row]!];
    if (to) moveTo(to, event.shiftKey);
    else if (event.key === 'Enter') open(active, false);
    else if (event.key === ' ' && task?.kind === 'group') toggle(task.id);
    else if (event.key === 'Escape' && anchor) moveTo(active, false);
    else if (isShortcut(event.nativeEvent)) {
      const rect = chosen ?? rectOf(active, active);
      if (event.key === 'c') onAct('clear', rect, rows);
      else if (event.key === 's') onAct('success', rect, rows);
      else if (event.key === 'f') onAct('failed', rect, rows);
      else if (event.key === 'l') open(active, true);
      else if (event.key === '[') onTurn(false);
      else if (event.key === ']') onTurn(true);
      else if (event.key === 'n') nextFailed();
      else return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const pointOf = (event: PointerEvent | React.MouseEvent): Point | null => {
    const cell = (event.target as Element).closest<HTMLElement>('[data-c]');
    return cell ? { row: Number(cell.dataset.r), column: Number(cell.dataset.c) } : null;
  };
  const onPointerMove = (event: PointerEvent) => {
    const point = pointOf(event);
    if (!point) return setHover(null);
    if (point.row !== hover?.row || point.column !== hover?.column) setHover({ ...point, x: event.clientX, y: event.clientY });
    if (
      dragging.current &&
      event.buttons === 1 &&
      point.row >= 0 &&
      (point.row !== dragging.current.row || point.column !== dragging.current.column)
    ) {
      dragged.current = true;
      setAnchor(dragging.current);
      setActive(point);
      choose(rectOf(dragging.current, point));
    }
  };
  const onPointerDown = (event: PointerEvent) => {
    dragged.current = false;
    dragging.current = event.pointerType === 'mouse' && event.button === 0 ? pointOf(event) : null;
  };
  const onClick = (event: React.MouseEvent) => {
    const expander = (event.target as Element).closest<HTMLElement>('[data-toggle]');
    if (expander) return toggle(expander.dataset.toggle!);
    const point = pointOf(event);
    dragging.current = null;
    if (!point || dragged.current) return;
    if (event.shiftKey) return moveTo(point, true);
    moveTo(point, false);
    open(point, false, event.metaKey || event.ctrlKey);
  };

  const words = (point: Point): string => {
    const run = runs[point.column];
    if (!run) return '';
    if (point.row < 0)
      return `run ${runLabels[point.column]}, ${stateWord(run.state)}, ${duration(run.duration ?? elapsed(run.start_date, run.end_date, now))}`;
    const index = rows[point.row];
    const task = index === undefined ? undefined : grid.tasks[index];
    if (!task || index === undefined) return '';
    const cell = cellOf(cells[index * runs.length + point.column] ?? 15);
    const state = cell.absent ? 'not in this run' : stateWord(cell.state);
    return `${task.label}, run ${runLabels[point.column]}, ${state}${cell.mapped ? ', mapped' : ''}${cell.retried ? ', retried' : ''}${cell.note ? ', has a note' : ''}`;
  };

  return (
    <div className={styles.frame}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its role is that of a grid */}
      <div
        ref={scroller}
        className={styles.scroller}
        role={tree ? 'treegrid' : 'grid'}
        tabIndex={0}
        aria-label={`Runs of ${dag} against its tasks`}
        aria-rowcount={rows.length + 1}
        aria-colcount={runs.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={`cell-${active.row}-${active.column}`}
        style={
          {
            '--label': `${labelWidth}px`,
            '--column': `${COLUMN}px`,
            '--row': `${ROW}px`,
            '--content': `${rows.length * ROW + 108}px`,
          } as React.CSSProperties
        }
        onScroll={measure}
        onKeyDown={onKeyDown}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setHover(null)}
        onPointerDown={onPointerDown}
        onClick={onClick}
      >
        <div
          className={styles.canvas}
          role="presentation"
          style={{ width: labelWidth + runs.length * COLUMN + 8, height: rows.length * ROW + 88 }}
        >
          {hover && <div className={styles.hoverColumn} role="presentation" style={{ left: labelWidth + hover.column * COLUMN }} />}
          <GridHead
            runs={runs}
            from={columnFrom}
            to={columnTo}
            active={active.row < 0 ? active.column : null}
            labels={runLabels}
            now={now}
          />
          {rows.slice(rowFrom, rowTo).map((index, at) => {
            const row = rowFrom + at;
            const task = grid.tasks[index]!;
            return (
              <GridRow
                key={task.id}
                task={task}
                row={row}
                index={index}
                from={columnFrom}
                to={columnTo}
                cells={cells}
                columns={runs.length}
                open={task.kind === 'group' ? !closed.has(task.id) || find !== '' : undefined}
                active={active.row === row ? active.column : null}
                left={chosen && row >= chosen.top && row <= chosen.bottom ? chosen.left : null}
                right={chosen && row >= chosen.top && row <= chosen.bottom ? chosen.right : null}
                runLabels={runLabels}
                tree={tree}
              />
            );
          })}
        </div>
      </div>
      {hover && (
        <div
          className={styles.tip}
          role="presentation"
          style={{ left: Math.min(hover.x + 14, window.innerWidth - 300), top: hover.y + 18 }}
        >
          {words(hover)}
        </div>
      )}
    </div>
  );
}
