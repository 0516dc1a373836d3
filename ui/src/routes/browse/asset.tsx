import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '../../api/client.ts';
import { type Asset, placeQueries } from '../../api/places.ts';
import { client } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { AreaField } from '../../components/field.tsx';
import { JsonView } from '../../components/json-view.tsx';
import { Facts, Page, Panel } from '../../components/page.tsx';
import { View } from '../../components/view.tsx';
import { When } from '../../components/when.tsx';
import { path } from '../../lib/base.ts';
import { useCan } from '../../lib/can.ts';
import { useFilters } from '../../lib/filters.ts';
import { AssetEvents } from './asset-events.tsx';
import { DagNames } from './assets.tsx';
import styles from './browse.module.css';

/** One asset: who writes it, what it starts, and its events. */
export function AssetPage() {
  const { asset } = useParams({ strict: false }) as { asset: string };
  const id = Number(asset);
  const query = useQuery(placeQueries.asset(id));
  const [search, change] = useFilters<{ page?: number | undefined }>();
  const can = useCan();
  const [open, setOpen] = useState<'event' | 'materialize' | null>(null);
  const found = query.data;
  const makers = new Set(found?.producing_tasks.map((task) => task.dag_id));
  return (
    <Page
      title={found?.name ?? 'Asset'}
      crumbs={<Link to="/datasets">Assets</Link>}
      facts={found && found.uri !== found.name && <span className="mono break">{found.uri}</span>}
      actions={
        can('create', 'Datasets') && (
          <>
            <Button icon="plus" onClick={() => setOpen('event')}>
              Create an event
            </Button>
            {makers.size === 1 && (
              <Button icon="play" kind="primary" onClick={() => setOpen('materialize')}>
                Materialize
              </Button>
            )}
          </>
        )
      }
    >
      <View query={query}>
        {(data) => (
          <>
            <div className={styles.columns}>
              <Panel title="Written by">
                <Tasks tasks={data.producing_tasks} none="No task has it as an outlet." />
              </Panel>
              <Panel title="Starts">
                {data.scheduled_dags.length > 0 ? (
                  <DagNames dags={data.scheduled_dags.map((dag) => dag.dag_id)} />
                ) : (
                  <p className="muted">No DAG is scheduled by it.</p>
                )}
              </Panel>
              <Panel title="Read by">
                <Tasks tasks={data.consuming_tasks} none="No task has it as an inlet." />
              </Panel>
              <Panel title="About">
                <Facts
                  rows={[
                    ['Group', data.group],
                    ['Aliases', data.aliases.map((alias) => alias.name).join(', ')],
                    ['Known since', <When key="since" at={data.created_at} />],
                  ]}
                />
                {data.extra && Object.keys(data.extra).length > 0 && <JsonView value={data.extra} label="extra" />}
              </Panel>
            </div>
            <Panel title="Events" flush>
              <div className={styles.inset}>
                <AssetEvents asset={id} page={Math.max(1, search.page ?? 1)} onPage={(page) => change({ page })} />
              </div>
            </Panel>
          </>
        )}
      </View>
      {open === 'event' && found && <EventDialog asset={found} onClose={() => setOpen(null)} />}
      {open === 'materialize' && found && <MaterializeDialog asset={found} dag={[...makers][0]!} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function Tasks({ tasks, none }: { tasks: Asset['producing_tasks']; none: string }) {
  if (tasks.length === 0) return <p className="muted">{none}</p>;
  return (
    <ul className={styles.plainList}>
      {tasks.map(({ dag_id: dag, task_id: task }) => (
        <li key={`${dag} ${task}`}>
          <Link to="/dags/$dag/tasks/$task" params={{ dag, task }} className={styles.link}>
            {dag} · {task}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function EventDialog({ asset, onClose }: { asset: Asset; onClose: () => void }) {
  const [text, setText] = useState('{}');
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Create an event of ${asset.name}`}
      description={
        asset.scheduled_dags.length > 0
          ? `It counts for ${asset.scheduled_dags.map((dag) => dag.dag_id).join(', ')}, as if a task had written the asset.`
          : 'No DAG is scheduled by this asset; the event is only kept.'
      }
      choices={<AreaField label="With (JSON)" rows={4} value={text} onChange={(event) => setText(event.target.value)} />}
      confirm="Create"
      action={async () => {
        const extra: unknown = JSON.parse(text || '{}');
        await post('/api/v2/assets/events', { asset_id: asset.id, extra });
        await refresh();
      }}
      done="The event was created."
    />
  );
}

function MaterializeDialog({ asset, dag, onClose }: { asset: Asset; dag: string; onClose: () => void }) {
  const navigate = useNavigate();
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Materialize ${asset.name}`}
      description={`Starts a run of ${dag}, which writes it.`}
      confirm="Start the run"
      action={async () => {
        const run = await post<{ dag_run_id: string; dag_id: string }>(path`/api/v2/assets/${asset.id}/materialize`);
        await refresh();
        await navigate({ to: '/dags/$dag/runs/$run', params: { dag: run.dag_id, run: run.dag_run_id } });
      }}
      done={`A run of ${dag} was started.`}
    />
  );
}

const refresh = () =>
  client.invalidateQueries({ predicate: ({ queryKey: [about] }) => ['assets', 'asset-events', 'runs', 'dags'].includes(String(about)) });
