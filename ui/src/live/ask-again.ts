/** Asks again for what a change made old, and never takes an answer from before the change for one from after it. */
import type { Query, QueryClient, QueryFilters } from '@tanstack/react-query';

/** What is asked once more when the answer under way is there. */
const once = new WeakSet<Query>();

/**
 * Makes all of this old; what is on the page is asked again. What is being asked at this moment is left to end, so that many changes do not put off
 * its answer for ever, and then asked once more, for the server may have made that answer before the change.
 */
export function askAgain(client: QueryClient, filters: QueryFilters) {
  for (const query of client.getQueryCache().findAll({ ...filters, fetchStatus: 'fetching' })) {
    if (once.has(query)) continue;
    once.add(query);
    const more = () => {
      once.delete(query);
      client.invalidateQueries({ queryKey: query.queryKey, exact: true }, { cancelRefetch: false });
    };
    query.promise?.then(more, more);
  }
  client.invalidateQueries(filters, { cancelRefetch: false });
}
