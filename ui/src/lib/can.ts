import { useQuery } from '@tanstack/react-query';
import { queries } from '../api/queries.ts';
import type { Me } from '../api/types.ts';

type Action = 'read' | 'edit' | 'create' | 'delete';

/** Whether the user has a permission, by the server's name of the resource. The server decides again; this only hides what it would refuse. */
export function useCan(): (action: Action, resource: string) => boolean {
  const me: Me | undefined = useQuery(queries.me()).data;
  return (action, resource) => me?.can[action].includes(resource) ?? false;
}
