import { type ComponentProps, type ReactNode, useId } from 'react';
import styles from './field.module.css';
import { Icon } from './icons.tsx';

interface Around {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  /** The label is for who cannot see; something else on the page tells the others. */
  hideLabel?: boolean;
}

/** A label, a control, its hint and its fault, tied together. */
export function Field({
  label,
  hint,
  error,
  hideLabel,
  children,
}: Around & { children: (props: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined }) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={hideLabel ? 'sr' : styles.label}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <div id={`${id}-hint`} className={styles.hint}>
          {hint}
        </div>
      )}
      {error && (
        <div id={`${id}-error`} className={styles.error}>
          <Icon name="warning" size={14} /> {error}
        </div>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, hideLabel, className, ...input }: Around & ComponentProps<'input'>) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel ?? false}>
      {(tied) => <input {...input} {...tied} className={`${styles.input} ${className ?? ''}`} />}
    </Field>
  );
}

export function AreaField({ label, hint, error, hideLabel, className, ...area }: Around & ComponentProps<'textarea'>) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel ?? false}>
      {(tied) => (
        <textarea rows={4} spellCheck={false} {...area} {...tied} className={`${styles.input} ${styles.area} ${className ?? ''}`} />
      )}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  error,
  hideLabel,
  className,
  options,
  ...select
}: Around & ComponentProps<'select'> & { options: readonly (readonly [string, string])[] }) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel ?? false}>
      {(tied) => (
        <select {...select} {...tied} className={`${styles.input} ${className ?? ''}`}>
          {options.map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField({ label, hint, ...input }: { label: ReactNode; hint?: ReactNode } & ComponentProps<'input'>) {
  const id = useId();
  return (
    <div className={styles.check}>
      <input type="checkbox" id={id} {...input} aria-describedby={hint ? `${id}-hint` : undefined} />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <div id={`${id}-hint`} className={styles.hint}>
            {hint}
          </div>
        )}
      </div>
    </div>
  );
}

/** On or off, at once. */
export function Switch({
  checked,
  onChange,
  label,
  disabled,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  disabled?: boolean;
}) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      className={styles.switch}
      disabled={disabled}
      onClick={() => onChange(!checked)}
    >
      <span />
    </button>
  );
}

/** A box to search in; `/` brings the focus here when `shortcut` is set. */
export function SearchField({ label, className, ...input }: { label: string } & ComponentProps<'input'>) {
  return (
    <span className={`${styles.search} ${className ?? ''}`}>
      <Icon name="search" size={14} />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        {...input}
        className={styles.input}
      />
    </span>
  );
}
