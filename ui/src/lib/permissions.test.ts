import { expect, test } from 'vitest';
import { fromSet, resourcesOf, toSet } from './permissions.ts';

const may = (action: string, resource: string) => ({ action: { name: action }, resource: { name: resource } });

test('permissions come back from the table as they went in', () => {
  const actions = [may('can_edit', 'DAG:a b'), may('can_read', 'DAGs')];
  expect(fromSet(toSet([...actions, actions[0]!]))).toEqual(actions);
});

test('every resource that a role has is a row', () => {
  expect(resourcesOf([{ actions: [may('can_read', 'Pools'), may('can_edit', 'Pools')] }, { actions: [may('can_read', 'DAGs')] }])).toEqual([
    'DAGs',
    'Pools',
  ]);
});
