import { Icon } from '../../../src/components/icons.tsx';
import type { Gate, Person } from '../types.ts';
import styles from './parts.module.css';

/** Skills that are there and skills that are not; the sign says which, not the colour alone. */
export function Skills({ matched, missing, most }: { matched: readonly string[]; missing: readonly string[]; most?: number }) {
  const all = [...missing.map((skill) => [skill, false] as const), ...matched.map((skill) => [skill, true] as const)];
  const shown = most === undefined ? all : all.slice(0, most);
  const rest = all.length - shown.length;
  if (all.length === 0) return <span className="muted">The position asks for none</span>;
  return (
    <ul className={`bare ${styles.skills}`}>
      {shown.map(([skill, has]) => (
        <li key={skill} data-has={has}>
          <Icon name={has ? 'check' : 'minus'} size={11} />
          <span className="sr">{has ? 'has ' : 'not found: '}</span>
          {skill}
        </li>
      ))}
      {rest > 0 && <li data-more="">+ {rest}</li>}
    </ul>
  );
}

const GATES: Record<string, string> = {
  work_permit: 'Work permit',
  licence: 'Licences',
  location: 'Place',
  availability: 'Start',
  salary: 'Pay',
};
const VERDICTS = { pass: ['check', 'met'], fail: ['close', 'not met'], unknown: ['info', 'to check'] } as const;

/** Conditions; with `open` only those that are not simply met. */
export function Gates({ gates, open }: { gates: readonly Gate[]; open?: boolean }) {
  const shown = open ? gates.filter(({ verdict }) => verdict !== 'pass') : gates;
  if (shown.length === 0) return null;
  return (
    <ul className={`bare ${styles.gates}`}>
      {shown.map(({ gate, verdict, reason }) => {
        const [icon, word] = VERDICTS[verdict];
        return (
          <li key={gate} data-verdict={verdict}>
            <Icon name={icon} size={12} />
            <strong>{GATES[gate] ?? gate}</strong> {word}
            {!open && <span className="muted"> · {reason}</span>}
          </li>
        );
      })}
    </ul>
  );
}

/** A candidate: the id always, the name as far as it may be seen. */
export function PersonName({ person }: { person: Person }) {
  const place = [person.city, person.state].filter(Boolean).join(', ');
  return (
    <span className={styles.person}>
      <span>
        <strong>{person.name ?? 'No name'}</strong> <span className="muted">#{person.id}</span>
      </span>
      <span className="muted">{[person.occupation, place].filter(Boolean).join(' · ') || '–'}</span>
      {(person.email?.includes('…') === false || person.phone?.includes('…') === false) && (
        <span className="muted break">{[person.email, person.phone].filter(Boolean).join(' · ')}</span>
      )}
    </span>
  );
}
