import { useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { GridView } from '../../components/grid/grid-view.tsx';
import { Waiting } from '../../components/view.tsx';

const GraphView = lazy(() => import('../../components/graph/graph-view.tsx').then((module) => ({ default: module.GraphView })));

/** The first page of a DAG: its runs against its tasks, or its tasks as a graph. */
export function GridPage() {
  const { dag } = useParams({ from: '/shell/dags/$dag/' });
  const { view } = useSearch({ from: '/shell/dags/$dag/' });
  if (view !== 'graph') return <GridView key={dag} dag={dag} />;
  return (
    <Suspense fallback={<Waiting />}>
      <GraphView key={dag} dag={dag} />
    </Suspense>
  );
}
