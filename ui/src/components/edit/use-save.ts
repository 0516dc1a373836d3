import { useState } from 'react';
import { ApiError, get } from '../../api/client.ts';
import { changedFields } from '../../lib/changes.ts';

interface Options<R extends object> {
  /** Where the thing is read; null: it is new. */
  url: string | null;
  /** As it was when the form was opened. */
  base: R | null;
  /** The fields that two people could both have changed. */
  fields: readonly (keyof R & string)[];
  save: () => Promise<unknown>;
  onSaved: () => void;
}

/** Saves a thing unless another changed it since it was read; then both are shown, and the user decides. */
export function useSave<R extends object>({ url, base: opened, fields, save, onSaved }: Options<R>) {
  const [base, setBase] = useState(opened);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [theirs, setTheirs] = useState<R | null>(null);

  const run = async (over: R | null) => {
    setBusy(true);
    setError(null);
    try {
      if (url !== null && base !== null) {
        const now = await get<R>(url);
        if (changedFields(over ?? base, now, fields).length > 0) {
          setTheirs(now);
          return;
        }
      }
      await save();
      setTheirs(null);
      onSaved();
    } catch (fault) {
      if (fault instanceof ApiError && fault.status === 404 && url !== null) {
        setError(new ApiError(404, 'It was deleted meanwhile. What you typed is still here; copy it before you close.'));
      } else {
        setError(fault instanceof ApiError ? fault : new ApiError(0, String(fault)));
      }
    } finally {
      setBusy(false);
    }
  };

  return {
    busy,
    error,
    base,
    theirs,
    save: () => run(null),
    /** Saves over exactly what was shown; a change after that is shown again. */
    saveOver: () => run(theirs),
    takeTheirs: () => {
      setBase(theirs);
      setTheirs(null);
      return theirs;
    },
  };
}
