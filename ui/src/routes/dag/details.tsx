import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { queries } from '../../api/queries.ts';
import { JsonView } from '../../components/json-view.tsx';
import { Facts, Panel } from '../../components/page.tsx';
import { Empty, View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import styles from './overview.module.css';

export function DagDetailsPage() {
  const { dag } = useParams({ from: '/shell/dags/$dag/details' });
  const query = useQuery(queries.dag(dag));
  return (
    <View query={query}>
      {(data) => (
        <div className={styles.columns}>
          <Panel title="DAG">
            <Facts
              rows={[
                ['Description', data.description],
                ['Owners', data.owners.join(', ')],
                ['Tags', data.tags.join(', ')],
                [
                  'Schedule',
                  data.schedule &&
                    `${data.schedule_words ?? ''} ${data.schedule_words === data.schedule ? '' : `(${data.schedule})`} in ${data.timezone}`,
                ],
                ['Catch-up', data.catchup ? 'yes' : 'no'],
                ['Runs at once', data.max_active_runs],
                ['Tasks at once', data.max_active_tasks],
                ['First date', data.start_date && <When at={data.start_date} show="absolute" />],
                ['Last date', data.end_date && <When at={data.end_date} show="absolute" />],
              ]}
            />
          </Panel>
          <Panel title="Source">
            <Facts
              rows={[
                [
                  'File',
                  <span key="file" className="mono">
                    {data.fileloc}
                  </span>,
                ],
                ['Version', data.version],
                ['Last read', data.last_parsed && <When at={data.last_parsed} />],
                ['Tasks', data.tasks.length],
              ]}
            />
          </Panel>
          <Panel title="Params">
            {Object.keys(data.params).length === 0 ? (
              <Empty title="The DAG has no params" />
            ) : (
              <JsonView
                label="params"
                value={Object.fromEntries(Object.entries(data.params).map(([name, param]) => [name, param.value]))}
              />
            )}
          </Panel>
        </div>
      )}
    </View>
  );
}
