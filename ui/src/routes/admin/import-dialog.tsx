import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { AreaField, Field } from '../../components/field.tsx';
import { Icon } from '../../components/icons.tsx';
import { counted } from '../../components/list/pages.tsx';
import { Segments } from '../../components/tabs.tsx';
import { toastDone } from '../../components/toast.tsx';
import { Failed } from '../../components/view.tsx';
import styles from './resource.module.css';
import { all, bulk, type Entry, entriesOf, type Resource } from './resource.ts';

type OnExisting = 'fail' | 'skip' | 'overwrite';

/** Reads a file, shows what it would do, and does it. */
export function ImportDialog<R extends object>({ resource, onClose }: { resource: Resource<R>; onClose: () => void }) {
  const [text, setText] = useState('');
  const [existing, setExisting] = useState<OnExisting>('fail');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const read = useMemo((): { entries: Entry[]; fault?: string } => {
    if (text.trim() === '') return { entries: [] };
    try {
      return { entries: entriesOf(resource, text) };
    } catch (fault) {
      return { entries: [], fault: fault instanceof Error ? fault.message : String(fault) };
    }
  }, [text, resource]);
  const known = useQuery({
    queryKey: [resource.list, 'names'],
    queryFn: async () => new Set((await all(resource)).map(resource.idOf)),
    staleTime: 0,
    gcTime: 0,
  });
  const names = known.data;
  const verdicts = read.entries.map((entry) => ({ entry, verdict: verdictOf(entry, names?.has(entry.name) ?? false, existing) }));
  const blocked = verdicts.filter(({ verdict }) => verdict === 'conflict' || verdict === 'fault').length;
  const sent = verdicts.filter(({ verdict }) => verdict === 'new' || verdict === 'overwrite').map(({ entry }) => entry);
  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      const entities = sent.map((entry) => ('entity' in entry ? entry.entity : {}));
      await bulk(resource, { action: 'create', entities, action_on_existence: existing });
      const skipped = verdicts.length - sent.length;
      toastDone(`Imported ${counted(sent.length, resource.noun)}${skipped > 0 ? `, skipped ${skipped}` : ''}.`);
      onClose();
    } catch (fault) {
      setError(fault);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Import ${resource.title.toLowerCase()}`}
      description="From a file of JSON, as Export writes it."
      size="large"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={busy} disabled={sent.length === 0 || blocked > 0 || !known.isSuccess} onClick={send}>
            {sent.length > 0 ? `Import ${counted(sent.length, resource.noun)}` : 'Import'}
          </Button>
        </>
      }
    >
      <div className={styles.import}>
        <Field label="File">
          {(tied) => (
            <input
              {...tied}
              type="file"
              accept="application/json,.json"
              className={styles.file}
              onChange={async (event) => setText((await event.target.files?.[0]?.text()) ?? '')}
            />
          )}
        </Field>
        <AreaField
          label="Or its text"
          rows={5}
          value={text}
          placeholder={resource.fileExample}
          error={read.fault}
          onChange={(event) => setText(event.target.value)}
        />
        <div className={styles.existing}>
          <span className="small muted">What exists already</span>
          <Segments
            label="What exists already"
            value={existing}
            options={[
              ['fail', 'Stop'],
              ['skip', 'Keep it'],
              ['overwrite', 'Overwrite it'],
            ]}
            onChange={setExisting}
          />
        </div>
        {error !== null && <Failed error={error} />}
        {known.isError && <Failed error={known.error} onRetry={() => known.refetch()} />}
        {verdicts.length > 0 && <Preview rows={verdicts} noun={resource.noun} blocked={blocked} />}
      </div>
    </Dialog>
  );
}

type Verdict = 'new' | 'overwrite' | 'skip' | 'conflict' | 'fault';

function verdictOf(entry: Entry, exists: boolean, existing: OnExisting): Verdict {
  if ('fault' in entry) return 'fault';
  if (!exists) return 'new';
  return existing === 'fail' ? 'conflict' : existing;
}

const WORDS: Record<Verdict, string> = {
  new: 'is new',
  overwrite: 'is overwritten',
  skip: 'stays as it is',
  conflict: 'exists already',
  fault: 'cannot be imported',
};

function Preview({ rows, noun, blocked }: { rows: { entry: Entry; verdict: Verdict }[]; noun: string; blocked: number }) {
  return (
    <section aria-label="What the import does" className={styles.preview}>
      <p className="small" role="status">
        {counted(rows.length, noun)} in the file
        {blocked > 0 && <strong> – {blocked} in the way; nothing is imported until that is settled</strong>}
      </p>
      <ul>
        {rows.slice(0, 500).map(({ entry, verdict }) => (
          <li key={entry.name} data-verdict={verdict}>
            <Icon name={verdict === 'conflict' || verdict === 'fault' ? 'warning' : verdict === 'skip' ? 'minus' : 'check'} size={14} />
            <span className="mono">{entry.name}</span>
            <span className="muted">{'fault' in entry ? entry.fault : WORDS[verdict]}</span>
          </li>
        ))}
      </ul>
      {rows.length > 500 && <p className="small muted">and {rows.length - 500} more</p>}
    </section>
  );
}
