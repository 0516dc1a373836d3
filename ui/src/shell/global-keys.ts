import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { isShortcut } from '../lib/keys.ts';
import { openPalette } from './palette.tsx';

const PLACES: Record<string, string> = { h: '/', d: '/dags', r: '/runs', t: '/task-instances' };

/** The keys that work on every page. What is on the page may take them first. */
export function useGlobalKeys() {
  const navigate = useNavigate();
  useEffect(() => {
    let afterG = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.defaultPrevented || !isShortcut(event)) return;
      const place = PLACES[event.key];
      if (place && Date.now() - afterG < 1200) navigate({ to: place });
      else if (event.key === '?') navigate({ to: '/shortcuts' });
      else if (event.key === '/') {
        const field = document.querySelector<HTMLInputElement>('main [data-find], main input[type=search]');
        if (field) field.focus();
        else openPalette();
      } else {
        afterG = event.key === 'g' ? Date.now() : 0;
        return;
      }
      afterG = 0;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [navigate]);
}
