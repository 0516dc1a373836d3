// Everybody can use it: every page in both themes, small, magnified, by keyboard alone, without colour and without motion.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHATTY, FLOW, REPAIRED, WRONG } from '../dags.mjs';
import { until } from '../server.mjs';
import { stage } from '../stage.mjs';

const at = stage({ files: { 'chatty.py': CHATTY, 'flow.py': FLOW, 'repaired.py': REPAIRED, 'wrong.py': WRONG }, dags: 3 });

const PLACES = [
  '/', '/dags', '/dags/flow', '/dags/flow?view=graph', '/dags/flow/overview', '/dags/flow/runs', '/dags/flow/tasks', '/dags/flow/calendar',
  '/dags/flow/code', '/dags/flow/events', '/dags/flow/details', '/dags/flow/runs/seen', '/dags/flow/runs/seen?tab=gantt',
  '/dags/flow/runs/seen/tasks/first', '/dags/flow/runs/seen/tasks/first?tab=details', '/dags/flow/runs/seen/tasks/second?tab=rendered',
  '/dags/flow/tasks/first', '/runs', '/task-instances', '/required-actions', '/audit', '/jobs', '/xcoms', '/import-errors', '/datasets', '/dependencies',
  '/variables', '/connections', '/pools', '/config', '/providers', '/plugins', '/users', '/roles', '/settings', '/shortcuts',
]; // biome-ignore format: a list
const EMPTY_OR_WRONG = [
  '/dags?q=nothing', '/dags/none_such', '/dags/repaired', '/dags/flow/runs/none_such', '/nowhere', '/variables?new=1', '/runs?q=nothing',
  '/dags/repaired/runs/bad', '/dags/repaired/runs/bad/tasks/pump', '/plugin/none_such', '/compare?dag=repaired',
]; // biome-ignore format: a list

test('every page is silent and accessible in both themes, with data, without and with errors', async () => {
  const { page } = at;
  await at.trigger('flow', 'seen');
  await at.trigger('repaired', 'bad');
  await at.ended('flow', 'seen');
  await at.ended('repaired', 'bad');
  await at.signedIn('/dags');
  const found = [];
  for (const place of [...PLACES, ...EMPTY_OR_WRONG]) {
    await page.goto(at.server.url + place);
    await page.locator('h1').first().waitFor();
    await at.settled();
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const fault of await at.faults()) found.push(`${place} (${colorScheme}): ${fault}`);
    }
    at.allow(/404/);
  }
  assert.deepEqual(found, []);
});

test('nothing is lost at 320 pixels, nor at 400 %', async () => {
  const { page } = at;
  await at.signedIn('/dags');
  const wide = [];
  // 1280 x 1024 at 400 % is a window of 320 x 256.
  for (const [width, height] of [
    [320, 800],
    [320, 256],
  ]) {
    await page.setViewportSize({ width, height });
    for (const place of height === 256 ? PLACES.slice(0, 12) : [...PLACES, ...EMPTY_OR_WRONG]) {
      await page.goto(at.server.url + place);
      await page.locator('h1').first().waitFor();
      await at.settled();
      const inner = await page.evaluate(() => document.documentElement.scrollWidth);
      if (inner > width) wide.push(`${place} is ${inner} wide`);
      at.allow(/404/);
    }
  }
  assert.deepEqual(wide, []);
});

/** Presses Tab until what is focused has this role and name. */
async function tabTo(name, tries = 80) {
  for (let step = 0; step < tries; step++) {
    await at.page.keyboard.press('Tab');
    const focused = await at.page.evaluate(() => {
      const element = document.activeElement;
      const label = element?.labels?.[0]?.textContent ?? '';
      return `${element?.getAttribute('aria-label') ?? ''} ${label} ${element?.textContent ?? ''}`;
    });
    if (name.test(focused)) {
      const hidden = await at.page.evaluate(() => {
        const box = document.activeElement.getBoundingClientRect();
        const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return !(top && (document.activeElement.contains(top) || top.contains(document.activeElement)));
      });
      assert.equal(hidden, false, `${name} is focused and hidden`);
      return;
    }
  }
  throw new Error(`no focus on ${name} within ${tries} steps`);
}

test('by keyboard alone: sign in, trigger, see the run end, clear a failed task', async () => {
  const { page } = at;
  await page.goto(`${at.server.url}/dags`);
  await page.getByLabel('User name').waitFor();
  await page.keyboard.type('admin');
  await page.keyboard.press('Tab');
  await page.keyboard.type('admin');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Trigger flow' }).waitFor();
  at.allow(/401/);
  await tabTo(/^Trigger flow/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Trigger a run' }).getByLabel('greeting').waitFor();
  await tabTo(/greeting/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('typed');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/dags\/flow\/runs\//);
  const run = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1));
  assert.equal(await at.ended('flow', run), 'success');
  assert.match(at.log('flow', run, 'first'), /'greeting': 'typed'/);
  await page.getByRole('heading', { level: 1 }).getByText('success').waitFor();

  await at.trigger('repaired', 'keyed');
  await at.ended('repaired', 'keyed');
  await page.keyboard.press('Control+K');
  await page.getByRole('combobox').waitFor();
  await page.keyboard.type('keyed');
  await page.getByRole('option').filter({ hasText: 'keyed' }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\/keyed/);
  writeFileSync(join(at.server.home, 'mended'), '');
  await page.getByRole('button', { name: 'Clear from failure' }).waitFor();
  await tabTo(/^\s*Clear from failure/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Clear pump' });
  await dialog.getByText('will be affected').waitFor();
  await tabTo(/^\s*Clear$/);
  await page.keyboard.press('Enter');
  await until('it has run again', async () => ((await at.task('repaired', 'keyed', 'pump')).try_number === 2 ? true : undefined));
  assert.equal(await at.ended('repaired', 'keyed'), 'success');
});

test('by keyboard alone: a log is followed, left and taken up again', async () => {
  const { page } = at;
  await at.trigger('chatty', 'heard');
  await at.inState('chatty', 'heard', 'chat', 'running');
  await at.signedIn('/dags/chatty/runs/heard/tasks/chat');
  const log = page.getByRole('log');
  await log.getByText(/^line 60 said/).waitFor();
  await tabTo(/^Log, \d+ lines/);
  await page.keyboard.press('Home');
  await log.getByText(/^line 1 said/).waitFor();
  await page.getByRole('button', { name: /new lines? ↓/ }).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('f');
  writeFileSync(join(at.server.home, 'enough'), '');
  await log.getByText('that was all').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('that was');
  await page.getByRole('status').getByText('1', { exact: true }).waitFor();
});

test('states are told apart without colour, and nothing moves for who wants no motion', async () => {
  const { page } = at;
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await at.signedIn('/dags/repaired');
  const grid = page.getByRole('grid');
  await grid.waitFor();
  for (const place of ['/dags/repaired', '/dags/repaired/runs/bad', '/dags/flow/runs/seen?tab=gantt', '/dags/flow?view=graph']) {
    await at.go(place);
    await at.settled();
    const moving = await page.evaluate(
      () => document.getAnimations().filter((one) => one.playState === 'running' && one.effect.getComputedTiming().duration > 10).length,
    );
    assert.equal(moving, 0, `${place} keeps still`);
  }
  await at.go('/dags/repaired/runs/bad');
  await at.settled();
  const chips = await page
    .locator('main [data-s]')
    .evaluateAll((all) =>
      all
        .filter((chip) => chip.textContent.trim() !== '' && chip.querySelector('svg'))
        .map((chip) => [chip.textContent.trim(), chip.querySelector('path').getAttribute('d')]),
    );
  const shapes = new Map(chips.filter(([word]) => /^[a-z ]+$/.test(word) && !word.includes('first')));
  assert.ok(shapes.size >= 2, 'there are several states on the page');
  assert.equal(new Set(shapes.values()).size, shapes.size, 'each word has a shape of its own');
});
