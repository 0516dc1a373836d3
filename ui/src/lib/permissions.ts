import type { Permission } from '../api/people.ts';

export const ACTIONS = [
  ['can_read', 'Read'],
  ['can_edit', 'Edit'],
  ['can_create', 'Create'],
  ['can_delete', 'Delete'],
  ['menu_access', 'Menu'],
] as const;

export const keyOf = (action: string, resource: string) => `${action}\n${resource}`;

export const toSet = (permissions: readonly Permission[]) =>
  new Set(permissions.map((each) => keyOf(each.action.name, each.resource.name)));

export const fromSet = (set: ReadonlySet<string>): Permission[] =>
  [...set].sort().map((key) => {
    const [action = '', resource = ''] = key.split('\n');
    return { action: { name: action }, resource: { name: resource } };
  });

/** Which resources stand in any of the roles, in the order of the alphabet. */
export const resourcesOf = (roles: readonly { actions: readonly Permission[] }[]): string[] =>
  [...new Set(roles.flatMap((role) => role.actions.map((each) => each.resource.name)))].sort((a, b) => a.localeCompare(b));
