import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { madeUpServer } from './dev/server.ts';
import { slimFonts } from './scripts/fonts.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// `UPDRAFT_SERVER=http://localhost:8081 npm run dev` shows a real server; without it the pages run on made-up data (`dev/`).
const server = process.env.UPDRAFT_SERVER;
const proxy = server ? Object.fromEntries(['/ui/api', '/api'].map((path) => [path, { target: server }])) : undefined;

export default defineConfig({
  // Assets are found relative to `<base>`, which the server sets, so one build serves every base path.
  base: './',
  plugins: [react(), slimFonts(), ...(server ? [] : [madeUpServer()])],
  resolve: {
    alias: {
      // The published one writes a `<style>` element, which the content security policy forbids.
      'react-remove-scroll': here('./src/lib/remove-scroll.tsx'),
    },
  },
  server: { proxy },
  preview: { proxy },
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    // All styles in one file: packed together they are a third smaller, and no page waits for a style after its script.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 700,
  },
});
