import { useQuery } from '@tanstack/react-query';
import { type Plugin, placeQueries } from '../../api/places.ts';
import { Page, Panel } from '../../components/page.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import styles from './lists.module.css';

const names = (all: readonly unknown[]) =>
  all.map((each) => (typeof each === 'string' ? each : String((each as { name?: unknown })?.name ?? JSON.stringify(each)))).join(', ');

/** What a plugin adds, by kind, without the kinds of which it has none. */
function Adds({ plugin }: { plugin: Plugin }) {
  const kinds: [string, readonly unknown[]][] = [
    ['Listeners', plugin.listeners],
    ['Timetables', plugin.timetables],
    ['Macros', plugin.macros],
    ['Links of operators', [...plugin.operator_extra_links, ...plugin.global_operator_extra_links]],
    ['External views', plugin.external_views],
    ['FastAPI applications', plugin.fastapi_apps],
    ['Middleware', plugin.fastapi_root_middlewares],
    ['React applications', plugin.react_apps],
    ['Flask blueprints', plugin.flask_blueprints],
    ['Flask views', [...plugin.appbuilder_views, ...plugin.appbuilder_menu_items]],
  ];
  return (
    <span className={styles.parts}>
      {kinds
        .filter(([, all]) => all.length > 0)
        .map(([kind, all]) => (
          <span key={kind}>
            <span className="muted">{kind}: </span>
            {names(all)}
          </span>
        ))}
    </span>
  );
}

const columns: Column<Plugin>[] = [
  { id: 'name', header: 'Plugin', isName: true, cell: (plugin) => <span className="mono break">{plugin.name}</span> },
  { id: 'adds', header: 'Adds', cell: (plugin) => <Adds plugin={plugin} /> },
  { id: 'source', header: 'From', from: 768, cell: (plugin) => <span className="muted break">{plugin.source}</span> },
];

/** Plugins that the server found, and those that failed. */
export function PluginsPage() {
  const query = useQuery(placeQueries.plugins());
  const errors = useQuery(placeQueries.pluginErrors());
  return (
    <Page title="Plugins">
      {errors.data && errors.data.import_errors.length > 0 && (
        <Panel title={`${errors.data.import_errors.length} failed`}>
          <div className={styles.stack}>
            {errors.data.import_errors.map((each) => (
              <div key={each.source}>
                <p className="mono break">{each.source}</p>
                <pre className="small break">{each.error}</pre>
              </div>
            ))}
          </div>
        </Panel>
      )}
      <View query={query}>
        {(data) => (
          <Table<Plugin>
            label="Plugins"
            columns={columns}
            rows={data.plugins}
            rowKey={(plugin) => `${plugin.name} ${plugin.source}`}
            empty={
              <Empty icon="plug" title="No plugins">
                A Python file in the plugins folder, or a package with the entry point <code>airflow.plugins</code>, appears here.
              </Empty>
            }
          />
        )}
      </View>
    </Page>
  );
}
