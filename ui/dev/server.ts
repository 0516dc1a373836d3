/** A server of made-up data, to try pages without Updraft. It keeps nothing beyond its process. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import { answer } from './data.ts';

const CSP = "default-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'";

async function handle(request: IncomingMessage, response: ServerResponse, next: () => void) {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (!url.pathname.startsWith('/ui/api/') && !url.pathname.startsWith('/api/')) return next();
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString()) : undefined;
  const signedIn = /updraft_session=1/.test(request.headers.cookie ?? '');
  try {
    await answer({ method: request.method ?? 'GET', url, body, signedIn, response });
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end('{}');
  }
}

export function madeUpServer(): Plugin {
  return {
    name: 'made-up-server',
    configureServer: (server) => {
      server.middlewares.use(handle);
    },
    configurePreviewServer: (server) => {
      // The built pages run under the policy of the real server.
      server.middlewares.use((_request, response, next) => {
        response.setHeader('Content-Security-Policy', CSP);
        next();
      });
      server.middlewares.use(handle);
    },
  };
}
