import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';
import styles from './dialog.module.css';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** One sentence under the title. */
  description?: ReactNode;
  children: ReactNode;
  /** The buttons at the foot, the main one last. */
  footer?: ReactNode;
  size?: 'small' | 'normal' | 'large';
  /** A sheet comes from the side and leaves the page in sight. */
  shape?: 'dialog' | 'sheet';
}

/** A modal: it holds the focus, closes with Escape, and gives the focus back. */
export function Dialog({ open, onOpenChange, title, description, children, footer, size = 'normal', shape = 'dialog' }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={styles.overlay} />
        <Radix.Content
          className={styles.content}
          data-size={size}
          data-shape={shape}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            const content = event.currentTarget as HTMLElement;
            // The first thing to fill in, else the dialog itself: a button could do something by a key pressed too often.
            (content.querySelector<HTMLElement>('[data-dialog-body] :is(input, textarea, select):not([disabled])') ?? content).focus();
          }}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <header className={styles.head}>
            <div>
              <Radix.Title className={styles.title}>{title}</Radix.Title>
              {description && <Radix.Description className={styles.description}>{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <IconButton icon="close" label="Close" size="small" />
            </Radix.Close>
          </header>
          <div className={styles.body} data-dialog-body>
            {children}
          </div>
          {footer && <footer className={styles.foot}>{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
