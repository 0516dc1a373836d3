// The interface in a real browser on a real server. Each test looks at the page and at something independent of it: the REST API or a file.
// CHROMIUM names the browser.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';
import { BROKEN, FLOW, WRONG } from './dags.mjs';
import { start, until } from './server.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--force-color-profile=srgb',
  '--font-render-hinting=none',
];

let server, browser, context, page, complaints;

before(async () => {
  server = await start({ 'flow.py': FLOW, 'repaired.py': BROKEN, 'wrong.py': WRONG });
  await until('the DAGs are known', async () => {
    const { total_entries } = await server.api('/dags');
    return total_entries === 2 || undefined;
  });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  complaints = [];
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: 'UTC', reducedMotion: 'reduce' });
  context.setDefaultTimeout(20_000);
  page = await newPage();
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, [], 'the console is silent');
});

async function newPage() {
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  return page;
}

async function signIn(path = '/dags', password = 'admin') {
  await page.goto(server.url + path);
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function signedIn(path = '/dags') {
  await signIn(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForURL((url) => !url.pathname.endsWith('/login'));
}

async function trigger(dag, run, conf = {}) {
  await server.api(`/dags/${dag}/dagRuns`, { method: 'POST', body: { dag_run_id: run, conf } });
}

async function ended(dag, run) {
  return until(`${dag} ${run} ends`, async () => {
    const { state } = await server.api(`/dags/${dag}/dagRuns/${run}`);
    return ['success', 'failed'].includes(state) ? state : undefined;
  });
}

test('who gives a wrong password is told, and who logs out is out', async () => {
  await signIn('/dags/flow?view=graph', 'wrong');
  await page.getByRole('alert').waitFor();
  assert.deepEqual(await context.cookies(), []);
  // The browser itself says that a request was refused.
  complaints = complaints.filter((said) => !said.includes('401'));

  await signedIn('/dags/flow?view=graph');
  complaints = complaints.filter((said) => !said.includes('401'));
  const { pathname, search } = new URL(page.url());
  assert.deepEqual([pathname, search], ['/dags/flow', '?view=graph'], 'the address is that which was asked for');
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite], ['updraft_session', true, 'Lax']);
  const replay = () => fetch(`${server.url}/ui/api/me`, { headers: { cookie: `${cookie.name}=${cookie.value}` } });
  assert.equal((await replay()).status, 200);
  await page
    .getByRole('button', { name: /account|admin|user/i })
    .first()
    .click();
  await page.getByRole('menuitem', { name: /log out|sign out/i }).click();
  await page.getByLabel('User name').waitFor();
  assert.equal((await replay()).status, 401);
  complaints = complaints.filter((said) => !said.includes('401'));
});

test('pausing is seen by the API and in another tab', async () => {
  await signedIn('/dags');
  complaints = [];
  const other = await newPage();
  await other.goto(`${server.url}/dags`);
  const box = (page) => page.getByRole('switch', { name: 'flow is active' });
  await box(other).waitFor();
  for (const active of [false, true]) {
    await box(page).click();
    await until('the database knows', async () => {
      const { is_paused } = await server.api('/dags/flow');
      return is_paused === !active || undefined;
    });
    await until('the other tab shows it', async () => (await box(other).isChecked()) === active || undefined);
  }
});

test('a run that the form triggers goes on live, and its conf is what was typed', async () => {
  await signedIn('/dags');
  complaints = [];
  await page.getByRole('button', { name: 'Trigger flow' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/greeting/).fill('good <b>evening</b>');
  await dialog.getByRole('button', { name: /^Trigger/ }).click();
  await page.waitForURL(/\/dags\/flow\/runs\//);
  const run = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1));
  assert.equal(await ended('flow', run), 'success');
  await page.getByText('success').first().waitFor();
  const { task_instances } = await server.api(`/dags/flow/dagRuns/${encodeURIComponent(run)}/taskInstances`);
  assert.deepEqual(
    task_instances.map(({ state }) => state),
    ['success', 'success', 'success'],
  );
  const { conf } = await server.api(`/dags/flow/dagRuns/${encodeURIComponent(run)}`);
  assert.deepEqual(conf, { greeting: 'good <b>evening</b>' });
  await page.goto(`${server.url}/dags/flow/runs/${encodeURIComponent(run)}/tasks/first`);
  await page.getByText(`conf is {'greeting': 'good <b>evening</b>'}`).waitFor();
});

test('what a log holds is text, whatever it looks like', async () => {
  await trigger('flow', 'hostile');
  await ended('flow', 'hostile');
  let asked = false;
  page.on('dialog', (dialog) => {
    asked = true;
    return dialog.dismiss();
  });
  await signedIn('/dags/flow/runs/hostile/tasks/second');
  complaints = [];
  await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
  assert.equal(await page.locator('[role=log] img').count(), 0);
  assert.equal(asked, false);
  const colour = await page
    .getByText('red', { exact: true })
    .first()
    .evaluate((node) => getComputedStyle(node).color);
  const plain = await page
    .locator('[role=log]')
    .first()
    .evaluate((node) => getComputedStyle(node).color);
  assert.notEqual(colour, plain, 'ANSI colours are shown');
});

test('a failed task says why, and goes on once it is cleared', async () => {
  await trigger('repaired', 'one');
  assert.equal(await ended('repaired', 'one'), 'failed');
  await signedIn('/dags/repaired/runs/one');
  complaints = [];
  await page.getByText('the pump is broken').first().waitFor();
  await page.goto(`${server.url}/dags/repaired/runs/one/tasks/pump`);
  await page
    .getByText(/ValueError/)
    .first()
    .waitFor();
  writeFileSync(join(server.home, 'mended'), '');
  await page.getByRole('button', { name: 'Clear' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('pump').first().waitFor();
  const told = await dialog.textContent();
  assert.match(told, /pump/);
  await dialog.getByRole('button', { name: /^Clear/ }).click();
  await until('it has run again', async () => {
    const { state, try_number } = await server.api('/dags/repaired/dagRuns/one/taskInstances/pump');
    return (state === 'success' && try_number === 2) || undefined;
  });
  assert.equal(await ended('repaired', 'one'), 'success');
});

test('a file that cannot be read is named with its line', async () => {
  await signedIn('/import-errors');
  complaints = [];
  await page
    .getByText(/wrong\.py/)
    .first()
    .waitFor();
  await page
    .getByText(/no_such_module/)
    .first()
    .waitFor();
});

test('addresses of Airflow 2 and 3 lead to the same thing', async () => {
  await trigger('flow', 'old');
  await ended('flow', 'old');
  const { logical_date } = await server.api('/dags/flow/dagRuns/old');
  await signedIn('/home');
  complaints = [];
  const run = '/dags/flow/runs/old';
  for (const [from, to] of [
    ['/dags/flow/grid', '/dags/flow'],
    ['/tree?dag_id=flow', '/dags/flow'],
    ['/graph?dag_id=flow', '/dags/flow'],
    ['/dags/flow/grid?dag_run_id=old', run],
    ['/dags/flow/grid?dag_run_id=old&task_id=second&tab=logs', `${run}/tasks/second`],
    [`/log?dag_id=flow&task_id=second&execution_date=${encodeURIComponent(logical_date)}`, '/tasks/second'],
    ['/dagrun/list/?_flt_3_dag_id=flow', '/runs'],
    ['/taskinstance/list/?_flt_3_state=failed', '/task-instances'],
    ['/variable/list/', '/variables'],
    ['/connection/list/', '/connections'],
    ['/dags/flow/runs/old/tasks/second', `${run}/tasks/second`],
  ]) {
    await page.goto(server.url + from);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    const { pathname } = new URL(page.url());
    assert.ok(pathname === to || pathname.endsWith(to), `${from} leads to ${pathname}`);
    assert.equal(await page.getByText('Nothing is here').count(), 0, from);
  }
});

test('a variable is made, changed and deleted, and a secret never comes back', async () => {
  await signedIn('/variables');
  complaints = [];
  await server.api('/variables', { method: 'POST', body: { key: 'api_password', value: 'hush-hush-1' } });
  const bodies = [];
  page.on('response', async (answer) => bodies.push(await answer.text().catch(() => '')));
  await page.reload();
  await page.getByText('api_password').first().waitFor();
  assert.ok(!(await page.content()).includes('hush-hush-1'));
  assert.ok(!bodies.join('').includes('hush-hush-1'));
  await server.api('/variables/api_password', { method: 'DELETE' });
});

const PLACES = [
  '/', '/dags', '/dags/flow', '/dags/flow?view=graph', '/dags/flow/overview', '/dags/flow/runs', '/dags/flow/tasks', '/dags/flow/calendar',
  '/dags/flow/code', '/dags/flow/events', '/dags/flow/details', '/dags/flow/runs/seen', '/dags/flow/runs/seen?tab=gantt',
  '/dags/flow/runs/seen/tasks/first', '/dags/flow/runs/seen/tasks/first?tab=details', '/dags/flow/runs/seen/tasks/second?tab=rendered',
  '/dags/flow/tasks/first', '/runs', '/task-instances', '/audit', '/jobs', '/xcoms', '/import-errors', '/datasets', '/dependencies',
  '/variables', '/connections', '/pools', '/config', '/providers', '/plugins', '/users', '/roles', '/settings', '/shortcuts',
]; // biome-ignore format: a list

for (const colorScheme of ['light', 'dark']) {
  test(`every page is silent and accessible in ${colorScheme}`, async () => {
    if (colorScheme === 'light') await trigger('flow', 'seen');
    await ended('flow', 'seen');
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await signedIn('/dags');
    complaints = [];
    const found = [];
    for (const place of PLACES) {
      await page.goto(server.url + place);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.waitForLoadState('load');
      await page.evaluate(() => document.fonts.ready);
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      if (process.env.SHOTS) {
        const name = place.replace(/[^a-z0-9]+/gi, '_').replace(/^_|_$/g, '') || 'home';
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(process.env.SHOTS, `${name}-${colorScheme}.png`) });
      }
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() =>
        window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
      );
      for (const { id, nodes } of violations) found.push(`${place}: ${id}: ${nodes.map(({ target }) => target).join(', ')}`);
    }
    assert.deepEqual(found, []);
  });
}
