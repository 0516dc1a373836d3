import { useQuery } from '@tanstack/react-query';
import { type Asked, questions } from '../../api/questions.ts';
import { Button } from '../../components/button.tsx';
import { Filters, Find } from '../../components/list/filters.tsx';
import { Pages } from '../../components/list/pages.tsx';
import { Page } from '../../components/page.tsx';
import { Asker, placeOf } from '../../components/question/open-questions.tsx';
import { StateChip } from '../../components/state.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Segments } from '../../components/tabs.tsx';
import { Empty, View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import { useFilters } from '../../lib/filters.ts';

interface Search {
  q?: string | undefined;
  dag?: string | undefined;
  run?: string | undefined;
  show?: 'answered' | undefined;
  sort?: string | undefined;
  page?: number | undefined;
}

const SIZE = 50;

const columns: Column<Asked>[] = [
  { id: 'subject', header: 'Question', sort: 'subject', isName: true, cell: (asked) => <Asker asked={asked} /> },
  { id: 'task', header: 'Task', sort: 'dag_id', cell: (asked) => <span className="break">{placeOf(asked, {})}</span> },
  { id: 'state', header: 'State', cell: (asked) => <StateChip state={asked.task_instance.state} size="small" /> },
  { id: 'asked', header: 'Asked', sort: 'created_at', cell: (asked) => <When at={asked.created_at} /> },
  {
    id: 'of',
    header: 'May be answered by',
    from: 1024,
    cell: (asked) => asked.assigned_users.map((user) => user.name).join(', ') || <span className="muted">anybody who may edit tasks</span>,
  },
];
const answered: Column<Asked>[] = [
  ...columns.slice(0, 4),
  { id: 'answer', header: 'Answer', cell: (asked) => asked.chosen_options?.join(', ') ?? '' },
  {
    id: 'by',
    header: 'By',
    sort: 'responded_by_user_name',
    from: 768,
    cell: (asked) => asked.responded_by_user?.name ?? <span className="muted">nobody, by default</span>,
  },
  { id: 'at', header: 'Answered', sort: 'responded_at', from: 768, cell: (asked) => <When at={asked.responded_at} /> },
];

/** What tasks ask people: what waits for an answer, and what was answered. */
export function RequiredActionsPage() {
  const [search, change] = useFilters<Search>();
  const page = Math.max(1, search.page ?? 1);
  const isOpen = search.show !== 'answered';
  const sort = search.sort ?? (isOpen ? 'created_at' : '-responded_at');
  const query = useQuery(
    questions(search.run ? { dag: search.dag, run: search.run } : {}, {
      limit: SIZE,
      offset: (page - 1) * SIZE,
      order_by: sort,
      subject_search: search.q,
      dag_id_pattern: search.run ? undefined : search.dag,
      response_received: !isOpen,
      state: isOpen ? 'deferred' : undefined,
    }),
  );
  const active = [search.q, search.dag, search.run].filter(Boolean).length;
  const reset = () => change({ q: undefined, dag: undefined, run: undefined });
  return (
    <Page
      title="Required actions"
      facts="What tasks ask people, and wait for."
      actions={
        <Segments
          label="Shown"
          value={isOpen ? 'open' : 'answered'}
          options={[
            ['open', 'Open'],
            ['answered', 'Answered'],
          ]}
          onChange={(show) => change({ show: show === 'answered' ? 'answered' : undefined, sort: undefined, page: undefined })}
        />
      }
    >
      <Filters active={active} onReset={reset}>
        <Find label="Question" value={search.q} onChange={(q) => change({ q })} main />
        <Find label="DAG" value={search.dag} onChange={(dag) => change({ dag, run: undefined })} />
      </Filters>
      <View query={query}>
        {(data) => (
          <Table<Asked>
            label="Required actions"
            columns={isOpen ? columns : answered}
            rows={data.hitl_details}
            rowKey={(asked) =>
              JSON.stringify([
                asked.task_instance.dag_id,
                asked.task_instance.dag_run_id,
                asked.task_instance.task_id,
                asked.task_instance.map_index,
                asked.created_at,
              ])
            }
            sort={sort}
            onSort={(next) => change({ sort: next })}
            empty={
              active > 0 ? (
                <Empty icon="search" title="No question matches" action={<Button onClick={reset}>Clear the filters</Button>} />
              ) : (
                <Empty icon="check" title={isOpen ? 'No task waits for an answer' : 'Nothing was answered yet'}>
                  Tasks of human-in-the-loop operators appear here when they ask.
                </Empty>
              )
            }
            foot={
              data.total_entries > 0 && (
                <Pages page={page} size={SIZE} total={data.total_entries} what="question" onPage={(next) => change({ page: next })} />
              )
            }
          />
        )}
      </View>
    </Page>
  );
}
