import { Page, Panel } from '../components/page.tsx';
import { SHORTCUTS } from '../lib/shortcuts.ts';
import styles from './shortcuts.module.css';

export function ShortcutsPage() {
  return (
    <Page title="Keyboard shortcuts" facts="Those of a single key can be turned off in the settings.">
      <div className={styles.columns}>
        {SHORTCUTS.map(([where, keys]) => (
          <Panel key={where} title={where}>
            <dl className={styles.keys}>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>{what}</dt>
                  <dd>
                    <kbd>{key}</kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </Panel>
        ))}
      </div>
    </Page>
  );
}
