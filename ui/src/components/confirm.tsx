import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { toastDone, toastFailed } from './toast.tsx';
import { Empty, View } from './view.tsx';

interface Props<A> {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** Choices above the list, such as a scope. */
  choices?: ReactNode;
  /** What would be affected, asked of the server. A changed key asks again. */
  dryRun?: { key: readonly unknown[]; run: () => Promise<A[]>; show: (affected: A[]) => ReactNode; none: string };
  confirm: string;
  danger?: boolean;
  /** Does it, to exactly what was shown. */
  action: (affected: A[]) => Promise<unknown>;
  done: string | ((affected: A[]) => string);
  onDone?: () => void;
}

/** Asks before something is done, shows first what it affects, and does it to nothing else. */
export function Confirm<A = never>({
  open,
  onOpenChange,
  title,
  description,
  choices,
  dryRun,
  confirm,
  danger,
  action,
  done,
  onDone,
}: Props<A>) {
  const [busy, setBusy] = useState(false);
  const affected = useQuery({
    queryKey: ['dry-run', ...(dryRun?.key ?? [])],
    queryFn: () => dryRun!.run(),
    enabled: open && dryRun !== undefined,
    staleTime: 0,
    gcTime: 0,
  });
  const ready = dryRun === undefined || (affected.isSuccess && !affected.isFetching && affected.data.length > 0);
  const act = async () => {
    setBusy(true);
    try {
      const all = affected.data ?? [];
      await action(all);
      toastDone(typeof done === 'string' ? done : done(all));
      onOpenChange(false);
      onDone?.();
    } catch (error) {
      toastFailed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      description={description}
      size={dryRun ? 'normal' : 'small'}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button kind={danger ? 'danger' : 'primary'} busy={busy} disabled={!ready} onClick={act}>
            {confirm}
          </Button>
        </>
      }
    >
      {choices}
      {dryRun && <View query={affected}>{(all) => (all.length === 0 ? <Empty title={dryRun.none} /> : dryRun.show(all))}</View>}
    </Dialog>
  );
}
