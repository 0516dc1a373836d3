import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

/** The filters of the open page, which stand in its address, and a way to change some of them. A change goes back to the first page. */
export function useFilters<S extends object>(): [S, (next: Partial<S>, add?: 'replace' | 'push') => void] {
  const search = useSearch({ strict: false } as never) as S;
  const navigate = useNavigate();
  const change = useCallback(
    (next: Partial<S>, add: 'replace' | 'push' = 'replace') => {
      navigate({
        to: '.',
        search: ((before: S) => ({ ...before, page: undefined, cursor: undefined, ...next })) as never,
        replace: add === 'replace',
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, change];
}
