import { Link, useNavigate } from '@tanstack/react-router';
import { post } from '../api/client.ts';
import { client } from '../api/queries.ts';
import type { Me } from '../api/types.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from '../components/menu.tsx';
import { toastFailed } from '../components/toast.tsx';
import { useZone } from '../lib/now.ts';
import { type Prefs, setPrefs, usePrefs } from '../lib/prefs.ts';
import { localZone, zoneName } from '../lib/time.ts';
import styles from './top-menus.module.css';

export function ZoneMenu({ me }: { me: Me | undefined }) {
  const zone = useZone();
  const { zone: chosen } = usePrefs();
  const home = me?.default_timezone ?? 'UTC';
  const own = localZone();
  const options: [string, string][] = [
    ['server', `Server default (${home === 'utc' ? 'UTC' : home})`],
    ['UTC', 'UTC'],
    ['local', `This browser (${own})`],
  ];
  if (chosen && chosen !== 'UTC' && chosen !== 'local') options.push([chosen, chosen]);
  return (
    <span className={styles.wideOnly}>
      <Menu
        trigger={
          <Button kind="quiet" icon="globe" aria-label={`Time zone: ${zone}`}>
            {zoneName(new Date(), zone)}
          </Button>
        }
      >
        <MenuLabel>Times are shown in</MenuLabel>
        <MenuChoice value={chosen ?? 'server'} options={options} onChange={(next) => setPrefs({ zone: next === 'server' ? null : next })} />
        <MenuLine />
        <MenuItem asChild>
          <Link to="/settings">Another zone…</Link>
        </MenuItem>
      </Menu>
    </span>
  );
}

const THEMES: readonly (readonly [Prefs['theme'], string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export function ThemeMenu() {
  const { theme } = usePrefs();
  return (
    <Menu trigger={<IconButton icon={theme === 'dark' ? 'moon' : theme === 'light' ? 'sun' : 'screen'} label="Theme" />}>
      <MenuChoice value={theme} options={THEMES} onChange={(next) => setPrefs({ theme: next })} label="Theme" />
    </Menu>
  );
}

export function UserMenu({ me }: { me: Me | undefined }) {
  const navigate = useNavigate();
  const logout = async () => {
    try {
      await post('/ui/api/logout');
      await navigate({ to: '/login', search: {} });
      client.clear();
    } catch (error) {
      toastFailed(error);
    }
  };
  return (
    <Menu trigger={<IconButton icon="user" label={me ? `Signed in as ${me.username}` : 'User'} />}>
      <MenuLabel>{me ? `${`${me.first_name} ${me.last_name}`.trim() || me.username} · ${me.roles.join(', ')}` : '…'}</MenuLabel>
      <MenuItem asChild>
        <Link to="/settings">Settings</Link>
      </MenuItem>
      <MenuItem asChild>
        <Link to="/shortcuts">Keyboard shortcuts</Link>
      </MenuItem>
      <MenuLine />
      <MenuItem icon="logout" onSelect={logout}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
