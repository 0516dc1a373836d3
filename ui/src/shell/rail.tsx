import { Link, useRouterState } from '@tanstack/react-router';
import type { Me } from '../api/types.ts';
import { IconButton } from '../components/button.tsx';
import { Icon, Mark } from '../components/icons.tsx';
import { Menu, MenuItem, MenuLabel } from '../components/menu.tsx';
import { setPrefs, usePrefs } from '../lib/prefs.ts';
import { type Section, sectionsFor } from './nav.ts';
import { PlaceLink } from './place-link.tsx';
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
              <PlaceLink place={place} />
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
            <PlaceLink place={place} className={styles.place} aria-current={isAt(pathname, place.to) ? 'page' : undefined} />
          </li>
        ))}
      </ul>
    </li>
  );
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
          {sectionsFor(me).map((section) => (
            <Part key={section.label} section={section} narrow={narrow} pathname={pathname} />
          ))}
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
