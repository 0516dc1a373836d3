import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../../api/client.ts';
import { placeQueries } from '../../api/places.ts';
import { queries } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { Filters, Find } from '../../components/list/filters.tsx';
import { Facts, Page, Panel } from '../../components/page.tsx';
import { Empty, View } from '../../components/view.tsx';
import { useFilters } from '../../lib/filters.ts';
import styles from './lists.module.css';

/** The settings of the server, as far as it shows them. */
export function ConfigPage() {
  const [search, change] = useFilters<{ q?: string | undefined }>();
  const me = useQuery(queries.me()).data;
  const query = useQuery({ ...placeQueries.config(), enabled: me?.expose_config === true });
  const q = search.q?.toLowerCase() ?? '';
  const closed = me?.expose_config === false || (query.error instanceof ApiError && query.error.status === 403);
  return (
    <Page title="Configuration">
      {closed ? (
        <Empty icon="key" title="The configuration is not shown">
          An administrator shows it with <code>[api] expose_config = True</code>, or without secrets with <code>non-sensitive-only</code>.
          On the machine itself, <code>config list</code> of the command line tells it.
        </Empty>
      ) : (
        <>
          <Filters active={search.q ? 1 : 0} onReset={() => change({ q: undefined })}>
            <Find label="Find a section, a setting or a value" value={search.q} onChange={(next) => change({ q: next })} main />
          </Filters>
          <View query={query}>
            {(data) => {
              const sections = data.sections
                .map((section) => ({
                  ...section,
                  options: section.options.filter(
                    (option) => section.name.includes(q) || option.key.includes(q) || String(option.value).toLowerCase().includes(q),
                  ),
                }))
                .filter((section) => section.options.length > 0);
              if (sections.length === 0) {
                return (
                  <Empty
                    icon="search"
                    title="No setting matches"
                    action={<Button onClick={() => change({ q: undefined })}>Clear the search</Button>}
                  />
                );
              }
              return (
                <div className={styles.stack}>
                  {sections.map((section) => (
                    <Panel key={section.name} title={<span className="mono">[{section.name}]</span>}>
                      <Facts
                        rows={section.options.map(
                          (option) =>
                            [
                              option.key,
                              <code key={option.key}>{shown(option.value) || <span className="muted">(empty)</span>}</code>,
                            ] as const,
                        )}
                      />
                    </Panel>
                  ))}
                </div>
              );
            }}
          </View>
        </>
      )}
    </Page>
  );
}

/** A value, or a value and where it is from. */
const shown = (value: string | string[]) => (Array.isArray(value) ? `${value[0] ?? ''}  (${value[1] ?? 'default'})` : value);
