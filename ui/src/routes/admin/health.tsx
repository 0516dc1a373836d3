import { useQuery } from '@tanstack/react-query';
import { placeQueries } from '../../api/places.ts';
import { Icon } from '../../components/icons.tsx';
import { Page } from '../../components/page.tsx';
import { View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import styles from './lists.module.css';

const NAMES: Record<string, string> = {
  metadatabase: 'Database',
  scheduler: 'Scheduler',
  triggerer: 'Triggerer',
  dag_processor: 'DAG processor',
};

/** Whether the parts of the server live. */
export function HealthPage() {
  const query = useQuery({ ...placeQueries.health(), refetchInterval: 5000 });
  const version = useQuery(placeQueries.version()).data;
  return (
    <Page title="Health" facts={version && <span>Version {version.version}</span>}>
      <View query={query}>
        {(data) => (
          <ul className={styles.cards}>
            {Object.entries(data)
              .flatMap(([name, part]) => (part ? [[name, part] as const] : []))
              .map(([name, part]) => {
                const status = part.status ?? 'not running';
                const beat = Object.entries(part).find(([key]) => key.startsWith('latest_'))?.[1];
                return (
                  <li key={name} className={styles.card}>
                    <h2>{NAMES[name] ?? name}</h2>
                    <p className={styles.status} data-status={status}>
                      <Icon name={status === 'healthy' ? 'check' : status === 'unhealthy' ? 'warning' : 'minus'} />
                      {status}
                    </p>
                    {beat && (
                      <p className="small muted">
                        Last heartbeat <When at={beat} show="relative" />
                      </p>
                    )}
                  </li>
                );
              })}
          </ul>
        )}
      </View>
    </Page>
  );
}
