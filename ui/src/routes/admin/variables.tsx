import { useState } from 'react';
import { patch, post } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Conflict } from '../../components/edit/conflict.tsx';
import styles from '../../components/edit/edit.module.css';
import { EditSheet } from '../../components/edit/edit-sheet.tsx';
import { useSave } from '../../components/edit/use-save.ts';
import { AreaField, TextField } from '../../components/field.tsx';
import { Icon } from '../../components/icons.tsx';
import { path } from '../../lib/base.ts';
import { changedFields } from '../../lib/changes.ts';
import table from './resource.module.css';
import type { EditorProps, Entry, Resource } from './resource.ts';
import { ResourcePage } from './resource-page.tsx';

export interface Variable {
  key: string;
  value: string | null;
  description: string | null;
  is_encrypted: boolean;
}

/** What the server shows instead of a value that is secret. */
const HIDDEN = '***';
const hidden = (row: Variable) => row.value === HIDDEN;
const FIELDS = ['value', 'description'] as const;

/** An entry of a file: the value itself, or an object with `value` and `description`. */
export function variableFromFile(name: string, value: unknown): Entry {
  if (name.length > 250) return { name, fault: 'has a name of more than 250 characters' };
  const whole =
    typeof value === 'object' && value !== null && 'value' in value ? (value as { value: unknown; description?: unknown }) : null;
  const inner = whole ? whole.value : value;
  if (inner === HIDDEN) return { name, fault: 'holds *** in place of its secret value; write the value into the file' };
  return {
    name,
    entity: { key: name, value: inner, description: whole && typeof whole.description === 'string' ? whole.description : null },
  };
}

const variables: Resource<Variable> = {
  noun: 'variable',
  title: 'Variables',
  icon: 'box',
  url: '/api/v2/variables',
  list: 'variables',
  pattern: 'variable_key_pattern',
  permission: 'Variables',
  sort: 'key',
  idOf: (row) => row.key,
  one: (key) => path`/api/v2/variables/${key}`,
  columns: (open) => [
    {
      id: 'key',
      header: 'Key',
      sort: 'key',
      isName: true,
      cell: (row) => (
        <button type="button" className={table.name} onClick={() => open(row)}>
          {row.key}
        </button>
      ),
    },
    {
      id: 'value',
      header: 'Value',
      cell: (row) => (hidden(row) ? <span className={table.hidden}>hidden</span> : <code className={table.value}>{row.value}</code>),
    },
    { id: 'description', header: 'Description', from: 768, cell: (row) => <span className="muted">{row.description}</span> },
    {
      id: 'encrypted',
      header: 'Encrypted',
      sort: 'is_encrypted',
      from: 768,
      cell: (row) => (row.is_encrypted ? 'yes' : <span className="muted">no</span>),
    },
  ],
  editor: VariableEditor,
  toFile: (row) => (row.description ? { value: row.value, description: row.description } : row.value),
  fromFile: variableFromFile,
  fileNote: 'Secret values are *** in it.',
  fileExample: '{"region": "eu", "limits": {"value": "5", "description": "per hour"}}',
  empty: 'Variables are settings that tasks read while they run: thresholds, addresses, switches.',
};

export const VariablesPage = () => <ResourcePage resource={variables} />;

function VariableEditor({ row, onClose, onSaved }: EditorProps<Variable>) {
  const secret = row !== null && hidden(row);
  const start = { key: row?.key ?? '', value: secret ? '' : (row?.value ?? ''), description: row?.description ?? '' };
  const [origin, setOrigin] = useState(start);
  const [draft, setDraft] = useState(start);
  const [replacing, setReplacing] = useState(false);
  const [checked, setChecked] = useState(false);
  const dirty = changedFields(origin, draft).length > 0 || replacing;
  const { busy, error, base, theirs, save, saveOver, takeTheirs } = useSave<Variable>({
    url: row && path`/api/v2/variables/${row.key}`,
    base: row,
    fields: FIELDS,
    save: () => {
      const body = { key: draft.key.trim(), value: draft.value, description: draft.description || null };
      if (!row) return post('/api/v2/variables', body);
      const keepsValue = secret && !replacing;
      return patch(path`/api/v2/variables/${row.key}`, body, keepsValue ? { update_mask: 'description' } : undefined);
    },
    onSaved: () => onSaved(draft.key.trim()),
  });
  const set = (part: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...part }));
  const missing = checked && draft.key.trim() === '';
  return (
    <EditSheet
      title={row ? row.key : 'New variable'}
      description={row ? undefined : 'Tasks read it by its key.'}
      dirty={dirty}
      busy={busy}
      error={error}
      submit={row ? 'Save' : 'Create'}
      onSubmit={() => {
        setChecked(true);
        if (draft.key.trim() !== '') save();
      }}
      onClose={onClose}
    >
      {theirs && base && (
        <Conflict
          base={base}
          theirs={theirs}
          mine={{ value: draft.value, description: draft.description }}
          fields={FIELDS}
          busy={busy}
          onOver={saveOver}
          onTheirs={() => {
            const now = takeTheirs();
            const next = { key: draft.key, value: now?.value ?? '', description: now?.description ?? '' };
            setOrigin(next);
            setDraft(next);
          }}
        />
      )}
      {!row && (
        <TextField
          label="Key"
          value={draft.key}
          maxLength={250}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          error={missing ? 'A variable needs a key.' : error?.fields.key}
          hint="A key that holds password, secret, token or the like has its value hidden."
          onChange={(event) => set({ key: event.target.value })}
        />
      )}
      {secret && !replacing ? (
        <div>
          <p className="small muted">Value</p>
          <div className={styles.secret}>
            <Icon name="key" size={14} /> It is secret and is not shown.
            <Button size="small" onClick={() => setReplacing(true)}>
              Replace it
            </Button>
          </div>
        </div>
      ) : (
        <AreaField
          label="Value"
          rows={8}
          autoFocus={row !== null}
          value={draft.value}
          error={error?.fields.value}
          hint={<JsonHint text={draft.value} />}
          onChange={(event) => set({ value: event.target.value })}
        />
      )}
      <AreaField label="Description" rows={2} value={draft.description} onChange={(event) => set({ description: event.target.value })} />
    </EditSheet>
  );
}

/** Says whether text that looks like JSON is JSON. */
function JsonHint({ text }: { text: string }) {
  if (!/^\s*[[{]/.test(text)) return 'Text, or JSON.';
  try {
    JSON.parse(text);
    return 'JSON.';
  } catch (error) {
    return `Looks like JSON but is not: ${error instanceof Error ? error.message : ''} It is kept as text.`;
  }
}
