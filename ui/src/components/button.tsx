import { Slot } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import styles from './button.module.css';
import { Icon, type IconName } from './icons.tsx';
import { Tip } from './tip.tsx';

interface Look {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  size?: 'normal' | 'small';
  icon?: IconName;
  /** The button is at work: it stays in place, is not pressed twice, and says so. */
  busy?: boolean;
}

export type ButtonProps = ComponentProps<'button'> & Look;

export function Button({ kind = 'plain', size = 'normal', icon, busy, children, className, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`${styles.button} ${className ?? ''}`}
      data-kind={kind}
      data-size={size}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {icon && <Icon name={icon} size={size === 'small' ? 14 : 16} />}
      {children}
    </button>
  );
}

/** A link that looks like a button; its only child is the link. */
export function ButtonLink({ kind = 'plain', size = 'normal', children }: Look & { children: ReactNode }) {
  return (
    <Slot.Root className={styles.button} data-kind={kind} data-size={size}>
      {children}
    </Slot.Root>
  );
}

/** A button that shows an icon only; its label is read aloud and shown when pointed at or focused. */
export function IconButton({
  icon,
  label,
  kind = 'quiet',
  size = 'normal',
  busy,
  side,
  className,
  ...rest
}: ButtonProps & { icon: IconName; label: string; side?: 'top' | 'bottom' | 'left' | 'right' }) {
  return (
    <Tip text={label} side={side}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={`${styles.button} ${className ?? ''}`}
        data-kind={kind}
        data-size={size}
        data-shape="square"
        disabled={rest.disabled || busy}
      >
        <Icon name={icon} size={size === 'small' ? 14 : 16} />
      </button>
    </Tip>
  );
}
