import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { queries } from '../../api/queries.ts';
import { SearchField } from '../../components/field.tsx';
import { Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import styles from './lists.module.css';

export function DagTasksPage() {
  const { dag } = useParams({ from: '/shell/dags/$dag/tasks' });
  const { q } = useSearch({ from: '/shell/dags/$dag/tasks' });
  const navigate = useNavigate({ from: '/dags/$dag/tasks' });
  const query = useQuery(queries.dag(dag));
  return (
    <div className={styles.list}>
      <search className={styles.bar}>
        <SearchField
          className={styles.find}
          label="Find a task"
          data-find=""
          value={q ?? ''}
          onChange={(event) => navigate({ search: { q: event.target.value || undefined }, replace: true, resetScroll: false })}
        />
      </search>
      <View query={query}>
        {(data) => (
          <Table
            label="Tasks"
            rows={data.tasks.filter((task) => task.task_id.toLowerCase().includes((q ?? '').toLowerCase()))}
            rowKey={(task) => task.task_id}
            empty={<Empty icon="search" title="No task matches" />}
            columns={[
              {
                id: 'task',
                header: 'Task',
                isName: true,
                cell: (task) => (
                  <Link to="/dags/$dag/tasks/$task" params={{ dag, task: task.task_id }} className="break">
                    {task.task_id}
                    {task.is_mapped && ' [ ]'}
                  </Link>
                ),
              },
              { id: 'operator', header: 'Operator', cell: (task) => task.operator },
              {
                id: 'rule',
                header: 'Trigger rule',
                from: 768,
                cell: (task) => <span className="muted">{task.trigger_rule.replaceAll('_', ' ')}</span>,
              },
              { id: 'retries', header: 'Retries', align: 'right', cell: (task) => task.retries },
              { id: 'pool', header: 'Pool', from: 1024, cell: (task) => <span className="muted">{task.pool}</span> },
              {
                id: 'downstream',
                header: 'Downstream',
                from: 1024,
                cell: (task) => <span className="muted break">{task.downstream.join(', ') || '–'}</span>,
              },
            ]}
            foot={`${data.tasks.length} tasks`}
          />
        )}
      </View>
    </div>
  );
}
