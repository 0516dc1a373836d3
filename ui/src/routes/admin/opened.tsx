import { useQuery } from '@tanstack/react-query';
import { get } from '../../api/client.ts';
import { client } from '../../api/queries.ts';
import { Dialog } from '../../components/dialog.tsx';
import { View } from '../../components/view.tsx';
import type { Resource } from './resource.ts';

interface Props<R extends object> {
  resource: Resource<R>;
  edit: string | undefined;
  copy: string | undefined;
  onClose: () => void;
  onSaved: (id: string) => void;
}

/** The form of one thing, read anew when it opens, and not again under the hands of who types. */
export function Opened<R extends object>({ resource, edit, copy, onClose, onSaved }: Props<R>) {
  const from = edit ?? copy;
  const query = useQuery({
    queryKey: [resource.list, 'opened', from],
    queryFn: () => get<R>(resource.one(from ?? '')),
    enabled: from !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const saved = (id: string) => {
    client.invalidateQueries({ queryKey: [resource.list], predicate: (each) => each.queryKey[1] !== 'opened' });
    onSaved(id);
  };
  const Editor = resource.editor;
  if (from === undefined) return <Editor row={null} copy={null} onClose={onClose} onSaved={saved} />;
  if (query.data !== undefined) {
    return <Editor row={edit ? query.data : null} copy={copy ? query.data : null} onClose={onClose} onSaved={saved} />;
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={from} shape="sheet">
      <View query={query}>{() => null}</View>
    </Dialog>
  );
}
