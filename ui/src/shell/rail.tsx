import { Link, useRouterState } from '@tanstack/react-router';
import type { Me } from '../api/types.ts';
import { IconButton } from '../components/button.tsx';
import { Icon, Mark } from '../components/icons.tsx';
import { Menu, MenuItem, MenuLabel } from '../components/menu.tsx';
import { basePath } from '../lib/base.ts';
import { setPrefs, usePrefs } from '../lib/prefs.ts';
import { SECTIONS, type Section } from './nav.ts';
import styles from './rail.module.css';

function isAt(pathname: string, to: string): boolean {
  return to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`);
}

function Part({ section, narrow, pathname }: { section: Section; narrow: boolean; pathname: string }) {
  const open = section.places.some((place) => isAt(pathname, place.to));
  if (section.to !== undefined) {
    return (
      <li>
        <Link
          to={section.to}
          className={styles.item}
          aria-current={isAt(pathname, section.to) ? 'page' : undefined}
          aria-label={section.label}
          activeOptions={{ exact: true }}
          title={narrow ? section.label : undefined}
        >
          <Icon name={section.icon} size={18} />
          <span>{section.label}</span>
        </Link>
      </li>
    );
  }
  if (narrow) {
    return (
      <li>
        <Menu
          align="start"
          trigger={
            <button type="button" className={styles.item} data-open={open || undefined} aria-label={section.label} title={section.label}>
              <Icon name={section.icon} size={18} />
            </button>
          }
        >
          <MenuLabel>{section.label}</MenuLabel>
          {section.places.map((place) => (
            <MenuItem key={place.to} asChild>
              <Link to={place.to}>{place.label}</Link>
            </MenuItem>
          ))}
        </Menu>
      </li>
    );
  }
  return (
    <li>
      <h2 className={styles.group}>{section.label}</h2>
      <ul className={styles.places}>
        {section.places.map((place) => (
          <li key={place.to}>
            <Link
              to={place.to}
              className={styles.place}
              aria-current={isAt(pathname, place.to) ? 'page' : undefined}
              activeOptions={{ exact: true }}
            >
              {place.label}
            </Link>
          </li>
        ))}
      </ul>
    </li>
  );
}

/** Plugin views by their category, as the server names them. */
function Plugins({ me }: { me: Me | undefined }) {
  const categories = Map.groupBy(me?.plugins ?? [], (plugin) => plugin.category || 'Plugins');
  return [...categories].map(([category, plugins]) => (
    <li key={category}>
      <h2 className={styles.group}>{category}</h2>
      <ul className={styles.places}>
        {plugins.map((plugin) => (
          <li key={plugin.name}>
            <a className={styles.place} href={plugin.frame ? `${basePath}/plugin/${encodeURIComponent(plugin.name)}` : plugin.href}>
              {plugin.name}
            </a>
          </li>
        ))}
      </ul>
    </li>
  ));
}

export function Rail({ me }: { me: Me | undefined }) {
  const { rail } = usePrefs();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const narrow = rail === 'narrow';
  return (
    <nav aria-label="Main" className={styles.rail} data-narrow={narrow || undefined}>
      <Link to="/dags" className={styles.brand} aria-label="Updraft, all DAGs">
        <Mark size={26} />
        <span>{me?.instance_name && me.instance_name !== 'Airflow' ? me.instance_name : 'Updraft'}</span>
      </Link>
      <div className={styles.nav}>
        <ul className={styles.sections}>
          {SECTIONS.map((section) => (
            <Part key={section.label} section={section} narrow={narrow} pathname={pathname} />
          ))}
          {!narrow && <Plugins me={me} />}
        </ul>
      </div>
      <div className={styles.foot}>
        {!narrow && me && <span className={styles.version}>{me.version}</span>}
        <IconButton
          icon={narrow ? 'right' : 'left'}
          size="small"
          side="right"
          label={narrow ? 'Widen the menu' : 'Narrow the menu'}
          onClick={() => setPrefs({ rail: narrow ? 'wide' : 'narrow' })}
        />
      </div>
    </nav>
  );
}
