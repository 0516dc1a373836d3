import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { client } from './api/queries.ts';
import { watchPrefs } from './lib/prefs.ts';
import { router } from './router.tsx';
import './styles/fonts.css';
import './styles/glyphs.css';
import './styles/tokens.css';
import './styles/base.css';

watchPrefs();

const app = document.getElementById('app');
if (!app) throw new Error('the page has no element #app');
createRoot(app).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
