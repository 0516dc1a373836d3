import { type FormEvent, type ReactNode, useEffect, useId, useState } from 'react';
import type { ApiError } from '../../api/client.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Icon } from '../icons.tsx';
import styles from './edit.module.css';

interface Props {
  title: string;
  description?: ReactNode;
  /** Something was typed that is not saved. */
  dirty: boolean;
  busy: boolean;
  error: ApiError | null;
  submit: string;
  onSubmit: () => void;
  onClose: () => void;
  /** Buttons beside the main one. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A form at the side of the page. It does not close over what is not saved without asking. */
export function EditSheet({ title, description, dirty, busy, error, submit, onSubmit, onClose, actions, children }: Props) {
  const form = useId();
  const [leaving, setLeaving] = useState(false);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [dirty]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && (dirty ? setLeaving(true) : onClose())}
      title={title}
      description={description}
      shape="sheet"
      footer={
        leaving ? (
          <div className={styles.leaving} role="alert">
            <span>Your changes are not saved.</span>
            <Button onClick={() => setLeaving(false)} autoFocus>
              Keep editing
            </Button>
            <Button kind="danger" onClick={onClose}>
              Discard them
            </Button>
          </div>
        ) : (
          <>
            <div className={styles.actions}>{actions}</div>
            <Button onClick={() => (dirty ? setLeaving(true) : onClose())}>Cancel</Button>
            <Button kind="primary" type="submit" form={form} busy={busy} aria-keyshortcuts="Control+Enter Meta+Enter">
              {submit}
            </Button>
          </>
        )
      }
    >
      <form
        id={form}
        className={styles.form}
        onSubmit={send}
        noValidate
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
            event.preventDefault();
            onSubmit();
          }
        }}
      >
        {error && (
          <div className={styles.fault} role="alert">
            <Icon name="warning" />
            <div>
              <p>{error.message}</p>
              {error.requestId && <p className="small muted">Request {error.requestId}</p>}
            </div>
          </div>
        )}
        {children}
      </form>
    </Dialog>
  );
}
