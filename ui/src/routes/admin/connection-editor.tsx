import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { patch, post } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { Conflict } from '../../components/edit/conflict.tsx';
import styles from '../../components/edit/edit.module.css';
import { EditSheet } from '../../components/edit/edit-sheet.tsx';
import { useSave } from '../../components/edit/use-save.ts';
import field from '../../components/field.module.css';
import { AreaField, Field, TextField } from '../../components/field.tsx';
import { Icon } from '../../components/icons.tsx';
import { path } from '../../lib/base.ts';
import { changedFields } from '../../lib/changes.ts';
import { bodyOf, type Connection, type Draft, draftOf, faultsOf, maskOf } from './connection.ts';
import { CONNECTION_TYPES, has, labelOf, type Part, typeOf } from './connection-types.ts';
import type { EditorProps } from './resource.ts';
import { type Tested, test } from './try-connection.ts';

const FIELDS = ['conn_type', 'description', 'host', 'login', 'schema', 'port', 'password', 'extra'] as const;

/** A duplicate starts without the secrets, which nobody can read. */
function copied(row: Connection): Draft {
  const draft = draftOf(row);
  return { ...draft, connection_id: `${row.connection_id}_copy`, password: draft.password ?? '', extra: draft.extra ?? '' };
}

export function ConnectionEditor({ row, copy, onClose, onSaved }: EditorProps<Connection>) {
  const start = copy ? copied(copy) : draftOf(row);
  const [origin, setOrigin] = useState(start);
  const [draft, setDraft] = useState(start);
  const [checked, setChecked] = useState(false);
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const type = typeOf(draft.conn_type);
  const faults = checked ? faultsOf(draft) : {};
  const dirty = changedFields(origin, draft).length > 0;
  const { busy, error, base, theirs, save, saveOver, takeTheirs } = useSave<Connection>({
    url: row && path`/api/v2/connections/${row.connection_id}`,
    base: row,
    fields: FIELDS,
    save: () =>
      row
        ? patch(path`/api/v2/connections/${row.connection_id}`, bodyOf(draft), { update_mask: maskOf(draft) })
        : post('/api/v2/connections', bodyOf(draft)),
    onSaved: () => onSaved(draft.connection_id),
  });
  const fault = (name: keyof Draft) => faults[name] ?? error?.fields[name];
  const input = (part: Exclude<Part, 'password'>) =>
    has(type, part) && (
      <TextField
        label={labelOf(type, part)}
        hint={type.hints?.[part]}
        value={draft[part]}
        error={fault(part)}
        autoComplete="off"
        spellCheck={false}
        autoFocus={part === 'host' && row !== null}
        {...(part === 'port' ? { inputMode: 'numeric' as const, placeholder: type.port ? String(type.port) : undefined } : {})}
        onChange={(event) => set({ [part]: event.target.value })}
      />
    );
  return (
    <EditSheet
      title={row ? row.connection_id : copy ? `Duplicate of ${copy.connection_id}` : 'New connection'}
      description={copy?.password || copy?.extra?.includes('***') ? 'Secrets are not copied. Type them again.' : undefined}
      dirty={dirty}
      busy={busy}
      error={error}
      submit={row ? 'Save' : 'Create'}
      onSubmit={() => {
        setChecked(true);
        if (Object.keys(faultsOf(draft)).length === 0) save();
      }}
      onClose={onClose}
    >
      {theirs && base && (
        <Conflict
          base={base}
          theirs={theirs}
          mine={bodyOf(draft)}
          fields={FIELDS}
          busy={busy}
          onOver={saveOver}
          onTheirs={() => {
            const next = draftOf(takeTheirs());
            setOrigin(next);
            setDraft(next);
          }}
        />
      )}
      {!row && (
        <TextField
          label="Connection id"
          value={draft.connection_id}
          error={fault('connection_id')}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => set({ connection_id: event.target.value })}
        />
      )}
      <TypeField value={draft.conn_type} error={fault('conn_type')} onChange={(conn_type) => set({ conn_type })} />
      <AreaField label="Description" rows={2} value={draft.description} onChange={(event) => set({ description: event.target.value })} />
      {has(type, 'port') ? (
        <div className={styles.pair}>
          {input('host')}
          {input('port')}
        </div>
      ) : (
        input('host')
      )}
      {input('schema')}
      {input('login')}
      {has(type, 'password') && (
        <Secret
          label={labelOf(type, 'password')}
          value={draft.password}
          stored={row?.password !== null && row !== null}
          onChange={(password) => set({ password })}
        />
      )}
      <Extra
        draft={draft}
        stored={row?.extra?.includes('***') ? row.extra : null}
        hint={type.hints?.extra}
        error={fault('extra')}
        onChange={(extra) => set({ extra })}
      />
      <TestPart draft={draft} onFaults={() => setChecked(true)} />
    </EditSheet>
  );
}

/** Any type by its word; those that are known have forms of their own. */
function TypeField({ value, error, onChange }: { value: string; error: string | undefined; onChange: (value: string) => void }) {
  const list = useId();
  return (
    <>
      <TextField
        label="Type"
        value={value}
        error={error}
        list={list}
        autoComplete="off"
        spellCheck={false}
        hint={typeOf(value).name === value ? 'The word of the type, such as http or postgres.' : typeOf(value).name}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={list}>
        {CONNECTION_TYPES.map((each) => (
          <option key={each.type} value={each.type}>
            {each.name}
          </option>
        ))}
      </datalist>
    </>
  );
}

/** A secret that can be written and not read. */
function Secret({
  label,
  value,
  stored,
  onChange,
}: {
  label: string;
  value: string | null;
  stored: boolean;
  onChange: (value: string | null) => void;
}) {
  const [shown, setShown] = useState(false);
  if (value === null) {
    return (
      <div>
        <p className={field.label}>{label}</p>
        <div className={styles.secret}>
          <Icon name="key" size={14} /> Set, and not shown.
          <Button size="small" onClick={() => onChange('')}>
            Replace
          </Button>
        </div>
      </div>
    );
  }
  return (
    <Field label={label} hint={stored ? 'Left empty, the connection has none.' : undefined}>
      {(tied) => (
        <div className={styles.secret}>
          <input
            {...tied}
            className={`${field.input} ${styles.grow}`}
            type={shown ? 'text' : 'password'}
            value={value}
            autoComplete="new-password"
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
          />
          <Button aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? 'Hide' : 'Show'}
          </Button>
          {stored && <Button onClick={() => onChange(null)}>Keep the stored one</Button>}
        </div>
      )}
    </Field>
  );
}

function Extra({
  draft,
  stored,
  hint,
  error,
  onChange,
}: {
  draft: Draft;
  stored: string | null;
  hint: string | undefined;
  error: string | undefined;
  onChange: (value: string | null) => void;
}) {
  if (draft.extra === null) {
    return (
      <div>
        <p className={field.label}>Extra</p>
        {stored !== null && stored !== '***' && <code className="break small">{stored}</code>}
        <div className={styles.secret}>
          <Icon name="key" size={14} /> It holds secrets, which are not shown.
          <Button size="small" onClick={() => onChange('{}')}>
            Replace all of it
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div>
      <AreaField
        label="Extra (JSON)"
        rows={5}
        value={draft.extra}
        hint={hint}
        error={error}
        onChange={(event) => onChange(event.target.value)}
      />
      {stored !== null && (
        <Button size="small" kind="quiet" onClick={() => onChange(null)}>
          Keep the stored one
        </Button>
      )}
    </div>
  );
}

/** Tries what is in the form, saved or not. */
function TestPart({ draft, onFaults }: { draft: Draft; onFaults: () => void }) {
  const allowed = useQuery(queries.me()).data?.test_connection ?? false;
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<Tested | null>(null);
  if (!allowed) {
    return (
      <p className="small muted">
        Connections cannot be tested here: <code>core.test_connection</code> is not <code>Enabled</code>.
      </p>
    );
  }
  // The server tries only secrets that it is told: else whoever may edit could have a stored one sent to a place of their choice.
  const kept = [draft.password === null && 'password', draft.extra === null && 'extra'].filter(Boolean).join(' and ');
  const run = async () => {
    const faults = faultsOf({ ...draft, connection_id: draft.connection_id || 'test' });
    if (Object.keys(faults).length > 0) {
      onFaults();
      setResult({ ok: false, message: `Not tried: ${Object.values(faults).join(' ')}`, ms: 0 });
      return;
    }
    setBusy(true);
    setResult(null);
    try {
      setResult(await test({ ...draft, connection_id: draft.connection_id || 'test' }));
    } catch (error) {
      setResult({ ok: false, message: error instanceof Error ? error.message : String(error), ms: 0 });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={styles.test}>
      <Button icon="plug" busy={busy} disabled={kept !== ''} onClick={run}>
        {busy ? 'Testing…' : 'Test'}
      </Button>
      <span className="small muted">
        {kept === ''
          ? 'As typed above; nothing is saved.'
          : `To test it, replace the ${kept}: what is stored is not sent anywhere from here.`}
      </span>
      <div role="status" className={styles.whole}>
        {result && (
          <div className={result.ok ? styles.good : styles.fault}>
            <Icon name={result.ok ? 'check' : 'warning'} />
            <div>
              <p>{result.message}</p>
              {result.ms > 0 && <p className="small muted">{result.ms} ms</p>}
            </div>
          </div>
        )}
      </div>
    </div>
  );
}
