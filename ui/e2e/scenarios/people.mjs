// Who signs in, who is signed out, and what happens to what they typed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLOW } from '../dags.mjs';
import { stage } from '../stage.mjs';

const at = stage({ files: { 'flow.py': FLOW }, dags: 1 });

test('who gives a wrong password is told, and who logs out is out', async () => {
  const { page } = at;
  await at.signIn('/dags/flow?view=graph', 'wrong');
  await page.getByRole('alert').waitFor();
  assert.deepEqual(await at.context.cookies(), []);
  // The browser itself says that a request was refused.
  at.allow(/401/);

  await at.signedIn('/dags/flow?view=graph');
  const { pathname, search } = new URL(page.url());
  assert.deepEqual([pathname, search], ['/dags/flow', '?view=graph'], 'the address is that which was asked for');
  const [cookie] = await at.context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite], ['updraft_session', true, 'Lax']);
  const replay = () => fetch(`${at.server.url}/ui/api/me`, { headers: { cookie: `${cookie.name}=${cookie.value}` } });
  assert.equal((await replay()).status, 200);
  await page.getByRole('button', { name: 'Signed in as admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('User name').waitFor();
  assert.equal((await replay()).status, 401);
  at.allow(/401/);
});

test('a session that ends in the middle of a form loses nothing that was typed', async () => {
  const { page } = at;
  await at.signedIn('/variables');
  await page.getByRole('button', { name: 'New variable' }).first().click();
  const sheet = page.getByRole('dialog', { name: 'New variable' });
  await sheet.getByLabel('Key').fill('typed_before');
  await sheet.getByLabel('Value').fill('a long text that nobody wants to type again');
  at.server.sql('DELETE FROM session');
  await sheet.getByRole('button', { name: 'Create' }).click();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByLabel('Password').fill('admin');
  await again.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Saved typed_before.').first().waitFor();
  const { value } = await at.server.api('/variables/typed_before');
  assert.equal(value, 'a long text that nobody wants to type again');
  at.allow(/401/);
});

test('of two people who change one variable the second is told', async () => {
  await at.server.api('/variables', { method: 'POST', body: { key: 'shared', value: 'begin' } });
  const other = await at.newContext();
  try {
    const pages = [at.page, await at.newPage(other)];
    for (const page of pages) {
      await at.signedIn('/variables?edit=shared', page);
      await page.getByRole('dialog').getByLabel('Value').waitFor();
    }
    const [mine, theirs] = pages.map((page) => page.getByRole('dialog', { name: 'shared' }));
    await theirs.getByLabel('Value').fill('theirs');
    await theirs.getByRole('button', { name: 'Save' }).click();
    await theirs.waitFor({ state: 'detached' });
    await mine.getByLabel('Value').fill('mine');
    await mine.getByRole('button', { name: 'Save', exact: true }).click();
    const told = mine.getByRole('alert').filter({ hasText: 'Somebody changed this' });
    await told.waitFor();
    assert.match(await told.textContent(), /value.*begin.*theirs.*mine/);
    assert.equal((await at.server.api('/variables/shared')).value, 'theirs', 'nothing was overwritten');
    await mine.getByRole('button', { name: 'Save mine over theirs' }).click();
    await mine.waitFor({ state: 'detached' });
    assert.equal((await at.server.api('/variables/shared')).value, 'mine');
  } finally {
    await other.close();
  }
});

test('who only looks is not offered what is refused', async () => {
  await at.server.api('/users', {
    method: 'POST',
    body: { username: 'viewer', password: 'viewer', first_name: 'V', last_name: 'V', email: 'v@example.org', roles: [{ name: 'Viewer' }] },
  });
  const { page } = at;
  await page.goto(`${at.server.url}/dags`);
  await page.getByLabel('User name').fill('viewer');
  await page.getByLabel('Password').fill('viewer');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('switch', { name: 'flow is active' }).waitFor();
  at.allow(/401/);
  assert.equal(await page.getByRole('switch', { name: 'flow is active' }).isDisabled(), true);
  assert.equal(await page.getByRole('button', { name: 'Trigger flow' }).isDisabled(), true);
  const me = await page.evaluate(() => fetch('ui/api/me').then((answer) => answer.json()));
  const rail = page.getByRole('navigation', { name: 'Main' }).first();
  for (const [resource, label] of [
    ['Variables', 'Variables'],
    ['Connections', 'Connections'],
    ['List Users', 'Users'],
    ['DAG Runs', 'Runs'],
  ]) {
    const shown = await rail.getByRole('link', { name: label, exact: true }).count();
    assert.equal(shown > 0, me.can.menu.includes(resource), label);
  }
  const refused = await page.evaluate(async (token) => {
    const answer = await fetch('api/v2/dags/flow', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'x-csrf-token': token },
      body: '{"is_paused": true}',
    });
    return answer.status;
  }, me.csrf_token);
  assert.equal(refused, 403);
  at.allow(/403/);
  assert.equal((await at.server.api('/dags/flow')).is_paused, false);
});
