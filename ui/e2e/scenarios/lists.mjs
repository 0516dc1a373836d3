// The list of DAGs, and what goes on while it is open.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FLOW, REPAIRED, TIMED, WRONG, ZONED } from '../dags.mjs';
import { until } from '../server.mjs';
import { stage } from '../stage.mjs';

const at = stage({ files: { 'flow.py': FLOW, 'repaired.py': REPAIRED, 'zoned.py': ZONED, 'timed.py': TIMED, 'wrong.py': WRONG }, dags: 4 });

test('the list says what the server knows, and its filters survive', async () => {
  const { page } = at;
  await at.signedIn('/dags');
  const dag = await until('its next run is known', async () => {
    const found = await at.server.api('/dags/timed');
    return found.next_dagrun_create_after ? found : undefined;
  });
  await page.reload();
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'timed', exact: true }) });
  await row.waitFor();
  const told = await row.textContent();
  assert.match(told, /Every 6 hours/i);
  assert.match(told, /0 \*\/6 \* \* \*/);
  assert.match(told, /data-team/);
  for (const { name } of dag.tags) await row.getByRole('link', { name, exact: true }).waitFor();
  assert.equal(dag.tags.length, 3);
  const next = await row.locator('time').last().getAttribute('datetime');
  assert.equal(Date.parse(next), Date.parse(dag.next_dagrun_create_after));

  await page.getByRole('searchbox', { name: 'Find a DAG' }).fill('time');
  await page.waitForURL(/q=time/);
  await page.getByRole('button', { name: 'Tags' }).click();
  await page.getByRole('menuitem', { name: 'sync' }).click();
  await page.waitForURL(/tag=sync/);
  const shown = async () => {
    await page.getByText('1 DAG', { exact: true }).waitFor();
    return page.getByRole('searchbox', { name: 'Find a DAG' }).inputValue();
  };
  assert.equal(await shown(), 'time');
  await page.reload();
  assert.equal(await shown(), 'time', 'after a reload');
  await page.getByRole('navigation', { name: 'Main' }).first().getByRole('link', { name: 'Runs', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  await page.getByRole('navigation', { name: 'Main' }).first().getByRole('link', { name: 'DAGs', exact: true }).click();
  assert.equal(await shown(), 'time', 'after another page');
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.getByText('4 DAGs', { exact: true }).waitFor();
});

test('a DAG of which any run failed is found, whatever its last run did', async () => {
  const { page } = at;
  await at.trigger('repaired', 'bad');
  assert.equal(await at.ended('repaired', 'bad'), 'failed');
  writeFileSync(join(at.server.home, 'mended'), '');
  await at.trigger('repaired', 'good');
  assert.equal(await at.ended('repaired', 'good'), 'success');
  await at.signedIn('/dags?state=failed');
  await page.getByRole('link', { name: 'repaired', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Last run failed' }).click();
  await page.getByText('No DAG matches').waitFor();
});

test('pausing is seen by the database and in another tab, and nothing is scheduled meanwhile', async () => {
  const { page } = at;
  await at.signedIn('/dags');
  const other = await at.newPage();
  await at.go('/dags', other);
  const box = (page) => page.getByRole('switch', { name: 'flow is active' });
  await box(other).waitFor();
  for (const active of [false, true]) {
    await box(page).click();
    await until('the database knows', () => {
      const [[paused]] = at.server.sql('SELECT is_paused FROM dag WHERE dag_id = ?', 'flow');
      return paused === Number(!active) || undefined;
    });
    await until('the other tab shows it', async () => (await box(other).isChecked()) === active || undefined);
  }
  const [[scheduled]] = at.server.sql("SELECT COUNT(*) FROM dag_run WHERE dag_id = 'flow' AND run_type = 'scheduled'");
  assert.equal(scheduled, 0);
});

test('a run triggered in the list goes on live, and ends as the database says', async () => {
  const { page } = at;
  await at.signedIn('/dags');
  await page.getByRole('button', { name: 'Trigger flow' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/greeting/).fill('good <b>evening</b>');
  await dialog.getByRole('button', { name: /^Trigger/ }).click();
  await page.waitForURL(/\/dags\/flow\/runs\//);
  const run = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1));
  const table = page.getByRole('table', { name: 'Task instances' });
  await until('every task is shown as done', async () => {
    const shown = await table.getByText('success', { exact: true }).count();
    return shown === 3 || undefined;
  });
  assert.equal(await at.ended('flow', run), 'success');
  const rows = at.server.sql('SELECT task_id, state, start_date, end_date FROM task_instance WHERE run_id = ? ORDER BY start_date', run);
  assert.deepEqual(
    rows.map(([task, state]) => [task, state]),
    [
      ['first', 'success'],
      ['second', 'success'],
      ['third', 'success'],
    ],
  );
  assert.ok(rows[0][3] <= rows[1][2] && rows[1][3] <= rows[2][2], 'each began after the one before it');
  const { conf } = await at.server.api(`/dags/flow/dagRuns/${encodeURIComponent(run)}`);
  assert.deepEqual(conf, { greeting: 'good <b>evening</b>' });
  assert.match(at.log('flow', run, 'first'), /conf is {'greeting': 'good <b>evening<\/b>'}/);
});

test('a file that cannot be read is named with its line, until it is mended', async () => {
  const { page } = at;
  const file = join(at.server.home, 'dags', 'later.py');
  await at.signedIn('/dags');
  await page.getByRole('link', { name: '1 import error' }).click();
  await page.getByRole('heading', { name: /wrong\.py:1/ }).waitFor();
  await page
    .getByText(/no_such_module/)
    .first()
    .waitFor();
  writeFileSync(file, 'import os\n\n1 / 0  # airflow dag\n');
  await page.getByRole('heading', { name: /later\.py:3/ }).waitFor();
  await page
    .getByText(/ZeroDivisionError/)
    .first()
    .waitFor();
  const { import_errors } = await at.server.api('/importErrors');
  assert.equal(import_errors.length, 2);
  rmSync(file);
  await page.getByRole('heading', { name: /later\.py/ }).waitFor({ state: 'detached' });
  assert.equal((await at.server.api('/importErrors')).total_entries, 1);
});

test('times agree in every zone, also in the night in which the clocks change', async () => {
  const { page } = at;
  await until('its runs are there', async () => {
    const { dag_runs } = await at.server.api('/dags/zoned/dagRuns?state=success');
    return dag_runs.length === 4 || undefined;
  });
  const runs = at.server.sql("SELECT run_id, run_after FROM dag_run WHERE dag_id = 'zoned' ORDER BY run_after");
  await at.signedIn('/dags/zoned/runs');
  for (const zone of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
    await at.go('/settings');
    await page.getByLabel('Time zone', { exact: true }).selectOption(zone);
    await at.go('/dags/zoned/runs');
    for (const [run, after] of runs) {
      const row = page.getByRole('row').filter({ hasText: run });
      const when = row.locator('time').first();
      await when.waitFor();
      const instant = new Date(after / 1000);
      assert.equal(Date.parse(await when.getAttribute('datetime')), instant.getTime());
      const wall = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(
        instant,
      );
      assert.ok((await row.textContent()).includes(wall), `${run} at ${wall} in ${zone}: ${await row.textContent()}`);
      if (zone === 'America/New_York') assert.equal(wall, '06:30', 'the schedule keeps to the clock on the wall');
      await row.getByRole('link', { name: run }).waitFor();
    }
  }
});

test('ten tabs are told by one stream', async () => {
  await at.signedIn('/dags/flow/runs');
  const tabs = [at.page];
  for (let tab = 1; tab < 10; tab++) {
    const page = await at.newPage();
    await at.go('/dags/flow/runs', page);
    tabs.push(page);
  }
  await at.trigger('flow', 'seen_by_all');
  for (const page of tabs) await page.getByRole('link', { name: 'seen_by_all' }).waitFor();
  assert.equal(await at.ended('flow', 'seen_by_all'), 'success');
  const last = tabs.at(-1);
  const begun = Date.now();
  await last.getByRole('link', { name: 'seen_by_all' }).click();
  await last.getByRole('heading', { level: 1, name: /seen_by_all/ }).waitFor();
  assert.ok(Date.now() - begun < 5_000, 'the tenth tab is not kept waiting');

  // The first tab has the stream. When it is closed another takes it up, and no tab misses what happens meanwhile.
  await tabs[0].close();
  await at.trigger('flow', 'seen_by_the_others');
  for (const page of tabs.slice(1, -1)) await page.getByRole('link', { name: 'seen_by_the_others' }).waitFor();
});
