import { useEffect } from 'react';
import { announce } from '../lib/announce.ts';
import { createStore, useStore } from '../lib/store.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icons.tsx';
import styles from './toast.module.css';

interface Toast {
  id: number;
  kind: 'done' | 'failed';
  text: string;
}

const toasts = createStore<readonly Toast[]>([]);
let last = 0;

function show(kind: Toast['kind'], text: string) {
  last += 1;
  toasts.set([...toasts.get().slice(-3), { id: last, kind, text }]);
  announce(text);
}

const drop = (id: number) => toasts.set(toasts.get().filter((toast) => toast.id !== id));

/** Says that something was done. It goes away by itself. */
export const toastDone = (text: string) => show('done', text);
/** Says what failed, and stays until it is closed. */
export const toastFailed = (error: unknown) => show('failed', error instanceof Error ? error.message : String(error));

function Item({ toast }: { toast: Toast }) {
  useEffect(() => {
    if (toast.kind === 'failed') return;
    const timer = setTimeout(() => drop(toast.id), 6000);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <li className={styles.toast} data-kind={toast.kind}>
      <Icon name={toast.kind === 'done' ? 'check' : 'warning'} />
      <span>{toast.text}</span>
      <IconButton icon="close" size="small" label="Close the message" onClick={() => drop(toast.id)} />
    </li>
  );
}

export function Toasts() {
  const all = useStore(toasts);
  if (all.length === 0) return null;
  return (
    <section aria-label="Messages">
      <ul className={styles.toasts}>
        {all.map((toast) => (
          <Item key={toast.id} toast={toast} />
        ))}
      </ul>
    </section>
  );
}
