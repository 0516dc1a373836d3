// How soon a change is on the screen, and what many who watch cost the server.
import http from 'node:http';
import { until } from '../server.mjs';
import { quantile } from './meter.mjs';
import { watchedPage } from './page.mjs';

const STREAMS = 200;

export async function live(ground) {
  const { figures, context, server, slowed } = ground;
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

  await streams(ground);
}

/**
 * What open streams hold of the server's memory. The server is begun anew for it: one that has worked before has room to spare, in which streams would
 * be lost. The most that it held while they were opened and told of changes counts, so nothing that is given back soon hides.
 */
async function streams({ figures, server, cookie }) {
  await server.kill();
  await server.revive();
  const opened = [];
  const open = async (count) => {
    let told = 0;
    const from = opened.length;
    while (opened.length < from + count) {
      const request = http.get(`${server.url}/ui/api/events`, { headers: { cookie }, agent: false }, (answer) => {
        const heard = { text: '' };
        answer.once('data', () => {
          told += 1;
        });
        answer.on('data', (part) => {
          heard.text += part;
        });
        answer.on('error', () => undefined);
        request.heard = heard;
      });
      request.on('error', () => undefined);
      opened.push(request);
    }
    await until(`${count} streams have begun`, () => told === count || undefined);
  };
  const change = async (id) => {
    await server.api('/dags/dag_000/dagRuns', { method: 'POST', body: { dag_run_id: id } });
    await until('every stream tells of the run', () => opened.every(({ heard }) => heard.text.includes(id)) || undefined);
  };
  // One stream and one change first, so that what every server needs is there.
  await open(1);
  await change('streams_before');
  const before = server.memory();
  await open(STREAMS);
  let most = server.memory();
  for (let round = 0; round < 5; round++) {
    await change(`streams_${round}`);
    most = Math.max(most, server.memory());
  }
  figures.atMost(`${STREAMS} streams, memory of the server`, most - before, 50, 'MB');
  for (const request of opened) request.destroy();
}
