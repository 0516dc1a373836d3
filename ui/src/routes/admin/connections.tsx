import { IconButton } from '../../components/button.tsx';
import { path } from '../../lib/base.ts';
import { useFilters } from '../../lib/filters.ts';
import { type Connection, connectionFromFile, HIDDEN } from './connection.ts';
import { ConnectionEditor } from './connection-editor.tsx';
import { typeOf } from './connection-types.ts';
import table from './resource.module.css';
import type { Resource } from './resource.ts';
import { type AdminSearch, ResourcePage } from './resource-page.tsx';

const connections: Resource<Connection> = {
  noun: 'connection',
  title: 'Connections',
  icon: 'plug',
  url: '/api/v2/connections',
  list: 'connections',
  pattern: 'connection_id_pattern',
  permission: 'Connections',
  sort: 'connection_id',
  idOf: (row) => row.connection_id,
  one: (id) => path`/api/v2/connections/${id}`,
  columns: (open) => [
    {
      id: 'id',
      header: 'Connection',
      sort: 'connection_id',
      isName: true,
      cell: (row) => (
        <button type="button" className={table.name} onClick={() => open(row)}>
          {row.connection_id}
        </button>
      ),
    },
    { id: 'type', header: 'Type', sort: 'conn_type', cell: (row) => typeOf(row.conn_type).name },
    { id: 'host', header: 'Host', sort: 'host', cell: (row) => <span className="break">{row.host}</span> },
    { id: 'port', header: 'Port', sort: 'port', align: 'right', from: 768, cell: (row) => row.port },
    { id: 'login', header: 'Login', from: 1024, cell: (row) => row.login },
    { id: 'password', header: 'Password', from: 1024, cell: (row) => <span className="muted">{row.password ? 'set' : '–'}</span> },
    { id: 'description', header: 'Description', from: 1280, cell: (row) => <span className="muted">{row.description}</span> },
    { id: 'copy', header: <span className="sr">Duplicate</span>, width: '44px', cell: (row) => <Duplicate id={row.connection_id} /> },
  ],
  editor: ConnectionEditor,
  toFile: ({ connection_id: _, password: __, extra, ...row }) => ({ ...row, extra: extra?.includes(HIDDEN) ? null : extra }),
  fromFile: connectionFromFile,
  fileNote: 'Passwords and secrets in extras are not in it.',
  fileExample: '{"ml": {"conn_type": "http", "host": "ml.example", "port": 8000}, "db": "postgres://user:password@host/db"}',
  empty: 'A connection is where and as whom tasks reach another system. Tasks name it by its id.',
};

function Duplicate({ id }: { id: string }) {
  const [, change] = useFilters<AdminSearch>();
  return <IconButton icon="copy" size="small" label={`Duplicate ${id}`} onClick={() => change({ copy: id }, 'push')} />;
}

export const ConnectionsPage = () => <ResourcePage resource={connections} />;
