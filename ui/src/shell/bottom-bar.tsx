import { Link, useRouterState } from '@tanstack/react-router';
import type { Me } from '../api/types.ts';
import { Icon } from '../components/icons.tsx';
import { Menu, MenuItem, MenuLabel } from '../components/menu.tsx';
import styles from './bottom-bar.module.css';
import { sectionsFor } from './nav.ts';
import { PlaceLink } from './place-link.tsx';

/** The rail of a phone. */
export function BottomBar({ me }: { me: Me | undefined }) {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  return (
    <nav aria-label="Main" className={styles.bar}>
      {sectionsFor(me).map((section) =>
        section.to !== undefined ? (
          <Link
            key={section.label}
            to={section.to}
            className={styles.item}
            activeOptions={{ exact: true }}
            aria-current={(section.to === '/' ? pathname === '/' : pathname.startsWith(section.to)) ? 'page' : undefined}
          >
            <Icon name={section.icon} size={20} />
            {section.label}
          </Link>
        ) : (
          <Menu
            key={section.label}
            trigger={
              <button
                type="button"
                className={styles.item}
                data-on={section.places.some((place) => pathname.startsWith(place.to)) || undefined}
              >
                <Icon name={section.icon} size={20} />
                {section.label}
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
        ),
      )}
    </nav>
  );
}
