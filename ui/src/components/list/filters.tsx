import { Children, type ReactNode, useEffect, useRef, useState } from 'react';
import { useZone } from '../../lib/now.ts';
import { fromInputTime, inputTime } from '../../lib/time.ts';
import { Button } from '../button.tsx';
import { SearchField } from '../field.tsx';
import { Menu, MenuItem } from '../menu.tsx';
import styles from './list.module.css';

/** The filters of a list, and a way to be rid of them. On a phone all but the first wait behind a button. */
export function Filters({ active, onReset, children }: { active: number; onReset: () => void; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <search className={styles.filters} data-open={open || undefined}>
      {children}
      {Children.count(children) > 1 && (
        <Button className={styles.toggle} size="small" icon="filter" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Fewer filters' : 'More filters'}
        </Button>
      )}
      {active > 0 && (
        <Button kind="quiet" size="small" icon="close" onClick={onReset}>
          {active > 1 ? `Clear ${active} filters` : 'Clear the filter'}
        </Button>
      )}
    </search>
  );
}

/** What is typed is taken once the typing rests. */
export function Find({
  label,
  value,
  onChange,
  main,
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  /** The one that `/` brings the focus to. */
  main?: boolean;
}) {
  const [text, setText] = useState(value ?? '');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value ?? ''), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <SearchField
      className={main ? styles.find : styles.narrow}
      label={label}
      value={text}
      {...(main ? { 'data-find': '' } : {})}
      onChange={(event) => {
        const typed = event.target.value;
        setText(typed);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => onChange(typed || undefined), 200);
      }}
    />
  );
}

/** A choice of one of a few, in a menu; choosing the chosen one again takes it back. */
export function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string | undefined;
  options: readonly (readonly [string, ReactNode])[];
  onChange: (value: string | undefined) => void;
}) {
  const chosen = options.find(([each]) => each === value);
  return (
    <Menu
      align="start"
      trigger={
        <Button size="small" aria-pressed={Boolean(value)}>
          {value ? (
            <>
              {label}: {chosen?.[1] ?? value}
            </>
          ) : (
            label
          )}
        </Button>
      }
    >
      {options.map(([each, word]) => (
        <MenuItem
          key={each}
          {...(each === value ? { icon: 'check' as const } : {})}
          onSelect={() => onChange(each === value ? undefined : each)}
        >
          {word}
        </MenuItem>
      ))}
    </Menu>
  );
}

/** A choice of any of a few. */
export function Choices({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: readonly string[] | undefined;
  options: readonly (readonly [string, ReactNode])[];
  onChange: (value: string[] | undefined) => void;
}) {
  const chosen = value ?? [];
  const toggle = (each: string) => {
    const next = chosen.includes(each) ? chosen.filter((one) => one !== each) : [...chosen, each];
    onChange(next.length > 0 ? next : undefined);
  };
  return (
    <Menu
      align="start"
      trigger={
        <Button size="small" aria-pressed={chosen.length > 0}>
          {chosen.length > 0 ? `${label}: ${chosen.map((each) => each.replaceAll('_', ' ')).join(', ')}` : label}
        </Button>
      }
    >
      {options.map(([each, word]) => (
        <MenuItem key={each} {...(chosen.includes(each) ? { icon: 'check' as const } : {})} onSelect={() => toggle(each)}>
          {word}
        </MenuItem>
      ))}
    </Menu>
  );
}

/** A time as a bound of a list, typed in the zone in which times are shown. */
export function TimeBound({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const zone = useZone();
  const known = value && !Number.isNaN(Date.parse(value)) ? inputTime(value, zone).slice(0, 16) : '';
  return (
    <label className={styles.bound}>
      <span>{label}</span>
      <input type="datetime-local" value={known} onChange={(event) => onChange(fromInputTime(event.target.value, zone) ?? undefined)} />
      <span className="sr">in {zone}</span>
    </label>
  );
}
