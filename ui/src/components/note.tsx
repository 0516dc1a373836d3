import { useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { AreaField } from './field.tsx';
import styles from './note.module.css';
import { toastFailed } from './toast.tsx';

/** A note that people left, and the way to change it. */
export function Note({ text, onSave }: { text: string | null; onSave: (text: string) => Promise<unknown> }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      await onSave(draft ?? '');
      setDraft(null);
    } catch (error) {
      toastFailed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {text ? (
        <div className={styles.note}>
          <p>{text}</p>
          <Button size="small" kind="quiet" icon="edit" onClick={() => setDraft(text)}>
            Edit note
          </Button>
        </div>
      ) : null}
      {!text && (
        <Button size="small" kind="quiet" icon="edit" onClick={() => setDraft('')}>
          Add a note
        </Button>
      )}
      <Dialog
        open={draft !== null}
        onOpenChange={(open) => !open && setDraft(null)}
        title="Note"
        footer={
          <>
            <Button onClick={() => setDraft(null)}>Cancel</Button>
            <Button kind="primary" busy={busy} onClick={save}>
              Save
            </Button>
          </>
        }
      >
        <AreaField label="Text" hint="Empty removes it." rows={6} value={draft ?? ''} onChange={(event) => setDraft(event.target.value)} />
      </Dialog>
    </>
  );
}
