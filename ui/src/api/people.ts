/** Users and roles, through the REST API of Airflow 2, which is where they are. */
import { path } from '../lib/base.ts';
import { patch, post, type Query, remove } from './client.ts';
import { ask } from './queries.ts';

export interface User {
  username: string;
  first_name: string;
  last_name: string;
  email: string;
  active?: boolean | null;
  last_login?: string | null;
  login_count?: number | null;
  failed_login_count?: number | null;
  roles: { name: string }[];
}

export interface Permission {
  action: { name: string };
  resource: { name: string };
}

export interface Role {
  name: string;
  actions: Permission[];
}

export const people = {
  users: (query: Query) => ask<{ users: User[]; total_entries: number }>(['users'], '/api/v1/users', query),
  user: (name: string) => ask<User>(['users', 'one', name], path`/api/v1/users/${name}`),
  roles: () => ask<{ roles: Role[]; total_entries: number }>(['roles'], '/api/v1/roles', { limit: 100, order_by: 'name' }),
  role: (name: string) => ask<Role>(['roles', 'one', name], path`/api/v1/roles/${name}`),
  permissions: () => ask<{ actions: { name: string }[] }>(['permissions'], '/api/v1/permissions', { limit: 100 }),
};

export interface NewUser {
  username: string;
  first_name: string;
  last_name: string;
  email: string;
  roles: { name: string }[];
  password?: string;
}

export const createUser = (user: NewUser) => post('/api/v1/users', user);
export const changeUser = (name: string, user: NewUser) =>
  patch(path`/api/v1/users/${name}`, user, {
    update_mask: ['first_name', 'last_name', 'email', 'roles', ...(user.password ? ['password'] : [])].join(','),
  });
export const deleteUser = (name: string) => remove(path`/api/v1/users/${name}`);
export const createRole = (role: Role) => post('/api/v1/roles', role);
export const changeRole = (name: string, role: Role) => patch(path`/api/v1/roles/${name}`, role, { update_mask: 'actions' });
export const deleteRole = (name: string) => remove(path`/api/v1/roles/${name}`);
