import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { queries } from '../api/queries.ts';
import type { Me } from '../api/types.ts';
import { Icon, type IconName } from '../components/icons.tsx';
import { remembered, setPrefs } from '../lib/prefs.ts';
import { createStore, useStore } from '../lib/store.ts';
import { sectionsFor } from './nav.ts';
import styles from './palette.module.css';

const shown = createStore(false);
export const openPalette = () => shown.set(true);

interface Choice {
  id: string;
  icon: IconName;
  label: string;
  detail: string;
  href?: string;
  act?: () => void;
}

const ICONS: Record<string, IconName> = { dag: 'dags', run: 'runs', task: 'graph', variable: 'box', connection: 'plug' };

/** The pages that this user may see. */
const pagesFor = (me: Me | undefined): Choice[] =>
  [
    ...sectionsFor(me).flatMap((section) => (section.to === undefined ? section.places : [{ to: section.to, label: section.label }])),
    { to: '/settings', label: 'Settings' },
    { to: '/shortcuts', label: 'Keyboard shortcuts' },
  ].map((place) => ({
    id: `page ${place.to}`,
    icon: 'right',
    label: place.label,
    detail: 'page',
    ...('outside' in place && place.outside ? { act: () => location.assign(place.to) } : { href: place.to }),
  }));

const ACTIONS: Choice[] = [
  { id: 'theme light', icon: 'sun', label: 'Theme: light', detail: 'action', act: () => setPrefs({ theme: 'light' }) },
  { id: 'theme dark', icon: 'moon', label: 'Theme: dark', detail: 'action', act: () => setPrefs({ theme: 'dark' }) },
  { id: 'zone utc', icon: 'globe', label: 'Times in UTC', detail: 'action', act: () => setPrefs({ zone: 'UTC' }) },
  { id: 'zone local', icon: 'globe', label: 'Times in the zone of this browser', detail: 'action', act: () => setPrefs({ zone: 'local' }) },
];

function recent(): Choice[] {
  try {
    return JSON.parse(remembered.get('palette') ?? '[]');
  } catch {
    return [];
  }
}

/** Goes anywhere and finds anything by a few letters. */
export function Palette() {
  const open = useStore(shown);
  return (
    <Dialog.Root open={open} onOpenChange={shown.set}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.overlay} />
        <Dialog.Content className={styles.palette} aria-describedby={undefined}>
          <Dialog.Title className="sr">Search</Dialog.Title>
          {open && <Search onDone={() => shown.set(false)} />}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Search({ onDone }: { onDone: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const q = useDeferredValue(text.trim());
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const query = useQuery({ ...queries.search(q), enabled: q.length > 0 });
  const pages = pagesFor(useQuery(queries.me()).data);
  const has = (choice: Choice) => choice.label.toLowerCase().includes(q.toLowerCase());
  const choices: Choice[] =
    q === ''
      ? [...recent(), ...pages].slice(0, 12)
      : [
          ...(query.data?.hits ?? []).map(
            (hit): Choice => ({
              id: `${hit.kind} ${hit.href}`,
              icon: ICONS[hit.kind] ?? 'right',
              label: hit.label,
              detail: hit.detail ? `${hit.kind} · ${hit.detail}` : hit.kind,
              href: hit.href,
            }),
          ),
          ...[...pages, ...ACTIONS].filter(has),
        ];
  const here = Math.min(at, choices.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  });
  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    onDone();
    if (choice.act) return choice.act();
    const kept = [choice, ...recent().filter((each) => each.id !== choice.id)].slice(0, 6);
    remembered.set('palette', JSON.stringify(kept));
    navigate({ href: choice.href! });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((here + 1) % Math.max(1, choices.length));
    else if (event.key === 'ArrowUp') setAt((here - 1 + choices.length) % Math.max(1, choices.length));
    else if (event.key === 'Enter') choose(choices[here]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className={styles.field}>
        <Icon name="search" />
        <input
          role="combobox"
          aria-label="Search DAGs, runs, tasks, pages"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={choices.length > 0 ? `${id}-${here}` : undefined}
          aria-autocomplete="list"
          placeholder="Search DAGs, runs, tasks, pages"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div ref={list} id={id} role="listbox" aria-label="Results" className={styles.list}>
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={choice.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === here}
            className={styles.choice}
            onClick={() => choose(choice)}
            onPointerMove={() => setAt(index)}
          >
            <Icon name={choice.icon} />
            <span className={styles.label}>{choice.label}</span>
            <span className={styles.detail}>{choice.detail}</span>
          </div>
        ))}
      </div>
      {q !== '' && choices.length === 0 && (
        <p className={styles.none}>
          {query.isFetching ? 'Searching…' : query.isError ? 'The search does not answer.' : 'Nothing is called like that.'}
        </p>
      )}
    </>
  );
}
