import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';
import styles from './menu.module.css';

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactNode;
  children: ReactNode;
  align?: 'start' | 'end';
  label?: string;
}

export function Menu({ trigger, children, align = 'end', label }: MenuProps) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={styles.menu} align={align} sideOffset={4} collisionPadding={8} aria-label={label}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ItemProps {
  onSelect?: () => void;
  icon?: IconName;
  danger?: boolean;
  disabled?: boolean;
  children: ReactNode;
  /** The item is its only child, a link. */
  asChild?: boolean;
  hint?: string;
}

export function MenuItem({ onSelect, icon, danger, disabled, children, asChild, hint }: ItemProps) {
  if (asChild) {
    return (
      <DropdownMenu.Item className={styles.item} asChild disabled={disabled}>
        {children}
      </DropdownMenu.Item>
    );
  }
  return (
    <DropdownMenu.Item className={styles.item} data-danger={danger || undefined} disabled={disabled} onSelect={onSelect}>
      {icon && <Icon name={icon} />}
      <span className={styles.word}>{children}</span>
      {hint && <kbd className={styles.hint}>{hint}</kbd>}
    </DropdownMenu.Item>
  );
}

export function MenuChoice<T extends string>({
  value,
  options,
  onChange,
  label,
}: {
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  label?: string;
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as T)} aria-label={label}>
      {options.map(([each, word]) => (
        <DropdownMenu.RadioItem key={each} value={each} className={styles.item}>
          <span className={styles.tick}>
            <DropdownMenu.ItemIndicator>
              <Icon name="check" size={14} />
            </DropdownMenu.ItemIndicator>
          </span>
          <span className={styles.word}>{word}</span>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className={styles.label}>{children}</DropdownMenu.Label>
);
export const MenuLine = () => <DropdownMenu.Separator className={styles.line} />;
