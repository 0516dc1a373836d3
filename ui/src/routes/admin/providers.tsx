import { useQuery } from '@tanstack/react-query';
import { type Provider, placeQueries } from '../../api/places.ts';
import { Filters, Find } from '../../components/list/filters.tsx';
import { Page } from '../../components/page.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Empty, View } from '../../components/view.tsx';
import { useFilters } from '../../lib/filters.ts';

const columns: Column<Provider>[] = [
  {
    id: 'name',
    header: 'Package',
    isName: true,
    cell: (provider) =>
      provider.documentation_url && /^https?:/.test(provider.documentation_url) ? (
        <a href={provider.documentation_url} rel="noopener noreferrer" target="_blank">
          {provider.package_name}
        </a>
      ) : (
        provider.package_name
      ),
  },
  { id: 'version', header: 'Version', cell: (provider) => <span className="mono">{provider.version}</span> },
  { id: 'description', header: 'What it is for', from: 768, cell: (provider) => <span className="muted">{provider.description}</span> },
];

/** Packages that bring operators, hooks and types of connections. */
export function ProvidersPage() {
  const [search, change] = useFilters<{ q?: string | undefined }>();
  const query = useQuery(placeQueries.providers({ limit: 1000 }));
  return (
    <Page title="Providers">
      <Filters active={search.q ? 1 : 0} onReset={() => change({ q: undefined })}>
        <Find label="Find a package" value={search.q} onChange={(q) => change({ q })} main />
      </Filters>
      <View query={query}>
        {(data) => (
          <Table<Provider>
            label="Providers"
            columns={columns}
            rows={data.providers.filter((provider) => `${provider.package_name} ${provider.description}`.includes(search.q ?? ''))}
            rowKey={(provider) => provider.package_name}
            empty={
              <Empty icon="box" title={search.q ? 'No package matches' : 'No provider packages'}>
                {!search.q && 'Those installed beside the tasks’ Python appear here.'}
              </Empty>
            }
          />
        )}
      </View>
    </Page>
  );
}
