import { useState } from 'react';
import { patch, post } from '../../api/client.ts';
import { Conflict } from '../../components/edit/conflict.tsx';
import { EditSheet } from '../../components/edit/edit-sheet.tsx';
import { useSave } from '../../components/edit/use-save.ts';
import { AreaField, CheckField, TextField } from '../../components/field.tsx';
import { path } from '../../lib/base.ts';
import { changedFields } from '../../lib/changes.ts';
import table from './resource.module.css';
import type { EditorProps, Entry, Resource } from './resource.ts';
import { ResourcePage } from './resource-page.tsx';

export interface Pool {
  name: string;
  slots: number;
  description: string | null;
  include_deferred: boolean;
  occupied_slots: number;
  running_slots: number;
  queued_slots: number;
  scheduled_slots: number;
  deferred_slots: number;
  open_slots: number;
}

const DEFAULT = 'default_pool';
const FIELDS = ['slots', 'description', 'include_deferred'] as const;
const isSlots = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= -1;

export function poolFromFile(name: string, value: unknown): Entry {
  const body = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (!isSlots(body.slots)) return { name, fault: 'needs "slots", a whole number (-1: without limit)' };
  return {
    name,
    entity: {
      name,
      slots: body.slots,
      description: typeof body.description === 'string' ? body.description : null,
      include_deferred: body.include_deferred === true,
    },
  };
}

/** Who holds the slots of a pool, as parts of a bar; an unlimited pool has no bar. */
function Slots({ pool }: { pool: Pool }) {
  const parts = [
    ['running', pool.running_slots],
    ['queued', pool.queued_slots],
    ...(pool.include_deferred ? [['deferred', pool.deferred_slots] as const] : []),
  ] as const;
  const used = parts.reduce((sum, [, count]) => sum + count, 0);
  return (
    <span className={table.slots}>
      {pool.slots > 0 && (
        <span className={table.bar} aria-hidden="true">
          {parts.map(([state, count]) => count > 0 && <i key={state} data-s={state} style={{ width: `${(100 * count) / pool.slots}%` }} />)}
        </span>
      )}
      <span>
        {used} of {pool.slots < 0 ? '∞' : pool.slots}
      </span>
    </span>
  );
}

const pools: Resource<Pool> = {
  noun: 'pool',
  title: 'Pools',
  icon: 'box',
  url: '/api/v2/pools',
  list: 'pools',
  pattern: 'pool_name_pattern',
  permission: 'Pools',
  sort: 'name',
  idOf: (row) => row.name,
  one: (name) => path`/api/v2/pools/${name}`,
  columns: (open) => [
    {
      id: 'name',
      header: 'Pool',
      sort: 'name',
      isName: true,
      cell: (row) => (
        <button type="button" className={table.name} onClick={() => open(row)}>
          {row.name}
        </button>
      ),
    },
    { id: 'used', header: 'Slots in use', cell: (row) => <Slots pool={row} /> },
    { id: 'running', header: 'Running', align: 'right', cell: (row) => row.running_slots },
    { id: 'queued', header: 'Queued', align: 'right', cell: (row) => row.queued_slots },
    { id: 'scheduled', header: 'Scheduled', align: 'right', from: 768, cell: (row) => row.scheduled_slots },
    {
      id: 'deferred',
      header: 'Deferred',
      align: 'right',
      from: 768,
      cell: (row) => (
        <>
          {row.deferred_slots}
          {row.include_deferred && <span className="muted"> (counted)</span>}
        </>
      ),
    },
    { id: 'open', header: 'Open', align: 'right', cell: (row) => (row.slots < 0 ? '∞' : row.open_slots) },
    { id: 'description', header: 'Description', from: 1024, cell: (row) => <span className="muted">{row.description}</span> },
  ],
  editor: PoolEditor,
  toFile: ({ slots, description, include_deferred }) => ({ slots, description: description ?? '', include_deferred }),
  fromFile: poolFromFile,
  fileNote: '',
  fileExample: '{"crm_api": {"slots": 4, "description": "calls of the CRM at a time", "include_deferred": false}}',
  empty: 'A pool limits how many tasks run at a time, whatever DAG they are of.',
};

export const PoolsPage = () => <ResourcePage resource={pools} />;

function PoolEditor({ row, onClose, onSaved }: EditorProps<Pool>) {
  const start = {
    name: row?.name ?? '',
    slots: String(row?.slots ?? 16),
    description: row?.description ?? '',
    include_deferred: row?.include_deferred ?? false,
  };
  const [origin, setOrigin] = useState(start);
  const [draft, setDraft] = useState(start);
  const [checked, setChecked] = useState(false);
  const slots = draft.slots.trim() === '' ? Number.NaN : Number(draft.slots);
  const valid = draft.name.trim() !== '' && isSlots(slots);
  const isDefault = row?.name === DEFAULT;
  const body = () => ({ slots, description: draft.description || null, include_deferred: draft.include_deferred });
  const { busy, error, base, theirs, save, saveOver, takeTheirs } = useSave<Pool>({
    url: row && path`/api/v2/pools/${row.name}`,
    base: row,
    fields: FIELDS,
    save: () => {
      if (!row) return post('/api/v2/pools', { name: draft.name.trim(), ...body() });
      // Of the default pool only the slots and whether deferred tasks count may be changed.
      const mask = isDefault ? ['slots', 'include_deferred'] : ['slots', 'description', 'include_deferred'];
      return patch(path`/api/v2/pools/${row.name}`, { pool: row.name, ...body() }, { update_mask: mask });
    },
    onSaved: () => onSaved(draft.name.trim()),
  });
  const set = (part: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <EditSheet
      title={row ? row.name : 'New pool'}
      description={
        row && row.occupied_slots > 0 ? `${row.occupied_slots} slots are in use; fewer slots stop no task that runs.` : undefined
      }
      dirty={changedFields(origin, draft).length > 0}
      busy={busy}
      error={error}
      submit={row ? 'Save' : 'Create'}
      onSubmit={() => {
        setChecked(true);
        if (valid) save();
      }}
      onClose={onClose}
    >
      {theirs && base && (
        <Conflict
          base={base}
          theirs={theirs}
          mine={body()}
          fields={FIELDS}
          busy={busy}
          onOver={saveOver}
          onTheirs={() => {
            const now = takeTheirs();
            if (!now) return;
            const next = {
              name: now.name,
              slots: String(now.slots),
              description: now.description ?? '',
              include_deferred: now.include_deferred,
            };
            setOrigin(next);
            setDraft(next);
          }}
        />
      )}
      {!row && (
        <TextField
          label="Name"
          value={draft.name}
          maxLength={256}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          error={checked && draft.name.trim() === '' ? 'A pool needs a name.' : error?.fields.name}
          onChange={(event) => set({ name: event.target.value })}
        />
      )}
      <TextField
        label="Slots"
        type="number"
        autoFocus={row !== null}
        min={-1}
        step={1}
        value={draft.slots}
        hint="How many slots tasks may hold at a time; -1 is without limit."
        error={checked && !isSlots(slots) ? 'A whole number, -1 or more.' : error?.fields.slots}
        onChange={(event) => set({ slots: event.target.value })}
      />
      <CheckField
        label="Deferred tasks hold their slots"
        hint="Without it a task that waits in the triggerer gives its slots to others."
        checked={draft.include_deferred}
        onChange={(event) => set({ include_deferred: event.target.checked })}
      />
      {!isDefault && (
        <AreaField label="Description" rows={2} value={draft.description} onChange={(event) => set({ description: event.target.value })} />
      )}
    </EditSheet>
  );
}
