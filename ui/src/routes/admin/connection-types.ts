/** Forms of connections: which fields a type has and what they are called for it. A type that is not here has them all. */

export type Part = 'host' | 'schema' | 'login' | 'password' | 'port';

export interface ConnectionType {
  type: string;
  name: string;
  labels: Partial<Record<Part, string>>;
  hide?: readonly Part[];
  hints?: Partial<Record<Part | 'extra', string>>;
  port?: number;
}

const database = { schema: 'Database', login: 'User' } as const;

export const CONNECTION_TYPES: readonly ConnectionType[] = [
  {
    type: 'http',
    name: 'HTTP',
    labels: { schema: 'Scheme' },
    hints: {
      host: 'A host, or a whole base address such as https://ml.example:8000',
      schema: 'http or https',
      extra: 'Headers of each request.',
    },
  },
  {
    type: 'postgres',
    name: 'PostgreSQL',
    labels: database,
    port: 5432,
    hints: { extra: 'Options of the connection, such as {"sslmode": "require"}' },
  },
  { type: 'mysql', name: 'MySQL', labels: database, port: 3306, hints: { extra: 'Such as {"charset": "utf8mb4"}' } },
  { type: 'mssql', name: 'Microsoft SQL Server', labels: database, port: 1433 },
  { type: 'oracle', name: 'Oracle', labels: { schema: 'Service or SID', login: 'User' }, port: 1521 },
  { type: 'snowflake', name: 'Snowflake', labels: { ...database, host: 'Account host' }, hide: ['port'] },
  { type: 'redis', name: 'Redis', labels: { login: 'User' }, hide: ['schema'], port: 6379, hints: { extra: '{"db": 0}' } },
  { type: 'mongo', name: 'MongoDB', labels: database, port: 27017 },
  { type: 'sqlite', name: 'SQLite', labels: { host: 'File' }, hide: ['login', 'password', 'schema', 'port'] },
  {
    type: 'aws',
    name: 'Amazon Web Services',
    labels: { login: 'Access key ID', password: 'Secret access key' },
    hide: ['host', 'schema', 'port'],
    hints: { extra: 'Such as {"region_name": "eu-west-1", "role_arn": "arn:…"}' },
  },
  {
    type: 'google_cloud_platform',
    name: 'Google Cloud',
    labels: {},
    hide: ['host', 'schema', 'login', 'password', 'port'],
    hints: { extra: 'Such as {"project": "…", "key_path": "…"}' },
  },
  { type: 'ssh', name: 'SSH', labels: { login: 'User' }, hide: ['schema'], port: 22 },
  { type: 'sftp', name: 'SFTP', labels: { login: 'User' }, hide: ['schema'], port: 22 },
  { type: 'ftp', name: 'FTP', labels: { login: 'User' }, hide: ['schema'], port: 21 },
  { type: 'smtp', name: 'SMTP', labels: { login: 'User' }, hide: ['schema'], port: 587 },
  {
    type: 'fs',
    name: 'File (path)',
    labels: {},
    hide: ['host', 'schema', 'login', 'password', 'port'],
    hints: { extra: '{"path": "/data"}' },
  },
  { type: 'generic', name: 'Generic', labels: {} },
];

const LABELS: Record<Part, string> = { host: 'Host', schema: 'Schema', login: 'Login', password: 'Password', port: 'Port' };

export const typeOf = (type: string): ConnectionType =>
  CONNECTION_TYPES.find((each) => each.type === type) ?? { type, name: type, labels: {} };

export const labelOf = (type: ConnectionType, part: Part): string => type.labels[part] ?? LABELS[part];
export const has = (type: ConnectionType, part: Part): boolean => !type.hide?.includes(part);
