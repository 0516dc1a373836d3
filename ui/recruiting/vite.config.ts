import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { slimFonts } from '../scripts/fonts.ts';
import { madeUpService } from './dev.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The recruiting pages: a program of their own, of the same components and styles. `referral pages` embeds what this builds. */
export default defineConfig({
  root: here('.'),
  publicDir: here('../public'),
  // Assets are found relative to `<base>`, which the service sets to the path that the browser sees.
  base: './',
  plugins: [react(), slimFonts(), madeUpService()],
  resolve: { alias: { 'react-remove-scroll': here('../src/lib/remove-scroll.tsx') } },
  build: {
    outDir: here('../dist-recruiting'),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 700,
  },
});
