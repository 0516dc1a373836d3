import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../../src/styles/fonts.css';
import '../../src/styles/glyphs.css';
import '../../src/styles/tokens.css';
import '../../src/styles/base.css';
import './tokens.css';
import { watchPrefs } from '../../src/lib/prefs.ts';
import { client } from './api.ts';
import { App } from './app.tsx';

watchPrefs();

const app = document.getElementById('app');
if (!app) throw new Error('the page has no element #app');
createRoot(app).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
