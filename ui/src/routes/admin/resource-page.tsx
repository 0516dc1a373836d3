import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ask } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Filters, Find } from '../../components/list/filters.tsx';
import { counted, Pages, plural } from '../../components/list/pages.tsx';
import { Page } from '../../components/page.tsx';
import { BulkBar, Table } from '../../components/table.tsx';
import { toastDone, toastFailed } from '../../components/toast.tsx';
import { Empty, View } from '../../components/view.tsx';
import { useCan } from '../../lib/can.ts';
import { useFilters } from '../../lib/filters.ts';
import { saveFile } from '../../lib/save-file.ts';
import { ImportDialog } from './import-dialog.tsx';
import { Opened } from './opened.tsx';
import styles from './resource.module.css';
import { all, bulk, type ListAnswer, type Resource } from './resource.ts';

const SIZE = 50;

export interface AdminSearch {
  q?: string | undefined;
  page?: number | undefined;
  sort?: string | undefined;
  edit?: string | undefined;
  new?: true | undefined;
  copy?: string | undefined;
}

/** A list of named things with search, forms, bulk deletion, import and export. */
export function ResourcePage<R extends object>({ resource, actions }: { resource: Resource<R>; actions?: ReactNode }) {
  const [search, change] = useFilters<AdminSearch>();
  const can = useCan();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [deleting, setDeleting] = useState<string[] | null>(null);
  const [importing, setImporting] = useState(false);
  const page = Math.max(1, search.page ?? 1);
  const sort = search.sort ?? resource.sort;
  const query = useQuery(
    ask<ListAnswer<R>>([resource.list], resource.url, {
      limit: SIZE,
      offset: (page - 1) * SIZE,
      order_by: sort,
      [resource.pattern]: search.q,
    }),
  );
  const mayCreate = can('create', resource.permission);
  const mayDelete = can('delete', resource.permission);
  const open = (row: R) => change({ edit: resource.idOf(row), page: search.page }, 'push');
  const close = () => change({ edit: undefined, new: undefined, copy: undefined, page: search.page });

  const exportAll = async (ids?: ReadonlySet<string>) => {
    try {
      const rows = (await all(resource, { [resource.pattern]: ids ? undefined : search.q })).filter(
        (row) => !ids || ids.has(resource.idOf(row)),
      );
      const file = Object.fromEntries(rows.map((row) => [resource.idOf(row), resource.toFile(row)]));
      saveFile(`${resource.list}.json`, `${JSON.stringify(file, null, 2)}\n`, 'application/json');
      toastDone(`${counted(rows.length, resource.noun)} in ${resource.list}.json. ${resource.fileNote}`);
    } catch (error) {
      toastFailed(error);
    }
  };

  return (
    <Page
      title={resource.title}
      actions={
        <>
          {actions}
          <Button icon="download" onClick={() => exportAll()}>
            Export
          </Button>
          {mayCreate && (
            <>
              <Button icon="upload" onClick={() => setImporting(true)}>
                Import
              </Button>
              <Button kind="primary" icon="plus" onClick={() => change({ new: true, page: search.page }, 'push')}>
                New {resource.noun}
              </Button>
            </>
          )}
        </>
      }
    >
      <Filters active={search.q ? 1 : 0} onReset={() => change({ q: undefined })}>
        <Find label={`Find a ${resource.noun}`} value={search.q} onChange={(q) => change({ q })} main />
      </Filters>
      <View query={query}>
        {(data) => (
          <Table<R>
            label={resource.title}
            columns={resource.columns(open)}
            rows={data[resource.list] ?? []}
            rowKey={resource.idOf}
            sort={sort}
            onSort={(next) => change({ sort: next === resource.sort ? undefined : next })}
            {...(mayDelete ? { selected: chosen, onSelect: setChosen } : {})}
            empty={
              search.q ? (
                <Empty
                  icon="search"
                  title={`No ${resource.noun} matches “${search.q}”`}
                  action={<Button onClick={() => change({ q: undefined })}>Clear the search</Button>}
                />
              ) : (
                <Empty
                  icon={resource.icon}
                  title={`No ${plural(resource.noun)} yet`}
                  action={
                    mayCreate && (
                      <>
                        <Button kind="primary" icon="plus" onClick={() => change({ new: true })}>
                          New {resource.noun}
                        </Button>
                        <Button icon="upload" onClick={() => setImporting(true)}>
                          Import a file
                        </Button>
                      </>
                    )
                  }
                >
                  {resource.empty}
                </Empty>
              )
            }
            foot={
              data.total_entries > 0 && (
                <Pages page={page} size={SIZE} total={data.total_entries} what={resource.noun} onPage={(next) => change({ page: next })} />
              )
            }
          />
        )}
      </View>
      <BulkBar count={chosen.size} what={resource.noun} onClear={() => setChosen(new Set())}>
        <Button size="small" icon="download" onClick={() => exportAll(chosen)}>
          Export
        </Button>
        <Button size="small" icon="trash" onClick={() => setDeleting([...chosen])}>
          Delete
        </Button>
      </BulkBar>
      {deleting && (
        <Confirm
          open
          onOpenChange={(stays) => !stays && setDeleting(null)}
          title={`Delete ${counted(deleting.length, resource.noun)}?`}
          description="This cannot be undone. Export them first if you may want them back."
          choices={
            <ul className={styles.names}>
              {deleting.map((name) => (
                <li key={name} className="mono">
                  {name}
                </li>
              ))}
            </ul>
          }
          confirm="Delete"
          danger
          action={() => bulk(resource, { action: 'delete', entities: deleting, action_on_non_existence: 'skip' })}
          done={`Deleted ${counted(deleting.length, resource.noun)}.`}
          onDone={() => setChosen(new Set())}
        />
      )}
      {importing && <ImportDialog resource={resource} onClose={() => setImporting(false)} />}
      {(search.new || search.edit || search.copy) && (
        <Opened
          key={`${search.edit} ${search.copy}`}
          resource={resource}
          edit={search.edit}
          copy={search.copy}
          onClose={close}
          onSaved={(id) => {
            toastDone(`Saved ${id}.`);
            close();
          }}
        />
      )}
    </Page>
  );
}
