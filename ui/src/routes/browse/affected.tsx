import type { Affected } from '../../api/actions.ts';
import { AffectedList } from '../../components/clear/scope.tsx';
import styles from './browse.module.css';

/** What would be affected, by DAG and run. */
export function AffectedByDag({ affected }: { affected: readonly Affected[] }) {
  const byDag = [...Map.groupBy(affected, (each) => each.dag_id)];
  return (
    <div className={styles.affected}>
      {byDag.map(([dag, all]) => (
        <section key={dag} aria-label={dag}>
          {byDag.length > 1 && <p className={styles.dag}>{dag}</p>}
          <AffectedList affected={all} />
        </section>
      ))}
    </div>
  );
}

/** The chosen things as they were when they were chosen. */
export function Frozen({ names }: { names: readonly string[] }) {
  return (
    <ul className={styles.frozen}>
      {names.slice(0, 200).map((name) => (
        <li key={name} className="mono break">
          {name}
        </li>
      ))}
      {names.length > 200 && <li>and {names.length - 200} more</li>}
    </ul>
  );
}
