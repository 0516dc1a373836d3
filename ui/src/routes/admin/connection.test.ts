import { describe, expect, test } from 'vitest';
import { bodyOf, type Connection, connectionFromFile, draftOf, faultsOf, maskOf } from './connection.ts';

const stored: Connection = {
  connection_id: 'app_db',
  conn_type: 'postgres',
  description: null,
  host: 'db.example',
  login: 'ann',
  schema: 'app',
  port: 5432,
  password: '***',
  extra: '{"password":"***","timeout":5}',
};

describe('secrets', () => {
  test('that are not typed anew are not sent in a change', () => {
    const draft = draftOf(stored);
    expect(draft.password).toBeNull();
    expect(draft.extra).toBeNull();
    expect(maskOf(draft)).toEqual(['conn_type', 'description', 'host', 'login', 'schema', 'port']);
    expect(bodyOf(draft).password).toBe('***');
  });
  test('typed anew are', () => {
    const draft = { ...draftOf(stored), password: 'new', extra: '{"timeout": 6}' };
    expect(maskOf(draft)).toContain('password');
    expect(bodyOf(draft)).toMatchObject({ password: 'new', extra: '{"timeout": 6}' });
    expect(faultsOf(draft)).toEqual({});
  });
  test('hidden ones are not stored as stars', () => {
    expect(faultsOf({ ...draftOf(stored), extra: '{"password": "***"}' }).extra).toMatch(/secret/);
  });
});

test('faults name what is wrong', () => {
  const faults = faultsOf({ ...draftOf(null), connection_id: 'a b', port: '99999', extra: '[1]' });
  expect(Object.keys(faults).sort()).toEqual(['connection_id', 'extra', 'port']);
});

describe('files', () => {
  test('hold objects', () => {
    expect(connectionFromFile('ml', { conn_type: 'http', host: 'ml', port: '8000', extra: { timeout: 5 } })).toEqual({
      name: 'ml',
      entity: {
        connection_id: 'ml',
        conn_type: 'http',
        description: null,
        host: 'ml',
        login: null,
        schema: null,
        password: null,
        port: 8000,
        extra: '{"timeout":5}',
      },
    });
    expect(connectionFromFile('ml', { host: 'ml' })).toHaveProperty('fault');
    expect(connectionFromFile('ml', { conn_type: 'http', password: '***' })).toHaveProperty('fault');
  });
  test('hold addresses', () => {
    expect(connectionFromFile('db', 'postgresql://ann:p%40ss@db.example:5433/app?sslmode=require')).toMatchObject({
      entity: {
        conn_type: 'postgres',
        login: 'ann',
        password: 'p@ss',
        host: 'db.example',
        port: 5433,
        schema: 'app',
        extra: '{"sslmode":"require"}',
      },
    });
    expect(connectionFromFile('db', 'nonsense')).toHaveProperty('fault');
  });
});
