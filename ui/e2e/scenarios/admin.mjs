// Variables, connections and plugin views.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { FLOW, READER } from '../dags.mjs';
import { stage } from '../stage.mjs';

const at = stage({
  files: { 'flow.py': FLOW, 'reader.py': READER },
  dags: 2,
  settings: { AIRFLOW__CORE__TEST_CONNECTION: 'Enabled', AIRFLOW__CORE__FERNET_KEY: `${'A'.repeat(42)}E=` },
});

const variable = (key) => at.server.api(`/variables/${key}`, { mayFail: true });

test('a variable is made, read by a task, changed, exported, imported and deleted', async () => {
  const { page } = at;
  await at.signedIn('/variables');
  await page.getByRole('button', { name: 'New variable' }).first().click();
  const made = page.getByRole('dialog', { name: 'New variable' });
  await made.getByLabel('Key').fill('colour');
  await made.getByLabel('Value').fill('green');
  await made.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('cell', { name: 'green' }).waitFor();
  assert.equal((await variable('colour')).value, 'green');

  await page.getByRole('button', { name: 'colour' }).click();
  const opened = page.getByRole('dialog', { name: 'colour' });
  await opened.getByLabel('Value').fill('blue');
  await opened.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('cell', { name: 'blue' }).waitFor();
  await at.trigger('reader', 'reads');
  assert.equal(await at.ended('reader', 'reads'), 'success');
  assert.match(at.log('reader', 'reads', 'says'), /colour is blue/);

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).first().click()]);
  const file = JSON.parse(readFileSync(await download.path(), 'utf8'));
  assert.equal(file.colour, 'blue');

  await page.getByRole('button', { name: 'Import' }).click();
  const importing = page.getByRole('dialog', { name: 'Import variables' });
  await importing.getByLabel('Or its text').fill('{"colour": "red", "limit": {"value": "5", "description": "per hour"}}');
  await importing.getByText('1 in the way').waitFor();
  await importing.getByRole('button', { name: 'Keep it' }).click();
  await importing.getByText('stays as it is').waitFor();
  await importing.getByRole('button', { name: 'Import 1 variable' }).click();
  await page.getByRole('cell', { name: 'per hour' }).waitFor();
  assert.equal((await variable('colour')).value, 'blue', 'what exists stays');
  assert.equal((await variable('limit')).value, '5');

  for (const key of ['colour', 'limit']) await page.getByRole('checkbox', { name: `Select ${key}` }).check();
  await page.getByRole('region', { name: 'Chosen' }).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No variables yet').waitFor();
  assert.equal((await variable('colour')).status, 404);
});

test('a secret never comes back: not to the page, the network or the log', async () => {
  const { page } = at;
  const bodies = [];
  page.on('response', async (answer) => bodies.push(await answer.text().catch(() => '')));
  await at.signedIn('/variables?new=1');
  const made = page.getByRole('dialog', { name: 'New variable' });
  await made.getByLabel('Key').fill('api_password');
  await made.getByLabel('Value').fill('hush-hush-1');
  await made.getByRole('button', { name: 'Create' }).click();
  await page.getByText('api_password', { exact: true }).waitFor();
  await page.reload();
  await page.getByText('api_password', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'api_password' }).click();
  await page.getByText('It is secret and is not shown.').waitFor();
  assert.ok(!(await page.content()).includes('hush-hush-1'));
  assert.ok(!bodies.join('').includes('hush-hush-1'));
  assert.ok(!at.server.told().includes('hush-hush-1'));
  const [[stored]] = at.server.sql('SELECT value FROM variable WHERE key = ?', 'api_password');
  assert.ok(!String(stored).includes('hush-hush-1'), 'the database has it encrypted');
  await at.server.api('/variables/api_password', { method: 'DELETE' });
});

test('a connection is tested against a real service, which then stops', async () => {
  const { page } = at;
  const service = createServer((_, answer) => answer.end('ok'));
  // A test that fails must not keep the process.
  service.unref();
  await new Promise((done) => service.listen(0, '127.0.0.1', done));
  const { port } = service.address();
  await at.signedIn('/connections?new=1');
  const form = page.getByRole('dialog');
  await form.getByLabel('Connection id').fill('ml_service');
  await form.getByLabel('Type').fill('http');
  await form.getByLabel('Host').fill('127.0.0.1');
  await form.getByLabel('Port').fill(String(port));
  await form.getByLabel('Login').fill('robot');
  await form.getByLabel('Password').fill('hush-hush-2');
  await form.getByRole('button', { name: 'Create' }).click();
  await page.getByText('ml_service', { exact: true }).first().waitFor();
  const stored = await at.server.api('/connections/ml_service');
  assert.deepEqual([stored.conn_type, stored.host, stored.port, stored.login], ['http', '127.0.0.1', port, 'robot']);

  await page.getByRole('button', { name: 'ml_service', exact: true }).click();
  const opened = page.getByRole('dialog', { name: 'ml_service' });
  await opened.getByText('Set, and not shown.').waitFor();
  assert.ok(!(await page.content()).includes('hush-hush-2'));
  assert.equal(await opened.getByRole('button', { name: 'Test', exact: true }).isDisabled(), true, 'a stored secret goes nowhere');
  await opened.getByRole('button', { name: 'Replace', exact: true }).click();
  await opened.getByLabel('Password').fill('hush-hush-2');
  await opened.getByRole('button', { name: 'Test', exact: true }).click();
  await opened
    .getByRole('status')
    .getByText(/^\d+ ms$/)
    .waitFor();
  const good = await opened.getByRole('status').textContent();
  service.closeAllConnections();
  await new Promise((done) => service.close(done));
  await opened.getByRole('button', { name: 'Test', exact: true }).click();
  const said = opened.getByRole('status').getByText(/refused/i);
  await said.waitFor();
  assert.notEqual(await said.textContent(), good);

  await page.goto(`${at.server.url}/connections?new=1`);
  await form.getByLabel('Connection id').fill('warehouse');
  await form.getByLabel('Type').fill('postgres');
  await form.getByLabel('Host').fill('127.0.0.1');
  await form.getByLabel('Port').fill('9');
  await form.getByRole('button', { name: 'Test', exact: true }).click();
  await form
    .getByRole('status')
    .getByText(/refused|connect|no answer/i)
    .first()
    .waitFor();
});
