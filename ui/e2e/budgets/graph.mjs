// A graph of a thousand tasks, all groups open.
import { best } from './meter.mjs';
import { watchedPage } from './page.mjs';

const drawn = () => document.querySelectorAll('[data-node]').length > 0;

export async function graph({ figures, context, server, slowed, ask }) {
  const timed = async () => {
    const begun = performance.now();
    await ask('/ui/api/graph/deep?open=*&dir=TB');
    return performance.now() - begun;
  };
  const first = await timed();
  figures.atMost('graph of 1,000 tasks, laid out', first, 150, 'ms');
  figures.atMost('graph of 1,000 tasks, laid out before', await best(timed), 5, 'ms');

  const at = await watchedPage(context, server.url, slowed);
  const { page } = at;
  const paint = await best(() => at.open('/dags/deep?view=graph&open=*', drawn, at.answered('/ui/api/graph/')));
  figures.atMost('graph of 1,000 tasks, data to paint', paint, 600, 'ms');
  await page.getByRole('button', { name: 'Show all' }).click();
  await at.seen(drawn);
  const box = await page.getByRole('region', { name: /^Graph/ }).boundingBox();
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  const pan = (time) => page.mouse.move(middle.x + 120 * Math.sin(time / 5), middle.y + 80 * Math.cos(time / 7));
  figures.atLeast('graph of 1,000 tasks, frames while it is moved', await at.frames(pan), 45, '/s');
  await page.mouse.up();
  const { tasks } = await at.watched();
  figures.atMost('graph of 1,000 tasks, longest work at a stretch', Math.max(0, ...tasks), 200, 'ms');
  await page.close();
}
