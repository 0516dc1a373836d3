import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../../api/client.ts';
import { changeUser, createUser, deleteUser, type NewUser, people, type User } from '../../api/people.ts';
import { client } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { EditSheet } from '../../components/edit/edit-sheet.tsx';
import { useSave } from '../../components/edit/use-save.ts';
import { CheckField, TextField } from '../../components/field.tsx';
import { Pages } from '../../components/list/pages.tsx';
import { Page } from '../../components/page.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { toastDone } from '../../components/toast.tsx';
import { Empty, View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import { path } from '../../lib/base.ts';
import { useCan } from '../../lib/can.ts';
import { changedFields } from '../../lib/changes.ts';
import { useFilters } from '../../lib/filters.ts';
import styles from './lists.module.css';
import table from './resource.module.css';

interface Search {
  page?: number | undefined;
  edit?: string | undefined;
  new?: true | undefined;
}

const SIZE = 50;

/** Who may sign in, and with which roles. */
export function UsersPage() {
  const [search, change] = useFilters<Search>();
  const page = Math.max(1, search.page ?? 1);
  const query = useQuery(people.users({ limit: SIZE, offset: (page - 1) * SIZE, order_by: 'username' }));
  const can = useCan();
  const [deleting, setDeleting] = useState<string | null>(null);
  const close = () => change({ edit: undefined, new: undefined, page: search.page });
  const columns: Column<User>[] = [
    {
      id: 'name',
      header: 'User name',
      isName: true,
      cell: (user) => (
        <button type="button" className={table.name} onClick={() => change({ edit: user.username, page: search.page }, 'push')}>
          {user.username}
        </button>
      ),
    },
    { id: 'person', header: 'Name', cell: (user) => `${user.first_name} ${user.last_name}` },
    { id: 'email', header: 'E-mail', from: 768, cell: (user) => <span className="break">{user.email}</span> },
    { id: 'roles', header: 'Roles', cell: (user) => user.roles.map((role) => role.name).join(', ') },
    {
      id: 'active',
      header: 'Active',
      from: 768,
      cell: (user) => (user.active === false ? <span className="muted">no</span> : 'yes'),
    },
    { id: 'login', header: 'Last sign-in', from: 1024, cell: (user) => <When at={user.last_login} show="relative" /> },
    {
      id: 'failed',
      header: 'Failed sign-ins',
      align: 'right',
      from: 1280,
      cell: (user) => user.failed_login_count ?? 0,
    },
  ];
  return (
    <Page
      title="Users"
      actions={
        can('create', 'Users') && (
          <Button kind="primary" icon="plus" onClick={() => change({ new: true, page: search.page }, 'push')}>
            New user
          </Button>
        )
      }
    >
      <View query={query}>
        {(data) => (
          <Table<User>
            label="Users"
            columns={columns}
            rows={data.users}
            rowKey={(user) => user.username}
            empty={<Empty icon="user" title="No users" />}
            foot={<Pages page={page} size={SIZE} total={data.total_entries} what="user" onPage={(next) => change({ page: next })} />}
          />
        )}
      </View>
      {search.new && <Editor row={null} onClose={close} />}
      {search.edit && <Opened key={search.edit} name={search.edit} onClose={close} onDelete={() => setDeleting(search.edit ?? null)} />}
      {deleting && (
        <Confirm
          open
          onOpenChange={(open) => !open && setDeleting(null)}
          title={`Delete ${deleting}?`}
          description="Their sessions end. What they did stays in the audit log."
          confirm="Delete"
          danger
          action={async () => {
            await deleteUser(deleting);
            close();
            await client.invalidateQueries({ queryKey: ['users'] });
          }}
          done={`Deleted ${deleting}.`}
        />
      )}
    </Page>
  );
}

function Opened({ name, onClose, onDelete }: { name: string; onClose: () => void; onDelete: () => void }) {
  const query = useQuery({
    queryKey: ['user-opened', name],
    queryFn: () => get<User>(path`/api/v1/users/${name}`),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return <View query={query}>{(row) => <Editor row={row} onClose={onClose} onDelete={onDelete} />}</View>;
}

const FIELDS = ['first_name', 'last_name', 'email', 'roles'] as const;

function Editor({ row, onClose, onDelete }: { row: User | null; onClose: () => void; onDelete?: () => void }) {
  const roles = useQuery(people.roles());
  const can = useCan();
  const start = {
    username: row?.username ?? '',
    first_name: row?.first_name ?? '',
    last_name: row?.last_name ?? '',
    email: row?.email ?? '',
    roles: row?.roles.map((role) => role.name) ?? [],
    password: '',
  };
  const [origin] = useState(start);
  const [draft, setDraft] = useState(start);
  const [checked, setChecked] = useState(false);
  const set = (part: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...part }));
  const faults: Partial<Record<keyof typeof draft, string>> = {};
  for (const field of ['username', 'first_name', 'last_name'] as const) if (!draft[field].trim()) faults[field] = 'This is needed.';
  if (!/^\S+@\S+$/.test(draft.email)) faults.email = 'An address such as ada@example.com.';
  if (!row && !draft.password) faults.password = 'A new user needs a password.';
  const shown = checked ? faults : {};
  const { busy, error, save, theirs, saveOver } = useSave<User>({
    url: row && path`/api/v1/users/${row.username}`,
    base: row,
    fields: FIELDS,
    save: async () => {
      const { password, ...rest } = draft;
      const user: NewUser = { ...rest, roles: draft.roles.map((name) => ({ name })), ...(password ? { password } : {}) };
      await (row ? changeUser(row.username, user) : createUser(user));
    },
    onSaved: () => {
      client.invalidateQueries({ queryKey: ['users'] });
      toastDone(`Saved ${draft.username}.`);
      onClose();
    },
  });
  const input = (field: 'username' | 'first_name' | 'last_name' | 'email', label: string, more = {}) => (
    <TextField
      label={label}
      value={draft[field]}
      autoComplete="off"
      error={shown[field] ?? error?.fields[field]}
      onChange={(event) => set({ [field]: event.target.value })}
      {...more}
    />
  );
  return (
    <EditSheet
      title={row ? row.username : 'New user'}
      dirty={changedFields(origin, draft).length > 0}
      busy={busy}
      error={error}
      submit={theirs ? 'Save over what another changed' : row ? 'Save' : 'Create'}
      onSubmit={() => {
        setChecked(true);
        if (Object.keys(faults).length === 0) (theirs ? saveOver : save)();
      }}
      onClose={onClose}
      actions={
        row &&
        onDelete &&
        can('delete', 'Users') && (
          <Button icon="trash" onClick={onDelete}>
            Delete
          </Button>
        )
      }
    >
      {theirs && (
        <p role="alert">
          Somebody changed this user meanwhile: {theirs.first_name} {theirs.last_name}, {theirs.email},{' '}
          {theirs.roles.map((role) => role.name).join(', ')}. Nothing was saved yet.
        </p>
      )}
      {!row && input('username', 'User name', { autoFocus: true, spellCheck: false })}
      {input('first_name', 'First name', { autoFocus: row !== null })}
      {input('last_name', 'Last name')}
      {input('email', 'E-mail', { type: 'email' })}
      <fieldset className={styles.ticks}>
        <legend>Roles</legend>
        <View query={roles}>
          {(data) =>
            data.roles.map((role) => (
              <CheckField
                key={role.name}
                label={role.name}
                checked={draft.roles.includes(role.name)}
                onChange={(event) =>
                  set({ roles: event.target.checked ? [...draft.roles, role.name] : draft.roles.filter((name) => name !== role.name) })
                }
              />
            ))
          }
        </View>
      </fieldset>
      <TextField
        label={row ? 'New password' : 'Password'}
        type="password"
        autoComplete="new-password"
        value={draft.password}
        error={shown.password ?? error?.fields.password}
        hint={row ? 'Left empty, the password stays.' : undefined}
        onChange={(event) => set({ password: event.target.value })}
      />
    </EditSheet>
  );
}
