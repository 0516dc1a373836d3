// The server goes away, and comes back.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FLOW, SHAPED } from '../dags.mjs';
import { stage } from '../stage.mjs';

const at = stage({ files: { 'flow.py': FLOW, 'shaped.py': SHAPED }, dags: 2 });
const GONE = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_NETWORK/;

test('a server that is killed is missed, and the run goes on where it was', async () => {
  const { page } = at;
  await at.trigger('shaped', 'torn');
  await at.inState('shaped', 'torn', 'middle.slow', 'running');
  await at.signedIn('/dags/shaped/runs/torn');
  const table = page.getByRole('table', { name: 'Task instances' });
  await table.getByText('running', { exact: true }).first().waitFor();
  await at.server.kill();
  await page.getByRole('button', { name: /Live updates: (Connecting|Every 3 s)/ }).waitFor();
  await page.getByText(/The server has not answered since/).waitFor();
  await table.getByText('running', { exact: true }).first().waitFor();
  writeFileSync(join(at.server.home, 'go'), '');
  await at.server.revive();
  await page.getByRole('button', { name: 'Live updates: Live' }).waitFor();
  await page.getByText(/The server has not answered since/).waitFor({ state: 'detached' });
  assert.equal(await at.ended('shaped', 'torn'), 'success');
  await page.getByRole('heading', { level: 1 }).getByText('success').waitFor();
  const rows = at.server.sql("SELECT task_id, state FROM task_instance WHERE run_id = 'torn' ORDER BY task_id");
  assert.deepEqual(
    rows.map(([task, state]) => `${task} ${state}`),
    ['begin success', 'end success', 'middle.quick success', 'middle.slow success'],
  );
  assert.equal(await table.getByText('success', { exact: true }).count(), 4, 'nothing is lost and nothing is twice');
  at.allow(GONE);
});

test('a form that is sent to a server that is gone says so and keeps what was typed', async () => {
  const { page } = at;
  await at.signedIn('/variables?new=1');
  const form = page.getByRole('dialog', { name: 'New variable' });
  await form.getByLabel('Key').fill('kept');
  await form.getByLabel('Value').fill('still here');
  await at.server.kill();
  await form.getByRole('button', { name: 'Create' }).click();
  await form
    .getByRole('alert')
    .getByText(/does not answer/)
    .waitFor();
  assert.equal(await form.getByLabel('Value').inputValue(), 'still here');
  await at.server.revive();
  await form.getByRole('button', { name: 'Create' }).click();
  await form.waitFor({ state: 'detached' });
  assert.equal((await at.server.api('/variables/kept')).value, 'still here');
  at.allow(GONE);
});
