import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type Dependencies, dependencies } from '../../api/dependencies.ts';
import { Filters, Find } from '../../components/list/filters.tsx';
import { Page } from '../../components/page.tsx';
import { Segments } from '../../components/tabs.tsx';
import { Empty, View } from '../../components/view.tsx';
import { basePath, path } from '../../lib/base.ts';
import { useFilters } from '../../lib/filters.ts';
import { connected, layout } from '../../lib/layers.ts';
import styles from './dependencies.module.css';

type Node = Dependencies['nodes'][number];

const KINDS: Record<string, string> = { dag: 'DAG', asset: 'asset', trigger: 'trigger', sensor: 'sensor' };
const hrefOf = (node: Node) =>
  node.kind === 'asset' && node.asset_id !== undefined
    ? path`/datasets/${node.asset_id}`
    : node.dag_id !== undefined
      ? path`/dags/${node.dag_id}`
      : null;

const HEIGHT = 44;
const LONGEST = 34;
const short = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
const widthOf = (node: Node) => Math.max(96, short(node.label).length * 7.4 + 28);

/** Which DAGs wait for which, as a picture and as a list. */
export function DependenciesPage() {
  const [search, change] = useFilters<{ q?: string | undefined; view?: 'list' | undefined }>();
  const query = useQuery(dependencies());
  const shown = useMemo(() => (query.data ? narrowed(query.data, search.q) : null), [query.data, search.q]);
  return (
    <Page
      title="Dependencies"
      facts="A DAG, what it writes or triggers, and the DAGs that this starts."
      actions={
        <Segments
          label="View"
          value={search.view ?? 'graph'}
          options={[
            ['graph', 'Graph'],
            ['list', 'List'],
          ]}
          onChange={(view) => change({ view: view === 'list' ? 'list' : undefined })}
        />
      }
    >
      <Filters active={search.q ? 1 : 0} onReset={() => change({ q: undefined })}>
        <Find label="Find a DAG or an asset" value={search.q} onChange={(q) => change({ q })} main />
      </Filters>
      <View query={query}>
        {(data) =>
          data.edges.length === 0 ? (
            <Empty icon="graph" title="No DAG depends on another">
              A DAG that is scheduled by an asset which another writes, or that another triggers or waits for, appears here.
            </Empty>
          ) : shown === null || shown.nodes.length === 0 ? (
            <Empty icon="search" title="Nothing matches" />
          ) : search.view === 'list' ? (
            <Outline {...shown} />
          ) : (
            <Picture {...shown} q={search.q} />
          )
        }
      </View>
    </Page>
  );
}

/** What matches, and all that is connected with it. */
function narrowed({ nodes, edges }: Dependencies, q: string | undefined): Dependencies {
  if (!q) return { nodes: nodes.filter((node) => edges.some(({ from, to }) => from === node.id || to === node.id)), edges };
  const wanted = new Set(nodes.filter((node) => node.label.toLowerCase().includes(q.toLowerCase())).map((node) => node.id));
  const near = connected(wanted, edges);
  return { nodes: nodes.filter((node) => near.has(node.id)), edges: edges.filter(({ from }) => near.has(from)) };
}

function Picture({ nodes, edges, q }: Dependencies & { q: string | undefined }) {
  const drawn = useMemo(
    () =>
      layout(
        nodes.map((node) => ({ id: node.id, width: widthOf(node), height: HEIGHT })),
        edges,
      ),
    [nodes, edges],
  );
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const pad = 8;
  return (
    <section className={styles.scroll} aria-label="Graph of dependencies">
      <svg
        width={drawn.width + 2 * pad}
        height={drawn.height + 2 * pad}
        viewBox={`${-pad} ${-pad} ${drawn.width + 2 * pad} ${drawn.height + 2 * pad}`}
        aria-label={`${nodes.length} nodes and ${edges.length} edges; the list says the same in words`}
        role="group"
      >
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 8 4 0 8z" className={styles.head} />
          </marker>
        </defs>
        {drawn.edges.map((edge) => (
          <path key={`${edge.from} ${edge.to}`} d={edge.path} className={styles.edge} markerEnd="url(#arrow)" />
        ))}
        {drawn.nodes.map((at) => {
          const node = byId.get(at.id)!;
          const href = hrefOf(node);
          const found = q !== undefined && node.label.toLowerCase().includes(q.toLowerCase());
          const card = (
            <g className={styles.node} data-kind={node.kind} data-found={found || undefined}>
              <title>{node.label}</title>
              <rect x={at.x} y={at.y} width={at.width} height={at.height} rx={node.kind === 'dag' ? 6 : 22} />
              <text x={at.x + 14} y={at.y + 18} className={styles.label}>
                {short(node.label)}
              </text>
              <text x={at.x + 14} y={at.y + 34} className={styles.kind}>
                {KINDS[node.kind] ?? node.kind}
              </text>
            </g>
          );
          return href ? (
            <a key={at.id} href={basePath + href} aria-label={`${KINDS[node.kind] ?? node.kind} ${node.label}`} className={styles.link}>
              {card}
            </a>
          ) : (
            <g key={at.id}>{card}</g>
          );
        })}
      </svg>
    </section>
  );
}

function Name({ node }: { node: Node }) {
  const href = hrefOf(node);
  return (
    <>
      {href ? <Link to={href as string}>{node.label}</Link> : node.label}
      <span className="muted small"> {KINDS[node.kind] ?? node.kind}</span>
    </>
  );
}

/** The same as a list: each node with what comes after it. */
function Outline({ nodes, edges }: Dependencies) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const after = Map.groupBy(edges, (edge) => edge.from);
  return (
    <ul className={styles.outline}>
      {nodes
        .filter((node) => after.has(node.id))
        .map((node) => (
          <li key={node.id}>
            <Name node={node} />
            <ul>
              {after.get(node.id)!.map((edge) => {
                const next = byId.get(edge.to);
                return (
                  next && (
                    <li key={edge.to}>
                      <span aria-hidden="true">→ </span>
                      <Name node={next} />
                    </li>
                  )
                );
              })}
            </ul>
          </li>
        ))}
    </ul>
  );
}
