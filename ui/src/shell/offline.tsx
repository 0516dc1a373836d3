import { server } from '../api/client.ts';
import { client } from '../api/queries.ts';
import { Icon } from '../components/icons.tsx';
import { useZone } from '../lib/now.ts';
import { useStore } from '../lib/store.ts';
import { clockTime } from '../lib/time.ts';
import styles from './offline.module.css';

/** Says at the top of the page that the server is gone and that what is shown is old. */
export function Offline() {
  const { reachable, since } = useStore(server);
  const zone = useZone();
  if (reachable || since === null) return null;
  return (
    <div className={styles.offline} role="status">
      <Icon name="warning" size={14} />
      <span>The server has not answered since {clockTime(since, zone)}. What you see is from before.</span>
      <button type="button" onClick={() => client.refetchQueries({ type: 'active' })}>
        Try again
      </button>
    </div>
  );
}
