import { createStore, useStore } from '../lib/store.ts';

const open = createStore(false);
export const openPalette = () => open.set(true);

export function Palette() {
  useStore(open);
  return null;
}
