import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Asked, openQuestions, type Scope } from '../../api/questions.ts';
import { Icon } from '../icons.tsx';
import { counted } from '../list/pages.tsx';
import { TiLink } from '../ti-table.tsx';
import { When } from '../when.tsx';
import styles from './question.module.css';

/** The task that has asked, with its run where several can be meant. */
export function Asker({ asked }: { asked: Asked }) {
  const { dag_id, dag_run_id, task_id, map_index } = asked.task_instance;
  return (
    <TiLink ti={{ dag_id, run_id: dag_run_id, task_id, map_index }}>
      <span className="break">{asked.subject}</span>
    </TiLink>
  );
}

export const placeOf = ({ task_instance: ti }: Asked, scope: Scope) =>
  [
    scope.dag === undefined && ti.dag_id,
    scope.run === undefined && ti.dag_run_id,
    ti.map_index >= 0 ? `${ti.task_id} [${ti.map_index}]` : ti.task_id,
  ]
    .filter(Boolean)
    .join(' · ');

/** The questions that wait for people here; nothing where there are none. */
export function OpenQuestions(scope: Scope) {
  const { data } = useQuery(openQuestions(scope));
  if (!data || data.total_entries === 0) return null;
  const more = data.total_entries - data.hitl_details.length;
  return (
    <section className={styles.open} aria-labelledby="open-questions">
      <h2 id="open-questions">
        <Icon name="user" size={14} /> {counted(data.total_entries, 'task')} {data.total_entries === 1 ? 'waits' : 'wait'} for an answer
      </h2>
      <ul>
        {data.hitl_details.map((asked) => (
          <li key={JSON.stringify(asked.task_instance)}>
            <Asker asked={asked} />
            <span className="muted small break">{placeOf(asked, scope)}</span>
            <span className="muted small">
              <When at={asked.created_at} show="relative" />
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <p className="small">
          <Link to={'/required-actions' as string} search={(scope.dag ? { dag: scope.dag, run: scope.run } : {}) as never}>
            {more} more
          </Link>
        </p>
      )}
    </section>
  );
}
