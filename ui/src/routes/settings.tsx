import { CheckField, SelectField } from '../components/field.tsx';
import { Page, Panel } from '../components/page.tsx';
import { type Prefs, setPrefs, usePrefs } from '../lib/prefs.ts';
import { zones } from '../lib/time.ts';
import styles from './settings.module.css';

const ZONES = ['UTC', ...zones().filter((zone) => zone !== 'UTC')];

/** What a user sets for this browser. */
export function SettingsPage() {
  const prefs = usePrefs();
  return (
    <Page title="Settings" facts="Kept in this browser only.">
      <div className={styles.columns}>
        <Panel title="Looks">
          <div className={styles.fields}>
            <SelectField
              label="Theme"
              value={prefs.theme}
              onChange={(event) => setPrefs({ theme: event.target.value as Prefs['theme'] })}
              options={[
                ['system', 'As the system'],
                ['light', 'Light'],
                ['dark', 'Dark'],
              ]}
            />
            <SelectField
              label="Rows of tables"
              value={prefs.density}
              onChange={(event) => setPrefs({ density: event.target.value as Prefs['density'] })}
              options={[
                ['dense', 'Dense'],
                ['comfortable', 'Comfortable'],
              ]}
            />
            <CheckField
              label="Patterns in small cells"
              hint="States are told apart by shape wherever they are small, not by colour alone."
              checked={prefs.patterns}
              onChange={(event) => setPrefs({ patterns: event.target.checked })}
            />
          </div>
        </Panel>
        <Panel title="Times and updates">
          <div className={styles.fields}>
            <SelectField
              label="Time zone"
              hint="Schedules are always shown in the zone of their DAG."
              value={prefs.zone ?? 'server'}
              onChange={(event) => setPrefs({ zone: event.target.value === 'server' ? null : event.target.value })}
              options={[
                ['server', 'Default of the server'],
                ['local', 'Zone of this browser'],
                ...ZONES.map((zone): [string, string] => [zone, zone]),
              ]}
            />
            <CheckField
              label="Follow changes as they happen"
              checked={prefs.live}
              onChange={(event) => setPrefs({ live: event.target.checked })}
            />
            <CheckField
              label="Shortcuts of a single key"
              hint="Turn them off if your keyboard or voice control presses keys that you did not mean."
              checked={prefs.keys}
              onChange={(event) => setPrefs({ keys: event.target.checked })}
            />
          </div>
        </Panel>
      </div>
    </Page>
  );
}
