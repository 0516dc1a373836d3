// Logs: while they are written, very long ones, and hostile ones.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHATTY, FLOW, HOSTILE } from '../dags.mjs';
import { until } from '../server.mjs';
import { stage } from '../stage.mjs';

const at = stage({ files: { 'chatty.py': CHATTY, 'flow.py': FLOW, 'hostile.py': HOSTILE }, dags: 3 });

test('a log is followed while it is written, until somebody scrolls up', async () => {
  const { page } = at;
  await at.trigger('chatty', 'followed');
  await at.inState('chatty', 'followed', 'chat', 'running');
  await at.signedIn('/dags/chatty/runs/followed/tasks/chat');
  const log = page.getByRole('log');
  await log.getByText(/^line 60 said/).waitFor();
  await log.getByText(/^line 70 said/).waitFor();
  const shown = async () =>
    Math.max(...(await log.getByText(/^line \d+ said/).allTextContents()).map((text) => Number(/\d+/.exec(text)[0])));
  const written = () => [...at.log('chatty', 'followed', 'chat').matchAll(/line (\d+) said/g)].length;
  await until('it keeps up with the file', async () => (written() - (await shown()) <= 10 ? true : undefined));

  await log.evaluate((box) => {
    box.scrollTop = 0;
  });
  await log.getByText(/^line 3 said/).waitFor();
  const news = page.getByRole('button', { name: /new lines? ↓/ });
  await news.waitFor();
  assert.equal(await log.evaluate((box) => box.scrollTop), 0, 'nothing takes the reader away');
  await news.click();
  writeFileSync(join(at.server.home, 'enough'), '');
  await log.getByText('that was all').waitFor();
  assert.equal(await at.ended('chatty', 'followed'), 'success');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
  assert.deepEqual(readFileSync(await download.path()), readFileSync(at.server.logFile('chatty', 'followed', 'chat')));
});

test('in a log of a million lines every line is near', async () => {
  const { page } = at;
  await at.trigger('flow', 'long');
  await at.ended('flow', 'long');
  const file = createWriteStream(at.server.logFile('flow', 'long', 'third'));
  const NEEDLE = 734_211;
  for (let from = 1; from <= 1_000_000; from += 10_000) {
    let text = '';
    for (let line = from; line < from + 10_000; line++) {
      text += `[2030-01-01T00:00:00.000000+00:00] {etl.py:7} INFO - row ${line} of the batch was written to the warehouse${line === NEEDLE || line === 900_000 ? ' with a needle' : ''}\n`;
    }
    if (!file.write(text)) await once(file, 'drain');
  }
  await new Promise((done) => file.end(done));
  await at.signedIn('/dags/flow/runs/long/tasks/third');
  const log = page.getByRole('log', { name: /1000000 lines/ });
  const row = (line) => log.getByText(`row ${line} of the batch`, { exact: false });
  await row(1_000_000).waitFor();
  const jump = page.getByRole('textbox', { name: 'Go to a line of 1000000' });
  await jump.fill('500000');
  await jump.press('Enter');
  await row(500_000).waitFor();
  assert.ok(await row(500_000).isVisible());

  await page.getByRole('searchbox', { name: 'Search the log' }).fill('needle');
  await page.getByText('2', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Next match' }).click();
  await row(NEEDLE).waitFor();
  await page.getByRole('button', { name: 'Next match' }).click();
  await row(900_000).waitFor();
  await page.getByRole('button', { name: 'Previous match' }).click();
  await row(NEEDLE).waitFor();
  await log.locator(`[data-line="${NEEDLE - 1}"]`).click();
  await log.locator(`[data-line="${NEEDLE + 1}"]`).click({ modifiers: ['Shift'] });
  await page.waitForURL(new RegExp(`l=${NEEDLE}-${NEEDLE + 2}`));
  await at.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy the chosen lines' }).click();
  const copied = await until('it is copied', async () => (await page.evaluate(() => navigator.clipboard.readText())) || undefined);
  assert.deepEqual(
    copied.split('\n').map((line) => Number(/row (\d+)/.exec(line)[1])),
    [NEEDLE, NEEDLE + 1, NEEDLE + 2],
  );
  assert.ok((await page.locator('*').count()) < 3_000, 'only what is in sight is drawn');
});

test('what a log holds is text, whatever it looks like', async () => {
  const { page } = at;
  await at.trigger('hostile', 'loud');
  assert.equal(await at.ended('hostile', 'loud'), 'success');
  let asked = false;
  page.on('dialog', (dialog) => {
    asked = true;
    return dialog.dismiss();
  });
  await at.signedIn('/dags/hostile/runs/loud/tasks/shout');
  const log = page.getByRole('log');
  await log.getByText('<img src=x onerror=alert(1)>').waitFor();
  assert.equal(await log.locator('img, script').count(), 0);
  const colours = await log.evaluate((box) => {
    const colour = (text) => {
      const node = [...box.querySelectorAll('span')].find((each) => each.textContent === text);
      return node && getComputedStyle(node).color;
    };
    return { red: colour('red'), green: colour('green'), plain: getComputedStyle(box).color };
  });
  assert.notEqual(colours.red, colours.plain);
  assert.notEqual(colours.green, colours.plain);
  assert.notEqual(colours.red, colours.green);
  const text = await log.textContent();
  assert.ok(!text.includes('\u001b'), 'escapes are not shown');
  for (const part of ['🚀', 'שלום', 'nul [']) assert.ok(text.includes(part), part);
  await log.getByText('the line is longer').first().waitFor();
  assert.deepEqual(await log.getByRole('link').evaluateAll((links) => links.map((link) => [link.getAttribute('href'), link.rel])), [
    ['https://example.org/a?b=1', 'noopener noreferrer'],
  ]);
  await log.getByText('after it all').waitFor();
  const { width, height } = await log.boundingBox();
  assert.ok(width < 1440 && height < 900, 'the layout holds');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  assert.equal(asked, false);
});
