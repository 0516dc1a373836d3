import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { Icon } from './icons.tsx';
import styles from './table.module.css';

export interface Column<R> {
  id: string;
  header: ReactNode;
  cell: (row: R) => ReactNode;
  /** The word by which the server or the page sorts; none: cannot be sorted. */
  sort?: string;
  align?: 'left' | 'right';
  /** A CSS width for the column. */
  width?: string;
  /** Below this width of the window, in pixels, the column is left out (a card on a phone shows all that are left). */
  from?: number;
  /** The name of the row: a heading of it for who cannot see. */
  isName?: boolean;
}

interface Props<R> {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string;
  /** `name` or `-name`. */
  sort?: string | undefined;
  onSort?: (sort: string) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: Set<string>) => void;
  selectLabel?: (row: R) => string;
  /** A line at the foot, such as totals. */
  foot?: ReactNode;
  empty?: ReactNode;
}

const VIRTUAL_FROM = 100;

/** A table that stays quick with many rows, sorts, selects, and becomes cards on a phone. */
export function Table<R>({ label, columns, rows, rowKey, sort, onSort, selected, onSelect, selectLabel, foot, empty }: Props<R>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [offset, setOffset] = useState(0);
  const anchor = useRef<string | null>(null);
  const windowed = rows.length > VIRTUAL_FROM;
  useLayoutEffect(() => {
    if (windowed && body.current) setOffset(body.current.getBoundingClientRect().top + window.scrollY);
  }, [windowed]);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => 37,
    overscan: 12,
    scrollMargin: offset,
    enabled: windowed,
  });
  const items = virtual.getVirtualItems();
  const first = items[0];
  const last = items.at(-1);
  const before = windowed && first ? first.start - offset : 0;
  const after = windowed && last ? virtual.getTotalSize() - (last.end - offset) : 0;
  const shown = windowed
    ? items.map((item) => ({ row: rows[item.index]!, index: item.index }))
    : rows.map((row, index) => ({ row, index }));
  const span = columns.length + (onSelect ? 1 : 0);

  const toggle = (row: R, index: number, range: boolean) => {
    const next = new Set(selected);
    const from = anchor.current === null ? -1 : rows.findIndex((each) => rowKey(each) === anchor.current);
    const on = !next.has(rowKey(row));
    const [low, high] = range && from >= 0 ? [Math.min(from, index), Math.max(from, index)] : [index, index];
    for (const each of rows.slice(low, high + 1)) {
      if (on) next.add(rowKey(each));
      else next.delete(rowKey(each));
    }
    anchor.current = rowKey(row);
    onSelect?.(next);
  };
  const all = rows.length > 0 && rows.every((row) => selected?.has(rowKey(row)));

  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label={label} aria-rowcount={windowed ? rows.length + 1 : undefined}>
        <thead>
          <tr>
            {onSelect && (
              <th className={styles.select}>
                <label className={styles.tick}>
                  <span className="sr">Select all</span>
                  <input
                    type="checkbox"
                    checked={all}
                    ref={(box) => {
                      if (box) box.indeterminate = !all && (selected?.size ?? 0) > 0;
                    }}
                    onChange={() => onSelect(all ? new Set() : new Set(rows.map(rowKey)))}
                  />
                </label>
              </th>
            )}
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {before > 0 && (
            <tr className={styles.gap} aria-hidden="true">
              <td colSpan={span} style={{ height: before }} />
            </tr>
          )}
          {shown.map(({ row, index }) => {
            const key = rowKey(row);
            const chosen = selected?.has(key) ?? false;
            return (
              <tr
                key={key}
                data-index={index}
                ref={windowed ? virtual.measureElement : undefined}
                aria-rowindex={windowed ? index + 2 : undefined}
                data-selected={chosen || undefined}
              >
                {onSelect && (
                  <td className={styles.select}>
                    <label className={styles.tick}>
                      <span className="sr">Select {selectLabel?.(row) ?? key}</span>
                      <input
                        type="checkbox"
                        checked={chosen}
                        onChange={() => undefined}
                        onClick={(event) => toggle(row, index, event.shiftKey)}
                      />
                    </label>
                  </td>
                )}
                {columns.map((column) => {
                  const shared = {
                    className: styles.cell,
                    'data-align': column.align,
                    'data-from': column.from,
                    'data-name': column.isName || undefined,
                  };
                  const inner = (
                    <>
                      <span className={styles.cardLabel} aria-hidden="true">
                        {column.header}
                      </span>
                      {column.cell(row)}
                    </>
                  );
                  return column.isName ? (
                    <th key={column.id} scope="row" {...shared}>
                      {inner}
                    </th>
                  ) : (
                    <td key={column.id} {...shared}>
                      {inner}
                    </td>
                  );
                })}
              </tr>
            );
          })}
          {after > 0 && (
            <tr className={styles.gap} aria-hidden="true">
              <td colSpan={span} style={{ height: after }} />
            </tr>
          )}
          {rows.length === 0 && empty && (
            <tr className={styles.none}>
              <td colSpan={span}>{empty}</td>
            </tr>
          )}
        </tbody>
      </table>
      {foot && <div className={styles.foot}>{foot}</div>}
    </div>
  );
}

function Head<R>({ column, sort, onSort }: { column: Column<R>; sort: string | undefined; onSort: ((sort: string) => void) | undefined }) {
  const down = column.sort !== undefined && sort === `-${column.sort}`;
  const up = column.sort !== undefined && sort === column.sort;
  return (
    <th
      scope="col"
      data-align={column.align}
      data-from={column.from}
      style={{ width: column.width }}
      aria-sort={up ? 'ascending' : down ? 'descending' : undefined}
    >
      {column.sort !== undefined && onSort ? (
        <button type="button" className={styles.sort} onClick={() => onSort(up ? `-${column.sort}` : column.sort!)}>
          {column.header}
          <span data-on={up || down || undefined}>
            <Icon name={down ? 'down' : 'up'} size={12} />
          </span>
        </button>
      ) : (
        column.header
      )}
    </th>
  );
}

/** What can be done with the chosen rows; it stands at the foot of the window while any are chosen. */
export function BulkBar({ count, what, onClear, children }: { count: number; what: string; onClear: () => void; children: ReactNode }) {
  if (count === 0) return null;
  return (
    <section className={styles.bulk} aria-label="Chosen">
      <span>
        <strong>{count}</strong> {what}
        {count === 1 ? '' : 's'} chosen
      </span>
      <div>{children}</div>
      <button type="button" onClick={onClear} aria-label="Choose none">
        <Icon name="close" />
      </button>
    </section>
  );
}
