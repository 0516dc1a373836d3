import type { IconName } from '../components/icons.tsx';

/** The places of the rail, and what opens under them. Each page of the interface stands here once, for the rail and the palette. */
export interface Place {
  to: string;
  label: string;
  /** The menu resource of the server's roles that shows it; none: everybody sees it. */
  menu?: string;
}

export interface Section {
  label: string;
  icon: IconName;
  /** A place of its own, or the first of its places. */
  to?: string;
  places: Place[];
}

export const SECTIONS: Section[] = [
  { label: 'Home', icon: 'home', to: '/', places: [] },
  { label: 'DAGs', icon: 'dags', to: '/dags', places: [] },
  { label: 'Runs', icon: 'runs', to: '/runs', places: [] },
  {
    label: 'Browse',
    icon: 'browse',
    places: [
      { to: '/task-instances', label: 'Task instances' },
      { to: '/datasets', label: 'Assets' },
      { to: '/dependencies', label: 'Dependencies' },
      { to: '/audit', label: 'Audit log' },
      { to: '/jobs', label: 'Jobs' },
      { to: '/xcoms', label: 'XComs' },
      { to: '/import-errors', label: 'Import errors' },
    ],
  },
  {
    label: 'Admin',
    icon: 'admin',
    places: [
      { to: '/variables', label: 'Variables' },
      { to: '/connections', label: 'Connections' },
      { to: '/pools', label: 'Pools' },
      { to: '/users', label: 'Users' },
      { to: '/roles', label: 'Roles' },
      { to: '/config', label: 'Configuration' },
      { to: '/plugins', label: 'Plugins' },
      { to: '/providers', label: 'Providers' },
    ],
  },
];
