import type { Affected, Scope } from '../../api/actions.ts';
import { CheckField } from '../field.tsx';
import { StateChip } from '../state.tsx';
import styles from './clear.module.css';

const WORDS: [keyof Scope, string][] = [
  ['upstream', 'Upstream tasks'],
  ['downstream', 'Downstream tasks'],
  ['past', 'Earlier runs'],
  ['future', 'Later runs'],
];

/** Which others are meant too. */
export function ScopeChoice({ scope, onChange, children }: { scope: Scope; onChange: (scope: Scope) => void; children?: React.ReactNode }) {
  return (
    <fieldset className={styles.scope}>
      <legend className="sr">Also</legend>
      {WORDS.map(([name, word]) => (
        <CheckField
          key={name}
          label={word}
          checked={scope[name] ?? false}
          onChange={(event) => onChange({ ...scope, [name]: event.target.checked })}
        />
      ))}
      {children}
    </fieldset>
  );
}

/** What would be affected, by run. */
export function AffectedList({ affected }: { affected: readonly Affected[] }) {
  const byRun = [...Map.groupBy(affected, (each) => each.dag_run_id)];
  return (
    <div className={styles.affected}>
      <p>
        <strong>{affected.length}</strong> task {affected.length === 1 ? 'instance' : 'instances'}
        {byRun.length > 1 ? ` of ${byRun.length} runs` : ''} will be affected:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={styles.list} aria-label="Affected task instances" tabIndex={0}>
        {byRun.map(([run, all]) => (
          <div key={run}>
            <h3 className="mono break">{run}</h3>
            <ul>
              {all.slice(0, 500).map((each) => (
                <li key={`${each.task_id} ${each.map_index}`}>
                  <span className="break">
                    {each.task_id}
                    {each.map_index >= 0 && ` [${each.map_index}]`}
                  </span>
                  <StateChip state={each.state} size="small" />
                </li>
              ))}
              {all.length > 500 && <li>and {all.length - 500} more</li>}
            </ul>
          </div>
        ))}
      </section>
    </div>
  );
}
