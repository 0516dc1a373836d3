// Very many runs and tasks, none at all, and names that break layouts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONG, many, NAMED } from '../dags.mjs';
import { filledState, fillRuns } from '../fill.mjs';
import { until } from '../server.mjs';
import { stage } from '../stage.mjs';

const at = stage({ files: { 'named.py': NAMED, 'wide.py': many('wide', 500), 'vast.py': many('vast', 10_000) }, dags: 5 });
const LETTERS = { success: 4, failed: 5, skipped: 6, upstream_failed: 7, up_for_retry: 8, removed: 11 };

test('a grid of a hundred runs and five hundred tasks shows what the database holds', async () => {
  const { page } = at;
  const { tasks } = await at.server.api('/dags/wide/tasks');
  const names = tasks.map((task) => task.task_id).sort();
  fillRuns(at.server, 'wide', names, 100);
  await at.signedIn('/dags/wide?runs=100');
  const grid = page.getByRole('treegrid', { name: 'Runs of wide against its tasks' });
  await grid.waitFor();
  assert.ok((await page.locator('*').count()) <= 6_000, 'only what is in sight is drawn');
  const told = await page.evaluate(() => fetch('ui/api/grid/wide?n=100').then((answer) => answer.json()));
  const cells = Buffer.from(told.cells, 'base64');
  assert.equal(told.runs.length, 100);
  const rows = at.server.sql("SELECT run_id, task_id, state FROM task_instance WHERE dag_id = 'wide'");
  const stored = new Map(rows.map(([run, task, state]) => [`${run} ${task}`, state]));
  for (let sample = 0; sample < 50; sample++) {
    const column = (sample * 37) % 100;
    const row = (sample * 61) % 500;
    const index = told.tasks.findIndex((task) => task.id === names[row]);
    const run = Number(told.runs[column].run_id.slice(7));
    const state = stored.get(`${told.runs[column].run_id} ${names[row]}`);
    assert.equal(state, filledState(row, run));
    assert.equal(cells[index * 100 + column] & 15, LETTERS[state], `${names[row]} of ${told.runs[column].run_id}`);
  }

  // Three tasks of four runs are chosen with the keyboard, and cleared.
  await grid.focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowDown');
  if (await grid.locator('[aria-expanded=false]').count()) await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  for (let step = 0; step < 2; step++) await page.keyboard.press('Shift+ArrowDown');
  for (let step = 0; step < 3; step++) await page.keyboard.press('Shift+ArrowRight');
  const bar = page.getByRole('region', { name: 'Chosen' });
  await bar.getByText('12 task instances chosen').waitFor();
  await bar.getByRole('button', { name: 'Clear' }).click();
  const dialog = page.getByRole('dialog', { name: 'Clear 12 task instances' });
  await dialog.getByRole('checkbox', { name: 'Downstream tasks' }).uncheck();
  await dialog.getByText(/12 task instances of 4 runs/).waitFor();
  const cleared = (where) => at.server.sql(`SELECT COUNT(*) FROM task_instance WHERE dag_id = 'wide' AND ${where}`)[0][0];
  const [[events]] = at.server.sql("SELECT COUNT(*) FROM event_log WHERE dag_id = 'wide'");
  await dialog.getByRole('button', { name: 'Clear', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await until('they have run again', () => (cleared('start_date > 1700000000000000 OR try_number > 1') >= 12 ? true : undefined));
  const [[after]] = at.server.sql("SELECT COUNT(*) FROM event_log WHERE dag_id = 'wide'");
  assert.ok(after > events, 'the audit says it');
});

test('a DAG of ten thousand tasks opens as grid and as graph', async () => {
  const { page } = at;
  await at.signedIn('/dags/vast');
  await page.getByRole('treegrid', { name: 'Runs of vast against its tasks' }).waitFor();
  assert.ok((await page.locator('*').count()) <= 6_000);
  await at.go('/dags/vast?view=graph');
  await page.locator('[data-node]').first().waitFor();
  await at.go('/dags/vast/tasks');
  await page.getByRole('table').waitFor();
  assert.ok((await page.locator('*').count()) <= 6_000);
});

test('a DAG without tasks and one without runs say so', async () => {
  const { page } = at;
  await at.signedIn('/dags/empty');
  await page.getByText('This DAG has no tasks').waitFor();
  for (const path of [
    '/dags/empty?view=graph',
    '/dags/empty/tasks',
    '/dags/empty/runs',
    '/dags/empty/overview',
    '/dags/right_to_left/calendar',
  ]) {
    await at.go(path);
    await at.settled();
    assert.equal(await page.getByRole('alert').count(), 0, path);
  }
});

test('names with markup, from right to left and of 250 characters stay text and stay inside', async () => {
  const { page } = at;
  const long = `named.${'d'.repeat(200)}`;
  const run = 'r'.repeat(200);
  await at.trigger(long, run);
  await at.ended(long, run);
  let asked = false;
  page.on('dialog', (dialog) => {
    asked = true;
    return dialog.dismiss();
  });
  await at.signedIn('/dags');
  await page.getByText('<script>alert(1)</script>').first().waitFor();
  for (const width of [1440, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const path of [
      '/dags',
      `/dags/${long}`,
      `/dags/${long}?view=graph`,
      `/dags/${long}/details`,
      `/dags/${long}/tasks`,
      `/dags/${long}/runs`,
      `/dags/${long}/runs/${run}`,
      `/dags/${long}/runs/${run}/tasks/${LONG}`,
      `/dags/${long}/runs/${run}/tasks/${LONG}?tab=details`,
      '/runs',
      '/task-instances',
      '/dags/right_to_left',
    ]) {
      await at.go(path);
      await at.settled();
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(inner <= outer, `${path.slice(0, 60)} is ${inner} wide in ${outer}`);
      assert.equal(
        await page
          .locator('b, i, script')
          .filter({ hasText: /^(bold|tag|alert.*)$/ })
          .count(),
        0,
        path,
      );
    }
  }
  assert.equal(asked, false);
});
