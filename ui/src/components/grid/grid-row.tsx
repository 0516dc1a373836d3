import { memo } from 'react';
import type { GridTask } from '../../api/types.ts';
import { COLUMN, ROW } from '../../lib/grid.ts';
import { cellOf, stateWord } from '../../lib/states.ts';
import { Icon } from '../icons.tsx';
import styles from './grid-canvas.module.css';

interface Props {
  task: GridTask;
  /** Its place among the rows in sight, and in the data. */
  row: number;
  index: number;
  /** The columns drawn. */
  from: number;
  to: number;
  cells: Uint8Array;
  columns: number;
  /** For a group: whether its tasks are shown. */
  open: boolean | undefined;
  active: number | null;
  /** The chosen columns. */
  left: number | null;
  right: number | null;
  runLabels: readonly string[];
  /** The grid has groups, so its rows have levels. */
  tree: boolean;
}

export const GridRow = memo(function GridRow({
  task,
  row,
  index,
  from,
  to,
  cells,
  columns,
  open,
  active,
  left,
  right,
  runLabels,
  tree,
}: Props) {
  const drawn = [];
  for (let column = from; column < to; column++) {
    const cell = cellOf(cells[index * columns + column] ?? 15);
    const isChosen = left !== null && right !== null && column >= left && column <= right;
    const flags = `${cell.retried ? ', retried' : ''}${cell.note ? ', has a note' : ''}`;
    drawn.push(
      <div
        key={column}
        id={`cell-${row}-${column}`}
        role="gridcell"
        tabIndex={-1}
        className={styles.cell}
        data-s={cell.absent ? undefined : cell.state}
        data-absent={cell.absent || undefined}
        data-mapped={cell.mapped || undefined}
        data-retried={cell.retried || undefined}
        data-note={cell.note || undefined}
        data-active={active === column || undefined}
        data-chosen={isChosen || undefined}
        data-r={row}
        data-c={column}
        aria-colindex={column + 2}
        aria-selected={isChosen}
        aria-label={`${task.label}, run ${runLabels[column]}, ${cell.absent ? 'not in this run' : stateWord(cell.state)}${flags}`}
        style={{ left: `calc(var(--label) + ${column * COLUMN}px)` }}
      />,
    );
  }
  return (
    <div
      className={styles.row}
      role="row"
      aria-rowindex={row + 2}
      aria-expanded={open}
      aria-level={tree ? task.depth + 1 : undefined}
      data-group={task.kind === 'group' || undefined}
      style={{ top: row * ROW + 88 }}
    >
      <div className={styles.label} role="rowheader" style={{ paddingLeft: 8 + task.depth * 14 }} title={task.id}>
        {task.kind === 'group' ? (
          <button type="button" tabIndex={-1} data-toggle={task.id} aria-label={`${open ? 'Close' : 'Open'} ${task.label}`}>
            <Icon name={open ? 'down' : 'right'} size={12} />
          </button>
        ) : (
          <span className={styles.bullet} />
        )}
        <span className="cut">{task.label}</span>
        {task.mapped && <span className={styles.mapped}>[ ]</span>}
      </div>
      {drawn}
    </div>
  );
});
