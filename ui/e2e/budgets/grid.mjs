// A grid of a hundred runs and five hundred tasks.
import { best, quantile } from './meter.mjs';
import { watchedPage } from './page.mjs';

const drawn = () => document.querySelectorAll('[role=treegrid] [data-r]').length > 100;

export async function grid({ figures, context, server, slowed, ask }) {
  const times = [];
  let bytes = 0;
  for (let round = 0; round < 40; round++) {
    const begun = performance.now();
    const answer = await ask('/ui/api/grid/wide?n=100');
    bytes = answer.length;
    times.push(performance.now() - begun);
  }
  figures.atMost('grid 100 x 500, answer of the server, 95 of 100', quantile(times, 0.95), 80, 'ms');
  figures.atMost('grid 100 x 500, answer of the server', bytes / 1_000, 60, 'KB');

  const at = await watchedPage(context, server.url, slowed);
  const { page } = at;
  const paint = await best(() => at.open('/dags/wide?runs=100', drawn, at.answered('/ui/api/grid/')));
  figures.atMost('grid 100 x 500, data to paint', paint, 500, 'ms');
  // An open group is higher than the window: the most that is ever drawn.
  await page.locator('[role=treegrid] [data-toggle]').first().click();
  figures.atMost('grid 100 x 500, elements on the page', await page.evaluate(() => document.querySelectorAll('*').length), 6_000, '');
  const box = await page.getByRole('treegrid').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  figures.atLeast('grid 100 x 500, frames while scrolling', await at.frames(() => page.mouse.wheel(0, 40)), 50, '/s');
  const { tasks } = await at.watched();
  figures.atMost('grid 100 x 500, longest work at a stretch', Math.max(0, ...tasks), 200, 'ms');

  await at.slow(1);
  const hover = await at.work(30, (time) => {
    const cells = document.querySelectorAll('[role=treegrid] [data-c]');
    cells[(time * 37) % cells.length].dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 700, clientY: 400 }));
  });
  figures.atMost('grid 100 x 500, work for a cell under the pointer', hover, 16, 'ms');
  const delta = await at.work(30, (time) => {
    const data = { dag_id: 'wide', run_id: 'filled_099', cells: [['group_000.task_00', -1, time % 2 ? 'success' : 'failed']] };
    for (const stream of window.watched.streams) stream.dispatchEvent(new MessageEvent('grid', { data: JSON.stringify(data) }));
  });
  figures.atMost('grid 100 x 500, work for a change of a state', delta, 16, 'ms');

  const asked = [];
  page.on('request', (request) => /\/(ui\/api|api)\//.test(request.url()) && asked.push(request.url()));
  await page.locator('[role=treegrid] [data-r="3"][data-c]').last().click();
  await page.getByRole('heading', { level: 1, name: /task_/ }).waitFor();
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
  figures.atMost('grid 100 x 500, requests on a click', asked.filter((url) => !/\/events$/.test(url)).length, 2, '');
  await page.close();
}
