import { type KeyboardEvent, useRef, useState } from 'react';
import type { Dag } from '../../api/types.ts';
import { Icon } from '../icons.tsx';
import { StateChip } from '../state.tsx';
import styles from './graph.module.css';

interface Item {
  id: string;
  label: string;
  level: number;
  group: boolean;
  after: string[];
}

/** Groups with what is in them, then tasks, in the order of the DAG. */
function itemsOf(dag: Dag, closed: ReadonlySet<string>, find: string): Item[] {
  const items: Item[] = [];
  const done = new Set<string>();
  const upstream = new Map<string, string[]>();
  for (const task of dag.tasks) for (const to of task.downstream) upstream.set(to, [...(upstream.get(to) ?? []), task.label]);
  const parentOf = new Map(dag.groups.map((group) => [group.group_id, group]));
  const above = (id: string | null): string[] => (id === null ? [] : [...above(parentOf.get(id)?.parent ?? null), id]);
  for (const task of dag.tasks) {
    if (find && !task.task_id.toLowerCase().includes(find.toLowerCase())) continue;
    const groups = above(task.parent);
    groups.forEach((id, level) => {
      if (done.has(id) || (!find && groups.slice(0, level).some((each) => closed.has(each)))) return;
      done.add(id);
      items.push({ id, label: parentOf.get(id)?.label ?? id, level, group: true, after: [] });
    });
    if (!find && groups.some((id) => closed.has(id))) continue;
    items.push({ id: task.task_id, label: task.label, level: groups.length, group: false, after: upstream.get(task.task_id) ?? [] });
  }
  return items;
}

/** What the graph shows, as a tree to read and to walk by keyboard. */
export function Outline({
  dag,
  find,
  stateOf,
  onTask,
}: {
  dag: Dag;
  find: string;
  stateOf: ((id: string) => string | null) | null;
  onTask: (task: string) => void;
}) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(
    () => new Set(dag.tasks.length > 80 ? dag.groups.map((group) => group.group_id) : []),
  );
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const items = itemsOf(dag, closed, find);
  const here = Math.min(at, items.length - 1);
  const toggle = (id: string) => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setClosed(next);
  };
  const act = (item: Item) => (item.group ? toggle(item.id) : onTask(item.id));
  const go = (to: number) => {
    const next = Math.max(0, Math.min(items.length - 1, to));
    setAt(next);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const item = items[here];
    if (!item) return;
    if (event.key === 'ArrowDown') go(here + 1);
    else if (event.key === 'ArrowUp') go(here - 1);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(items.length - 1);
    else if (event.key === 'Enter' || event.key === ' ') act(item);
    else if (event.key === 'ArrowRight' && item.group && closed.has(item.id)) toggle(item.id);
    else if (event.key === 'ArrowLeft' && item.group && !closed.has(item.id)) toggle(item.id);
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a list is what it is without its role
    <ul ref={list} role="tree" aria-label="Tasks" className={styles.outline} onKeyDown={onKeyDown}>
      {items.map((item, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
        <li
          key={item.id}
          role="treeitem"
          aria-level={item.level + 1}
          aria-expanded={item.group ? !closed.has(item.id) : undefined}
          aria-selected={index === here}
          tabIndex={index === here ? 0 : -1}
          style={{ paddingLeft: 12 + item.level * 20 }}
          onClick={() => {
            setAt(index);
            act(item);
          }}
        >
          {item.group ? <Icon name={closed.has(item.id) ? 'right' : 'down'} size={12} /> : <span className={styles.bullet} />}
          <span className={styles.itemName}>
            {item.label}
            {item.after.length > 0 && (
              <span className="muted small">
                {' '}
                after {item.after.slice(0, 4).join(', ')}
                {item.after.length > 4 && ` and ${item.after.length - 4} more`}
              </span>
            )}
          </span>
          {stateOf && <StateChip state={stateOf(item.id)} size="small" />}
        </li>
      ))}
    </ul>
  );
}
