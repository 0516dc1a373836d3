// Runs and their tasks: what is shown of them, and what is done to them.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ASKED, ENDLESS, REPAIRED, RETRIED, RULED, SHAPED } from '../dags.mjs';
import { until } from '../server.mjs';
import { stage } from '../stage.mjs';

const at = stage({
  files: {
    'asked.py': ASKED,
    'endless.py': ENDLESS,
    'repaired.py': REPAIRED,
    'retried.py': RETRIED,
    'ruled.py': RULED,
    'shaped.py': SHAPED,
  },
  dags: 6,
});
const runOf = (page) => decodeURIComponent(new URL(page.url()).pathname.split('/')[4]);

test('params are checked at their field, and what was sent is what the task gets', async () => {
  const { page } = at;
  await at.signedIn('/dags/asked');
  await page.getByRole('button', { name: 'Trigger', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Trigger a run' });
  const trigger = dialog.getByRole('button', { name: 'Trigger', exact: true });
  const rows = dialog.getByLabel('rows');
  for (const wrong of ['0', '501', 'many', '']) {
    await rows.fill(wrong);
    await trigger.click();
    assert.equal(await rows.getAttribute('aria-invalid'), 'true', `rows = ${wrong}`);
  }
  assert.equal((await at.server.api('/dags/asked/dagRuns')).total_entries, 0, 'nothing was triggered');
  await rows.fill('20');
  await dialog.getByLabel('region').selectOption({ label: 'us' });
  await dialog.getByLabel('options').fill('{"deep": [1, "two"]}');
  await trigger.click();
  await page.waitForURL(/\/runs\//);
  const first = runOf(page);
  assert.equal(await at.ended('asked', first), 'success');
  assert.match(at.log('asked', first, 'says'), /params are {'region': 'us', 'rows': 20, 'options': {'deep': \[1, 'two'\]}}/);

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: /Trigger again/ }).click();
  assert.equal(await rows.inputValue(), '20', 'it begins with the conf of the run');
  await rows.fill('30');
  await trigger.click();
  await page.waitForURL((url) => url.pathname.includes('/runs/') && !decodeURIComponent(url.pathname).includes(first));
  const second = runOf(page);
  assert.equal(await at.ended('asked', second), 'success');
  assert.match(at.log('asked', second, 'says'), /'rows': 30/);

  await at.go('/dags/asked');
  await page.getByRole('button', { name: 'Trigger', exact: true }).click();
  const recent = dialog.getByLabel('Recent configurations');
  await recent.selectOption({ index: 2 });
  assert.equal(await rows.inputValue(), '20', 'an earlier conf can be taken again');
});

test('the graph has the edges of the DAG, follows a run, and can be walked by keyboard', async () => {
  const { page } = at;
  await at.trigger('shaped', 'drawn');
  await at.inState('shaped', 'drawn', 'middle.slow', 'running');
  await at.signedIn('/dags/shaped/runs/drawn?tab=graph&open=*');
  const node = (id) => page.locator(`[data-node="${id}"]`);
  await node('middle.slow').waitFor();
  const laidOut = await page.evaluate(() => fetch('ui/api/graph/shaped?open=*').then((answer) => answer.json()));
  const drawn = laidOut.edges.map(({ from, to }) => `${from} > ${to}`).sort();
  const { tasks } = await at.server.api('/dags/shaped/tasks');
  const wanted = tasks.flatMap((task) => task.downstream_task_ids.map((to) => `${task.task_id} > ${to}`)).sort();
  assert.deepEqual(drawn, wanted);
  assert.equal(await page.locator('path[marker-end]').count(), wanted.length);
  assert.equal(await node('middle.slow').getAttribute('data-s'), 'running');
  assert.equal(await node('end').getAttribute('data-s'), 'none');
  writeFileSync(join(at.server.home, 'go'), '');
  await until('the end is coloured', async () => ((await node('end').getAttribute('data-s')) === 'success' ? true : undefined));
  assert.equal(await at.ended('shaped', 'drawn'), 'success');

  await page.getByRole('button', { name: 'Outline' }).click();
  const tree = page.getByRole('tree', { name: 'Tasks' });
  await tree.getByRole('treeitem').first().focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\/drawn\/tasks\/end/);
  await page.goBack();
  await page.getByRole('button', { name: 'Graph', exact: true }).click();
  await node('begin').click();
  await page.waitForURL(/\/runs\/drawn\/tasks\/begin/);
});

test('the Gantt chart grows while a task runs, and says the times of the database', async () => {
  const { page } = at;
  const label = 'Gantt chart; the table has the same';
  await at.trigger('retried', 'charted');
  await at.inState('retried', 'charted', 'stubborn', 'up_for_retry');
  await at.signedIn('/dags/retried/runs/charted?tab=gantt');
  const bars = page.getByRole('region', { name: label }).locator('[data-part=run]');
  await until('the first try is drawn', async () => ((await bars.count()) >= 1 ? true : undefined));
  await until('all tries are drawn', async () => ((await bars.count()) === 3 ? true : undefined));
  assert.equal(await at.ended('retried', 'charted'), 'success');
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  const row = page.getByRole('row').filter({ hasText: 'stubborn' });
  const tries = page.getByRole('cell', { name: '3', exact: true });
  await tries.waitFor();
  await row.getByText('success').waitFor();
  const { tries: said } = await page
    .evaluate(() => fetch('ui/api/gantt/retried/charted').then((answer) => answer.json()))
    .then(({ rows }) => rows[0]);
  const [[, end]] = at.server.sql("SELECT start_date, end_date FROM task_instance WHERE run_id = 'charted'");
  assert.equal(said.length, 3);
  assert.ok(Math.abs(Date.parse(said[2].end) - end / 1000) < 1_000);
});

test('a failed task says its exception, and its log opens at it', async () => {
  const { page } = at;
  await at.trigger('repaired', 'seen');
  assert.equal(await at.ended('repaired', 'seen'), 'failed');
  await at.signedIn('/dags/repaired/runs/seen');
  const panel = page.getByRole('region', { name: 'Failure' });
  await panel.getByText('ValueError: the pump is broken').waitFor();
  await panel.getByRole('link', { name: 'pump' }).waitFor();
  await panel.getByText(/1 upstream failed/).waitFor();
  await panel.getByRole('link', { name: 'Log at error' }).click();
  const log = page.getByRole('log');
  await log.getByText('ValueError: the pump is broken').first().waitFor();
  assert.ok(await log.getByText('ValueError: the pump is broken').first().isVisible());
  assert.match(at.log('repaired', 'seen', 'pump'), /ValueError: the pump is broken/);
});

test('what the dry run lists is what is cleared, and the run goes on with a try of its own log', async () => {
  const { page } = at;
  await at.trigger('repaired', 'cleared');
  assert.equal(await at.ended('repaired', 'cleared'), 'failed');
  await at.signedIn('/dags/repaired/runs/cleared/tasks/pump');
  writeFileSync(join(at.server.home, 'mended'), '');
  await page.getByRole('button', { name: 'Clear' }).click();
  const dialog = page.getByRole('dialog', { name: 'Clear pump' });
  const listed = dialog.getByRole('region', { name: 'Affected task instances' }).getByRole('listitem');
  await listed.first().waitFor();
  const names = (await listed.locator('span').first().allTextContents()).concat(
    await listed.nth(1).locator('span').first().allTextContents(),
  );
  assert.deepEqual(names.sort(), ['after', 'pump']);
  const before = at.server.sql("SELECT task_id, try_number FROM task_instance WHERE run_id = 'cleared' ORDER BY task_id");
  await dialog.getByRole('button', { name: 'Clear', exact: true }).click();
  assert.equal(
    await until('it has run again', async () => {
      const { state, try_number } = await at.task('repaired', 'cleared', 'pump');
      return state === 'success' && try_number === 2 ? 'success' : undefined;
    }),
    'success',
  );
  assert.equal(await at.ended('repaired', 'cleared'), 'success');
  const after = at.server.sql("SELECT task_id, try_number FROM task_instance WHERE run_id = 'cleared' ORDER BY task_id");
  assert.deepEqual(before, [
    ['after', 0],
    ['before', 1],
    ['pump', 1],
  ]);
  assert.deepEqual(after, [
    ['after', 1],
    ['before', 1],
    ['pump', 2],
  ]);
  for (const attempt of [1, 2]) assert.ok(existsSync(at.server.logFile('repaired', 'cleared', 'pump', attempt)));
  await page.getByRole('navigation', { name: 'Tries' }).getByRole('link', { name: 'try 1' }).click();
  await page.getByRole('log').getByText('ValueError: the pump is broken').first().waitFor();
});

test('a mark follows the scope, trigger rules hold, and the audit names who did it', async () => {
  const { page } = at;
  await at.trigger('ruled', 'marked');
  await at.inState('ruled', 'marked', 'gate', 'running');
  await at.signedIn('/dags/ruled/runs/marked/tasks/gate');
  await page.getByRole('button', { name: 'Mark as' }).click();
  await page.getByRole('menuitem', { name: 'Failed' }).click();
  const dialog = page.getByRole('dialog', { name: 'Mark gate as failed' });
  await dialog.getByText(/1 task instance will be affected/).waitFor();
  await dialog.getByRole('button', { name: 'Mark failed' }).click();
  assert.equal(await at.ended('ruled', 'marked'), 'success', 'the last task runs whatever happened before it');
  assert.deepEqual(at.server.sql("SELECT task_id, state FROM task_instance WHERE run_id = 'marked' ORDER BY task_id"), [
    ['always', 'success'],
    ['gate', 'failed'],
    ['needs', 'upstream_failed'],
  ]);
  await at.go('/dags/ruled/events');
  const row = page.getByRole('row').filter({ hasText: 'marked' }).filter({ hasText: 'gate' });
  await row.first().waitFor();
  assert.match(await row.first().textContent(), /admin/);
});

test('what is killed is gone, with the processes it began', async () => {
  const { page } = at;
  await at.trigger('endless', 'killed');
  await at.inState('endless', 'killed', 'sleeper', 'running');
  const child = await until('the child is named', () =>
    existsSync(at.server.logFile('endless', 'killed', 'sleeper'))
      ? /child is (\d+)/.exec(at.log('endless', 'killed', 'sleeper'))?.[1]
      : undefined,
  );
  await at.signedIn('/dags/endless/runs/killed/tasks/sleeper');
  await page.getByRole('button', { name: 'Kill' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Kill' }).click();
  await page.getByRole('heading', { level: 1 }).getByText('failed').waitFor();
  await until('the process is gone', () => (existsSync(`/proc/${child}`) ? undefined : true));
  const { state } = await at.task('endless', 'killed', 'sleeper');
  assert.equal(state, 'failed');
  assert.equal(await at.ended('endless', 'killed'), 'failed');
});

test('a task that is retried shows when it goes on, and a log for each try', async () => {
  const { page } = at;
  await at.trigger('retried', 'tries');
  await at.inState('retried', 'tries', 'stubborn', 'up_for_retry');
  await at.signedIn('/dags/retried/runs/tries/tasks/stubborn');
  await page.getByRole('region', { name: 'Why it waits' }).waitFor();
  assert.equal(await at.ended('retried', 'tries'), 'success');
  const tries = page.getByRole('navigation', { name: 'Tries' }).getByRole('link');
  await until('three tries are shown', async () => ((await tries.count()) === 3 ? true : undefined));
  for (const attempt of [1, 2, 3]) {
    await tries.nth(attempt - 1).click();
    await page.getByRole('log').getByText(`attempt ${attempt}`, { exact: true }).waitFor();
    assert.match(at.log('retried', 'tries', 'stubborn', attempt), new RegExp(`attempt ${attempt}\\b`));
  }
});
