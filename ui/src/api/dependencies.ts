import { queryOptions } from '@tanstack/react-query';
import { get } from './client.ts';
import type { Asset } from './places.ts';

export interface Dependencies {
  nodes: { id: string; kind: 'dag' | 'asset' | 'trigger' | 'sensor' | string; label: string; dag_id?: string; asset_id?: number }[];
  edges: { from: string; to: string }[];
}

/** DAGs and the assets between them: a DAG that writes an asset comes before those that the asset starts. */
export function throughAssets(assets: readonly Asset[]): Dependencies {
  const nodes = new Map<string, Dependencies['nodes'][number]>();
  const edges = new Map<string, Dependencies['edges'][number]>();
  const dag = (dag_id: string) => {
    const id = `dag:${dag_id}`;
    nodes.set(id, { id, kind: 'dag', label: dag_id, dag_id });
    return id;
  };
  const link = (from: string, to: string) => edges.set(`${from}\n${to}`, { from, to });
  for (const asset of assets) {
    const id = `asset:${asset.id}`;
    nodes.set(id, { id, kind: 'asset', label: asset.name, asset_id: asset.id });
    for (const task of asset.producing_tasks) link(dag(task.dag_id), id);
    for (const one of asset.scheduled_dags) link(id, dag(one.dag_id));
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

async function allAssets(signal: AbortSignal): Promise<Asset[]> {
  const assets: Asset[] = [];
  for (;;) {
    const page = await get<{ assets: Asset[]; total_entries: number }>('/api/v2/assets', { limit: 100, offset: assets.length }, signal);
    assets.push(...page.assets);
    if (page.assets.length === 0 || assets.length >= page.total_entries) return assets;
  }
}

/** How DAGs depend on each other, through assets. */
export const dependencies = () =>
  queryOptions({
    queryKey: ['dependencies'],
    queryFn: async ({ signal }) => throughAssets(await allAssets(signal)),
  });
