import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { IconButton } from '../../../src/components/button.tsx';
import { Icon, type IconName, Mark } from '../../../src/components/icons.tsx';
import { Menu, MenuChoice } from '../../../src/components/menu.tsx';
import { type Prefs, setPrefs, usePrefs } from '../../../src/lib/prefs.ts';
import { queries } from '../api.ts';
import { Link, usePlace } from '../lib/router.tsx';
import styles from './shell.module.css';

const PLACES: readonly { to: string; label: string; icon: IconName }[] = [
  { to: '/matches', label: 'Matches', icon: 'user' },
  { to: '/quality', label: 'Quality', icon: 'check' },
  { to: '/volumes', label: 'Volumes', icon: 'runs' },
];

const THEMES: readonly (readonly [Prefs['theme'], string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

function Theme() {
  const { theme } = usePrefs();
  return (
    <Menu trigger={<IconButton icon={theme === 'dark' ? 'moon' : theme === 'light' ? 'sun' : 'screen'} label="Theme" />}>
      <MenuChoice value={theme} options={THEMES} onChange={(next) => setPrefs({ theme: next })} label="Theme" />
    </Menu>
  );
}

/** What stands around every page: the way back to Updraft, and the three places. */
export function Shell({ children }: { children: ReactNode }) {
  const { path } = usePlace();
  const config = useQuery(queries.config()).data;
  const home = config?.updraft ?? '';
  return (
    <>
      <a
        href="#main"
        className={styles.skip}
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the content
      </a>
      <div className={styles.shell}>
        <header className={styles.rail}>
          <a className={styles.brand} href={`${home}/dags`} aria-label="Back to Updraft">
            <Mark size={26} />
            <span>{config?.instance && config.instance !== 'Airflow' ? config.instance : 'Updraft'}</span>
          </a>
          <nav aria-label="Recruiting" className={styles.nav}>
            <p className={styles.group}>Recruiting</p>
            <ul className="bare">
              {PLACES.map(({ to, label, icon }) => (
                <li key={to}>
                  <Link to={to} className={styles.item} aria-current={path === to || path.startsWith(`${to}/`) ? 'page' : undefined}>
                    <Icon name={icon} size={18} />
                    {label}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <div className={styles.foot}>
            <a className={styles.back} href={`${home}/dags`}>
              <Icon name="left" size={14} /> Orchestrator
            </a>
            {config && (
              <span className={styles.user} title={`Signed in as ${config.user}`}>
                {config.user}
              </span>
            )}
            <Theme />
          </div>
        </header>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
    </>
  );
}
