import type { Me } from '../api/types.ts';
import type { IconName } from '../components/icons.tsx';
import { isPage } from '../lib/is-page.ts';

/** A page of the interface: its address here, or elsewhere. */
export interface Place {
  to: string;
  label: string;
  /** The menu resource of the server's roles that shows it; none: everybody sees it. */
  menu?: string;
  /** It stands on another server, or is at least no page of ours. */
  outside?: boolean;
}

/** A place of the rail, or several under one word. */
export interface Section {
  label: string;
  icon: IconName;
  to?: string;
  menu?: string;
  places: Place[];
}

const SECTIONS: readonly Section[] = [
  { label: 'Home', icon: 'home', to: '/', menu: 'Cluster Activity', places: [] },
  { label: 'DAGs', icon: 'dags', to: '/dags', menu: 'DAGs', places: [] },
  { label: 'Runs', icon: 'runs', to: '/runs', menu: 'DAG Runs', places: [] },
  {
    label: 'Browse',
    icon: 'browse',
    places: [
      { to: '/task-instances', label: 'Task instances', menu: 'Task Instances' },
      { to: '/required-actions', label: 'Required actions', menu: 'Task Instances' },
      { to: '/datasets', label: 'Assets', menu: 'Datasets' },
      { to: '/dependencies', label: 'Dependencies', menu: 'DAG Dependencies' },
      { to: '/audit', label: 'Audit log', menu: 'Audit Logs' },
      { to: '/jobs', label: 'Jobs', menu: 'Jobs' },
      { to: '/xcoms', label: 'XComs', menu: 'XComs' },
      { to: '/import-errors', label: 'Import errors' },
    ],
  },
  {
    label: 'Admin',
    icon: 'admin',
    places: [
      { to: '/variables', label: 'Variables', menu: 'Variables' },
      { to: '/connections', label: 'Connections', menu: 'Connections' },
      { to: '/pools', label: 'Pools', menu: 'Pools' },
      { to: '/users', label: 'Users', menu: 'List Users' },
      { to: '/roles', label: 'Roles', menu: 'List Roles' },
      { to: '/config', label: 'Configuration', menu: 'Configurations' },
      { to: '/plugins', label: 'Plugins', menu: 'Plugins' },
      { to: '/providers', label: 'Providers', menu: 'Providers' },
    ],
  },
];

/** What the rail shows to this user: what the roles name, and the views of plugins under their categories. Each page stands here once, for the rail and the palette. */
export function sectionsFor(me: Me | undefined): Section[] {
  const may = ({ menu }: { menu?: string }) => menu === undefined || (me?.can.menu.includes(menu) ?? false);
  const sections = SECTIONS.filter(may).map((section) => ({ ...section, places: section.places.filter(may) }));
  for (const { name, category, href, frame } of me?.plugins ?? []) {
    if (!isPage(href)) continue;
    const label = category || 'Plugins';
    let section = sections.find((each) => each.to === undefined && each.label === label);
    if (!section) {
      section = { label, icon: 'plug', places: [] };
      sections.push(section);
    }
    section.places.push(frame ? { to: `/plugin/${encodeURIComponent(name)}`, label: name } : { to: href, label: name, outside: true });
  }
  return sections.filter((section) => section.to !== undefined || section.places.length > 0);
}
