import { useQuery } from '@tanstack/react-query';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { queries } from '../api/queries.ts';
import { Icon, Mark } from '../components/icons.tsx';
import { TipProvider } from '../components/tip.tsx';
import { Toasts } from '../components/toast.tsx';
import { Guard } from '../components/view.tsx';
import { announce, announcement } from '../lib/announce.ts';
import { setServerZone } from '../lib/now.ts';
import { useStore } from '../lib/store.ts';
import { startLive } from '../live/stream.ts';
import { BottomBar } from './bottom-bar.tsx';
import { useGlobalKeys } from './global-keys.ts';
import { LiveIndicator } from './live-indicator.tsx';
import { Offline } from './offline.tsx';
import { openPalette, Palette } from './palette.tsx';
import { Rail } from './rail.tsx';
import styles from './shell.module.css';
import { SignInAgain } from './sign-in-again.tsx';
import { ThemeMenu, UserMenu, ZoneMenu } from './top-menus.tsx';

function Announcer() {
  return (
    <div className="sr" aria-live="polite" role="status">
      {useStore(announcement)}
    </div>
  );
}

/** After a move to another page the focus is on its heading and its title is said. */
function useFocusOnMove() {
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current !== undefined && pathname !== before.current && !document.activeElement?.closest('[data-keep-focus]')) {
      document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
      announce(document.title);
    }
    before.current = pathname;
  }, [pathname]);
}

let live = false;

/** What stands around every page but the one to sign in. */
export function Shell() {
  const me = useQuery(queries.me()).data;
  useFocusOnMove();
  useGlobalKeys();
  useEffect(() => {
    if (!live) startLive();
    live = true;
  }, []);
  if (me) setServerZone(me.default_timezone);
  return (
    <TipProvider delayDuration={350} skipDelayDuration={150}>
      <a
        href="#main"
        className={styles.skip}
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the content
      </a>
      <div className={styles.shell}>
        <Rail me={me} />
        <div className={styles.column}>
          <header className={styles.top}>
            <span className={styles.phoneMark}>
              <Mark size={24} />
            </span>
            <button type="button" className={styles.find} onClick={openPalette} aria-keyshortcuts="Meta+K Control+K">
              <Icon name="search" size={14} />
              <span>Search DAGs, runs, tasks…</span>
              <kbd>{/Mac/.test(navigator.platform) ? '⌘K' : 'Ctrl K'}</kbd>
            </button>
            <div className={styles.tools}>
              <LiveIndicator />
              <ZoneMenu me={me} />
              <ThemeMenu />
              <UserMenu me={me} />
            </div>
          </header>
          <Offline />
          <main id="main" tabIndex={-1}>
            <Guard>
              <Outlet />
            </Guard>
          </main>
        </div>
        <BottomBar me={me} />
      </div>
      <Palette />
      <SignInAgain me={me} />
      <Toasts />
      <Announcer />
    </TipProvider>
  );
}
