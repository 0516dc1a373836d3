import { prefs } from './prefs.ts';

/** Whether a press is a shortcut of a single key: allowed by the user, and not typed into a field. */
export function isShortcut(event: {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  target: EventTarget | null;
}): boolean {
  if (!prefs.get().keys || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return false;
  const target = event.target instanceof HTMLElement ? event.target : null;
  return !target?.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]');
}
