import { changedFields } from '../../lib/changes.ts';
import { Button } from '../button.tsx';
import { Icon } from '../icons.tsx';
import styles from './edit.module.css';

const shown = (value: unknown) =>
  value === null || value === undefined || value === '' ? '(empty)' : typeof value === 'string' ? value : JSON.stringify(value);

interface Props<R extends object> {
  base: R;
  theirs: R;
  mine: Partial<Record<keyof R & string, unknown>>;
  fields: readonly (keyof R & string)[];
  busy: boolean;
  onOver: () => void;
  onTheirs: () => void;
}

/** Another saved the same thing first: what was there, what is there now, and what you typed. */
export function Conflict<R extends object>({ base, theirs, mine, fields, busy, onOver, onTheirs }: Props<R>) {
  const changed = changedFields(base, theirs, fields) as (keyof R & string)[];
  return (
    <div className={styles.conflict} role="alert">
      <p>
        <Icon name="warning" /> <strong>Somebody changed this while you were editing.</strong> Nothing was saved yet.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">When you opened it</th>
            <th scope="col">Now</th>
            <th scope="col">Yours</th>
          </tr>
        </thead>
        <tbody>
          {changed.map((field) => (
            <tr key={field}>
              <th scope="row">{field.replaceAll('_', ' ')}</th>
              <td>{shown(base[field])}</td>
              <td>{shown(theirs[field])}</td>
              <td>{field in mine ? shown(mine[field]) : '(as it is)'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className={styles.buttons}>
        <Button size="small" onClick={onTheirs}>
          Drop mine, take theirs
        </Button>
        <Button size="small" kind="danger" busy={busy} onClick={onOver}>
          Save mine over theirs
        </Button>
      </div>
    </div>
  );
}
