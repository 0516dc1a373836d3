// How soon a change is on the screen, and what many who watch cost the server.
import http from 'node:http';
import { until } from '../server.mjs';
import { quantile } from './meter.mjs';
import { watchedPage } from './page.mjs';

const STREAMS = 200;

export async function live({ figures, context, server, slowed, cookie }) {
  const at = await watchedPage(context, server.url, slowed);
  const { page } = at;
  await page.goto(`${server.url}/dags/dag_000/runs`);
  await page.getByRole('button', { name: 'Live updates: Live' }).waitFor();
  const shown = [];
  for (let round = 0; round < 10; round++) {
    const id = `live_${round}`;
    await server.api('/dags/dag_000/dagRuns', { method: 'POST', body: { dag_run_id: id } });
    const begun = performance.now();
    await page.getByRole('link', { name: id }).waitFor();
    shown.push(performance.now() - begun);
  }
  figures.atMost('a change is on the screen, 95 of 100', quantile(shown, 0.95), 1_000, 'ms');
  await page.close();

  const before = server.memory();
  const open = [];
  let begun = 0;
  for (let stream = 0; stream < STREAMS; stream++) {
    const request = http.get(`${server.url}/ui/api/events`, { headers: { cookie }, agent: false }, (answer) => {
      answer.once('data', () => {
        begun += 1;
      });
      answer.on('error', () => undefined);
    });
    request.on('error', () => undefined);
    open.push(request);
  }
  await until(`${STREAMS} streams have begun`, () => begun === STREAMS || undefined);
  figures.atMost(`${STREAMS} streams, memory of the server`, server.memory() - before, 50, 'MB');
  for (const request of open) request.destroy();
}
