// Addresses of Airflow 2 and 3.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLOW } from '../dags.mjs';
import { fillRuns } from '../fill.mjs';
import { stage } from '../stage.mjs';

const at = stage({ files: { 'flow.py': FLOW }, dags: 1 });

test('addresses of Airflow 2 and 3 lead to the same thing', async () => {
  const { page } = at;
  await at.trigger('flow', 'old');
  await at.ended('flow', 'old');
  const { logical_date } = await at.server.api('/dags/flow/dagRuns/old');
  const date = encodeURIComponent(logical_date);
  await at.signedIn('/home');
  const run = '/dags/flow/runs/old';
  const task = `${run}/tasks/second`;
  for (const [from, to, query = {}] of [
    ['/home', '/dags'],
    ['/home?status=failed', '/dags', { state: 'failed' }],
    ['/tree?dag_id=flow', '/dags/flow'],
    ['/graph?dag_id=flow', '/dags/flow', { view: 'graph' }],
    [`/graph?dag_id=flow&execution_date=${date}`, run],
    ['/dags/flow/grid', '/dags/flow'],
    ['/dags/flow/grid?dag_run_id=old', run],
    ['/dags/flow/grid?dag_run_id=old&task_id=second&tab=logs', task, { tab: 'log' }],
    ['/dags/flow/grid?dag_run_id=old&tab=gantt', run, { tab: 'gantt' }],
    ['/dags/flow/graph', '/dags/flow', { view: 'graph' }],
    ['/dags/flow/duration', '/dags/flow/overview'],
    [`/log?dag_id=flow&task_id=second&execution_date=${date}&try_number=1`, task],
    [`/rendered-templates?dag_id=flow&task_id=second&execution_date=${date}`, task, { tab: 'rendered' }],
    [`/xcom?dag_id=flow&task_id=second&execution_date=${date}`, task, { tab: 'xcom' }],
    [`/task?dag_id=flow&task_id=second&execution_date=${date}`, task, { tab: 'details' }],
    ['/dags/flow/runs/old/tasks/second/rendered_templates', task, { tab: 'rendered' }],
    ['/dagrun/list/?_flt_3_dag_id=flow', '/runs', { dag: 'flow' }],
    ['/taskinstance/list/?_flt_3_dag_id=flow&_flt_3_state=failed', '/task-instances', { dag: 'flow', state: 'failed' }],
    ['/variable/list/', '/variables'],
    ['/connection/list/', '/connections'],
    ['/pool/list/', '/pools'],
    ['/log/list/', '/audit'],
    ['/configuration', '/config'],
    ['/dag_runs', '/runs'],
    ['/assets', '/datasets'],
  ]) {
    await page.goto(at.server.url + from);
    await page.locator('h1').first().waitFor();
    const { pathname, searchParams } = new URL(page.url());
    assert.equal(pathname, to, from);
    for (const [name, value] of Object.entries(query)) assert.equal(searchParams.get(name), value, `${name} of ${from}`);
    assert.equal(await page.getByText('Nothing is here').count(), 0, from);
  }
});

test('an old link to trigger a DAG opens the form with its conf', async () => {
  const { page } = at;
  await at.signedIn('/dags');
  await page.goto(`${at.server.url}/trigger?dag_id=flow&conf=${encodeURIComponent('{"greeting": "from afar"}')}`);
  const dialog = page.getByRole('dialog', { name: 'Trigger a run' });
  await dialog.waitFor();
  assert.equal(await dialog.getByLabel('greeting').inputValue(), 'from afar');
});

test('a link to a run three hundred back shows it, and leads on to newer ones', async () => {
  const { page } = at;
  fillRuns(at.server, 'flow', ['first', 'second', 'third'], 320);
  await at.signedIn('/dags/flow/grid?dag_run_id=filled_019');
  await page.getByRole('heading', { level: 1, name: /filled_019/ }).waitFor();
  await at.go('/dags/flow?around=filled_019');
  const grid = page.getByRole('grid', { name: 'Runs of flow against its tasks' });
  const has = (label) => grid.getByRole('columnheader', { name: label }).first();
  await grid.waitFor();
  const shown = async () =>
    page.evaluate(async () => (await (await fetch('ui/api/grid/flow?n=25&around=filled_019')).json()).runs.map((run) => run.run_id));
  assert.ok((await shown()).includes('filled_019'));
  await has(/success/).waitFor();
  await page.getByRole('button', { name: 'Newer runs' }).click();
  await page.waitForURL((url) => /around=filled_0[2-4]/.test(url.search));
  await page.getByRole('button', { name: 'Newest' }).click();
  await page.waitForURL((url) => !url.search.includes('around'));
  await page.getByRole('button', { name: 'Newer runs', disabled: true }).waitFor();
});
