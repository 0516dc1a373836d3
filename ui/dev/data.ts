import type { ServerResponse } from 'node:http';
import { places } from './places.ts';

export interface Ask {
  method: string;
  url: URL;
  body: Record<string, unknown> | undefined;
  signedIn: boolean;
  response: ServerResponse;
}

const json = (response: ServerResponse, value: unknown, status = 200) => {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(status === 204 ? undefined : JSON.stringify(value));
};

export async function answer({ method, url, body, signedIn, response }: Ask) {
  const path = url.pathname;
  if (path === '/ui/api/login') {
    if (body?.username !== 'admin' || body?.password !== 'admin') return json(response, { detail: 'wrong' }, 401);
    response.setHeader('Set-Cookie', 'updraft_session=1; Path=/; HttpOnly; SameSite=Lax');
    return json(response, null, 204);
  }
  if (path === '/ui/api/logout') {
    response.setHeader('Set-Cookie', 'updraft_session=; Path=/; Max-Age=0');
    return json(response, null, 204);
  }
  if (!signedIn) return json(response, { detail: 'Not authenticated' }, 401);
  if (path === '/ui/api/me') return json(response, ME);
  const place = places({ method, url, body });
  if (place) return json(response, place.body, place.status);
  json(response, { detail: `${method} ${path} is not made up` }, 404);
}

const EVERYTHING = [
  'DAGs',
  'DAG Runs',
  'Task Instances',
  'Variables',
  'Connections',
  'Pools',
  'Users',
  'Roles',
  'XComs',
  'Datasets',
  'Audit Logs',
  'Jobs',
  'ImportError',
  'Configurations',
  'Plugins',
  'Providers',
];

const ME = {
  username: 'admin',
  first_name: 'Ada',
  last_name: 'Admin',
  roles: ['Admin'],
  csrf_token: 'x',
  version: '0.9.0',
  instance_name: 'Updraft',
  default_timezone: 'utc',
  can: { read: EVERYTHING, edit: EVERYTHING, create: EVERYTHING, delete: EVERYTHING, menu: [] },
  test_connection: true,
  expose_config: true,
  auto_refresh: true,
  plugins: [
    { name: 'Matches', category: 'Recruiting', href: '/recruiting/matches', frame: false },
    { name: 'Quality', category: 'Recruiting', href: '/recruiting/quality', frame: false },
  ],
};
