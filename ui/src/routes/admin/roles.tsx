import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { changeRole, createRole, deleteRole, people, type Role } from '../../api/people.ts';
import { client } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { EditSheet } from '../../components/edit/edit-sheet.tsx';
import { useSave } from '../../components/edit/use-save.ts';
import { SearchField, TextField } from '../../components/field.tsx';
import { Page } from '../../components/page.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { toastDone } from '../../components/toast.tsx';
import { Empty, View } from '../../components/view.tsx';
import { path } from '../../lib/base.ts';
import { useCan } from '../../lib/can.ts';
import { changedFields } from '../../lib/changes.ts';
import { useFilters } from '../../lib/filters.ts';
import { ACTIONS, fromSet, keyOf, resourcesOf, toSet } from '../../lib/permissions.ts';
import styles from './lists.module.css';
import table from './resource.module.css';

interface Search {
  edit?: string | undefined;
  new?: true | undefined;
}

/** The roles that come with the server; they are not deleted. */
const BUILT_IN = ['Admin', 'Op', 'User', 'Viewer', 'Public'];

/** What the users of each role may do. */
export function RolesPage() {
  const [search, change] = useFilters<Search>();
  const query = useQuery(people.roles());
  const can = useCan();
  const [deleting, setDeleting] = useState<string | null>(null);
  const close = () => change({ edit: undefined, new: undefined });
  const columns: Column<Role>[] = [
    {
      id: 'name',
      header: 'Role',
      isName: true,
      cell: (role) => (
        <button type="button" className={table.name} onClick={() => change({ edit: role.name }, 'push')}>
          {role.name}
        </button>
      ),
    },
    { id: 'count', header: 'Permissions', align: 'right', cell: (role) => role.actions.length },
    {
      id: 'edit',
      header: 'May change',
      from: 768,
      cell: (role) => {
        const edits = [...new Set(role.actions.filter((each) => each.action.name === 'can_edit').map((each) => each.resource.name))];
        return (
          <span className="muted">
            {edits.slice(0, 6).join(', ') || 'nothing'}
            {edits.length > 6 && ` and ${edits.length - 6} more`}
          </span>
        );
      },
    },
  ];
  const edited = query.data?.roles.find((role) => role.name === search.edit);
  return (
    <Page
      title="Roles"
      actions={
        can('create', 'Roles') && (
          <Button kind="primary" icon="plus" onClick={() => change({ new: true }, 'push')}>
            New role
          </Button>
        )
      }
    >
      <View query={query}>
        {(data) => (
          <>
            <Table<Role>
              label="Roles"
              columns={columns}
              rows={data.roles}
              rowKey={(role) => role.name}
              empty={<Empty icon="key" title="No roles" />}
            />
            {(search.new || edited) && (
              <Editor
                key={search.edit}
                row={edited ?? null}
                known={resourcesOf(data.roles)}
                onClose={close}
                onDelete={() => setDeleting(edited?.name ?? null)}
              />
            )}
          </>
        )}
      </View>
      {deleting && (
        <Confirm
          open
          onOpenChange={(open) => !open && setDeleting(null)}
          title={`Delete the role ${deleting}?`}
          description="Users who have it lose what it allowed."
          confirm="Delete"
          danger
          action={async () => {
            await deleteRole(deleting);
            close();
            await client.invalidateQueries({ queryKey: ['roles'] });
          }}
          done={`Deleted ${deleting}.`}
        />
      )}
    </Page>
  );
}

interface EditorProps {
  row: Role | null;
  known: string[];
  onClose: () => void;
  onDelete: () => void;
}

function Editor({ row: given, known, onClose, onDelete }: EditorProps) {
  const can = useCan();
  // What was read when the form opened, whatever the list behind it shows since.
  const [row] = useState(given);
  const [name, setName] = useState(row?.name ?? '');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => toSet(row?.actions ?? []));
  const [q, setQ] = useState('');
  const role = (): Role => ({ name: name.trim(), actions: fromSet(chosen) });
  const before = { name: row?.name ?? '', actions: fromSet(toSet(row?.actions ?? [])) };
  const { busy, error, save, theirs, saveOver } = useSave<Role>({
    url: row && path`/api/v1/roles/${row.name}`,
    base: row,
    fields: ['actions'],
    save: () => (row ? changeRole(row.name, role()) : createRole(role())),
    onSaved: () => {
      client.invalidateQueries({ queryKey: ['roles'] });
      toastDone(`Saved ${name}.`);
      onClose();
    },
  });
  const toggle = (key: string) => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setChosen(next);
  };
  const shown = known.filter((resource) => resource.toLowerCase().includes(q.toLowerCase()));
  return (
    <EditSheet
      title={row ? row.name : 'New role'}
      dirty={changedFields(before, role()).length > 0}
      busy={busy}
      error={error}
      submit={theirs ? 'Save over what another changed' : row ? 'Save' : 'Create'}
      onSubmit={() => name.trim() && (theirs ? saveOver : save)()}
      onClose={onClose}
      actions={
        row &&
        !BUILT_IN.includes(row.name) &&
        can('delete', 'Roles') && (
          <Button icon="trash" onClick={onDelete}>
            Delete
          </Button>
        )
      }
    >
      {theirs && <p role="alert">Somebody changed the permissions of this role meanwhile. Nothing was saved yet.</p>}
      {!row && (
        <TextField
          label="Name"
          value={name}
          autoFocus
          autoComplete="off"
          error={error?.fields.name}
          onChange={(event) => setName(event.target.value)}
        />
      )}
      <SearchField label="Find a resource" value={q} autoFocus={row !== null} onChange={(event) => setQ(event.target.value)} />
      <table className={styles.matrix}>
        <thead>
          <tr>
            <th scope="col">Resource</th>
            {ACTIONS.map(([action, word]) => (
              <th key={action} scope="col">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((resource) => (
            <tr key={resource}>
              <th scope="row">{resource}</th>
              {ACTIONS.map(([action, word]) => {
                const key = keyOf(action, resource);
                return (
                  <td key={action}>
                    <label>
                      <span className="sr">
                        {word} {resource}
                      </span>
                      <input type="checkbox" checked={chosen.has(key)} onChange={() => toggle(key)} />
                    </label>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </EditSheet>
  );
}
