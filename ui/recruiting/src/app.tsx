import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { TipProvider } from '../../src/components/tip.tsx';
import { Toasts } from '../../src/components/toast.tsx';
import { Guard, Waiting } from '../../src/components/view.tsx';
import { announce, announcement } from '../../src/lib/announce.ts';
import { useStore } from '../../src/lib/store.ts';
import { queries } from './api.ts';
import { go, usePlace } from './lib/router.tsx';
import { MatchesPage } from './pages/matches.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { PositionPage } from './pages/position.tsx';
import { QualityPage } from './pages/quality.tsx';
import { VolumesPage } from './pages/volumes.tsx';
import { Failed } from './parts/view.tsx';
import { Shell } from './shell/shell.tsx';

function Announcer() {
  return (
    <div className="sr" aria-live="polite" role="status">
      {useStore(announcement)}
    </div>
  );
}

/** After a move to another page the focus is on its heading and its title is said. */
function useFocusOnMove(path: string) {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    announce(document.title);
  }, [path]);
}

function PageOf({ path }: { path: string }) {
  useEffect(() => {
    if (path === '/') go('/matches', { replace: true });
  }, [path]);
  const position = /^\/matches\/(\d{1,15})$/.exec(path)?.[1];
  if (position) return <PositionPage id={Number(position)} />;
  if (path === '/matches' || path === '/') return <MatchesPage />;
  if (path === '/quality') return <QualityPage />;
  if (path === '/volumes') return <VolumesPage />;
  return <NotFoundPage />;
}

export function App() {
  const { path } = usePlace();
  const config = useQuery(queries.config());
  useFocusOnMove(path);
  return (
    <TipProvider delayDuration={350} skipDelayDuration={150}>
      <Shell>
        {config.data ? (
          <Guard key={path}>
            <PageOf path={path} />
          </Guard>
        ) : config.isError ? (
          <Failed error={config.error} onRetry={() => config.refetch()} />
        ) : (
          <Waiting />
        )}
      </Shell>
      <Toasts />
      <Announcer />
    </TipProvider>
  );
}
