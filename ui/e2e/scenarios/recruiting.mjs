// The recruiting pages behind a real orchestrator: a sync with the Bullhorn sandbox, embeddings and matching by the real services, and then
// what the pages show against the application database. REFERRAL names the program of the services, REFERRAL_MODEL the folder of the model.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { start, until } from '../server.mjs';
import { launch } from '../stage.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PIPELINE = 'bullhorn_sync_optimized';
const BASE = '/plugin-views/recruiting';

let data, services, server, browser, context, page, complaints, planted;

async function freePort() {
  const held = createServer();
  await new Promise((ready) => held.listen(0, '127.0.0.1', ready));
  const { port } = held.address();
  await new Promise((done) => held.close(done));
  return port;
}

/** Starts a service, and waits until it answers. */
async function serve(name, args, env, path) {
  const file = openSync(join(data, `${name}.log`), 'a');
  const child = spawn(process.env.REFERRAL, [name, ...args], { env, cwd: data, stdio: ['ignore', file, file] });
  let ended = false;
  child.on('exit', () => {
    ended = true;
  });
  const port = args[args.indexOf('--port') + 1];
  await until(`${name} answers`, async () => {
    if (ended) throw new Error(`${name} ended:\n${readFileSync(join(data, `${name}.log`), 'utf8')}`);
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    return answer?.ok || undefined;
  });
  return { stop: () => child.kill('SIGTERM') };
}

/** Rows of the application database. */
function sql(query) {
  const program = `
import json, sqlite3, sys
rows = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True).execute(sys.argv[2]).fetchall()
print(json.dumps(rows))`;
  return JSON.parse(execFileSync('python3', ['-c', program, join(data, 'referral.db'), query], { encoding: 'utf8' }));
}

async function ran(dag, run) {
  await server.api(`/dags/${dag}/dagRuns`, { method: 'POST', body: { dag_run_id: run } });
  return until(
    `${dag} ${run} ends`,
    async () => {
      const { state } = await server.api(`/dags/${dag}/dagRuns/${run}`);
      return ['success', 'failed'].includes(state) ? state : undefined;
    },
    300_000,
  );
}

before(async () => {
  data = mkdtempSync(join(tmpdir(), 'updraft-recruiting-'));
  const [sandbox, etl, ml, pages] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const secret = randomBytes(32).toString('hex');
  const env = {
    PATH: process.env.PATH,
    HOME: data,
    BULLHORN_CLIENT_ID: 'sandbox-client',
    BULLHORN_CLIENT_SECRET: 'sandbox-secret',
    BULLHORN_USERNAME: 'sandbox.user',
    BULLHORN_PASSWORD: 'sandbox-password',
    BULLHORN_REST_URL: `http://127.0.0.1:${sandbox}/rest-services/`,
    ETL_SERVICE_URL: `http://127.0.0.1:${etl}`,
    ML_SERVICE_URL: `http://127.0.0.1:${ml}`,
    REFERRAL_DATA: data,
    REFERRAL_MODEL: process.env.REFERRAL_MODEL,
    REFERRAL_PAGES_SECRET: secret,
  };
  services = [
    await serve(
      'sandbox',
      ['--port', String(sandbox), '--candidates', '200', '--positions', '30', '--open-percent', '90'],
      env,
      '/rest-services/loginInfo?username=nobody',
    ),
    await serve('etl', ['--port', String(etl)], env, '/health'),
    await serve('ml', ['--port', String(ml)], env, '/health'),
    await serve('pages', ['--port', String(pages)], env, '/health'),
  ];
  const answer = await fetch(`http://127.0.0.1:${sandbox}/admin/insert`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      entity: 'JobOrder',
      records: [{ title: '', isOpen: true, publicDescription: 'A job of which nobody said the name.' }],
    }),
  });
  [planted] = (await answer.json()).inserted;
  const view = (name, path) => ({ name, path, category: 'Recruiting', url: `http://127.0.0.1:${pages}/recruiting`, route: 'recruiting' });
  const bundle = `program = ${JSON.stringify(process.env.REFERRAL)}\nargs = ["bundle", "--unscheduled"]\n`;
  server = await start(
    { 'referral.bundle.toml': bundle },
    {
      ...env,
      AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'False',
      AIRFLOW__UPDRAFT__PLUGIN_VIEWS: JSON.stringify([view('Matches', 'matches'), view('Quality', 'quality'), view('Volumes', 'volumes')]),
      AIRFLOW__UPDRAFT__PLUGIN_VIEWS_SECRET: secret,
    },
  );
  await until('the DAGs are known', async () => (await server.api('/dags')).total_entries === 2 || undefined);
  assert.equal(await ran(PIPELINE, 'first'), 'success');
  await ran('data_quality', 'checks');
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  for (const service of services ?? []) service.stop();
  if (data) rmSync(data, { recursive: true, force: true });
});

beforeEach(async () => {
  complaints = [];
  context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  context.setDefaultTimeout(20_000);
  page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, [], 'the console is silent');
});

/** Opens a page of the recruiting pages; who is not signed in is asked to be, and comes back. */
async function opened(place) {
  await page.goto(`${server.url}${BASE}${place}`);
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill('admin');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`**${BASE}${place}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  // The browser itself says that the page before had no session.
  complaints = complaints.filter((said) => !said.includes('401'));
}

/** The page has shown all that it asked for. */
async function settled() {
  // On a phone the candidate covers the page, whose heading then has no role any more.
  await page.locator('h1').first().waitFor();
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
}

const hundredths = (text) => Math.round(Number(text.replaceAll(',', '')) * 100);

test('the menu leads to positions in the order of their best scores', async () => {
  await opened('/matches');
  await page.goto(`${server.url}/dags`);
  const menu = page.getByRole('navigation', { name: 'Main' });
  await menu.getByRole('link', { name: 'Matches' }).click();
  await settled();
  const best = sql(
    `SELECT p.id, max(m.score) FROM position p JOIN candidate_match m ON m.position_id = p.id WHERE m.status = 'active' AND NOT p.is_deleted
     GROUP BY p.id ORDER BY max(m.score) DESC, p.id`,
  );
  assert.ok(best.length > 0, 'the run found matches');
  const rows = await page.getByRole('table', { name: 'Positions' }).getByRole('row').all();
  const shown = [];
  for (const row of rows.slice(1, best.length + 1)) {
    const href = await row.getByRole('link').first().getAttribute('href');
    shown.push(Number(href.split('/').at(-1)));
  }
  assert.deepEqual(
    shown,
    best.map(([id]) => id),
  );
});

test('candidates stand in the order of the database, their parts sum, and none is below the threshold', async () => {
  const [[position]] = sql(
    `SELECT position_id FROM candidate_match WHERE status = 'active' GROUP BY position_id ORDER BY count(*) DESC, position_id LIMIT 1`,
  );
  const stored = sql(
    `SELECT candidate_id, score, threshold FROM candidate_match WHERE status = 'active' AND position_id = ${position}
     ORDER BY score DESC, cosine DESC, candidate_id`,
  );
  await opened(`/matches/${position}`);
  await settled();
  const buttons = page.getByRole('button', { name: /^Why candidate/ });
  await buttons.first().waitFor();
  const ids = await buttons.evaluateAll((all) => all.map((button) => Number(button.getAttribute('aria-label').split(' ').at(-1))));
  assert.deepEqual(
    ids,
    stored.map(([id]) => id),
  );
  const bars = await page
    .getByRole('table', { name: 'Suggested candidates' })
    .getByRole('img')
    .evaluateAll((all) => all.map((bar) => bar.getAttribute('aria-label')));
  assert.equal(bars.length, stored.length);
  for (const [index, label] of bars.entries()) {
    const [parts, score] = label.split(';')[0].split(' = ');
    const points = parts.match(/\d+\.\d\d/g).map(hundredths);
    assert.equal(
      points.reduce((sum, part) => sum + part, 0),
      hundredths(score.split(' ')[0]),
      label,
    );
    assert.equal(hundredths(score.split(' ')[0]), stored[index][1]);
    assert.ok(stored[index][1] >= stored[index][2], 'the threshold is respected');
  }

  await buttons.first().click();
  const sheet = page.getByRole('dialog');
  await sheet.getByRole('heading', { name: 'Evidence in both texts' }).waitFor();
  assert.equal(hundredths(await sheet.locator('tfoot td').textContent()), stored[0][1]);
  assert.ok((await sheet.locator('mark').count()) > 0, 'words of the texts are shown');
  await sheet.getByRole('button', { name: 'Good suggestion' }).click();
  await until('the feedback is kept', () => {
    const said = sql(`SELECT candidate_id, verdict, username FROM match_feedback WHERE position_id = ${position}`);
    return said.length > 0 ? (assert.deepEqual(said, [[stored[0][0], 'good', 'admin']]) ?? true) : undefined;
  });
  await page.keyboard.press('Escape');

  const [[first, last]] = sql(`SELECT first_name, last_name FROM candidate WHERE id = ${stored[0][0]}`);
  const name = [first, last].filter(Boolean).join(' ');
  assert.ok(!(await page.content()).includes(name), 'names are masked');
  await page.getByRole('button', { name: 'Show names' }).click();
  await page.getByText(name).first().waitFor();
  assert.deepEqual(sql(`SELECT username, place FROM reveal WHERE candidate_id = ${stored[0][0]}`), [['admin', `position ${position}`]]);
  const { event_logs } = await server.api('/eventLogs?event=plugin_view_post');
  const paths = event_logs.map(({ owner, extra }) => `${owner} ${JSON.parse(extra).path}`);
  assert.ok(paths.includes(`admin /api/positions/${position}/reveal`), paths.join(', '));
});

test('a record that nobody can use appears among the failed checks', async () => {
  await opened('/quality');
  await settled();
  await page.getByRole('button', { name: 'positions have a title' }).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByText(`#${planted}`).waitFor();
  const [[failed]] = sql(`SELECT failed FROM quality_result WHERE name = 'positions_have_a_title' AND run_id = 'checks'`);
  await sheet.getByText(`${failed} of`).waitFor();
});

test('volumes are the rows that the run wrote, and a figure leads to the task that made it', async () => {
  await opened('/volumes');
  await settled();
  const row = page.locator('tbody[data-run="first"] tr[data-task="sync_candidates"]');
  const shown = hundredths(await row.locator('td[data-count="inserted"] a').textContent()) / 100;
  const [[rows]] = sql(`SELECT count(*) FROM candidate WHERE synced_run_id = 'first' AND NOT is_deleted AND NOT is_anonymized`);
  assert.equal(shown, rows);
  const [[suggested]] = sql(`SELECT count(DISTINCT candidate_id) FROM candidate_match WHERE status = 'active'`);
  assert.equal(hundredths(await page.locator('[data-funnel="suggested"]').textContent()) / 100, suggested);
  await row.locator('td[data-count="inserted"] a').click();
  await page.waitForURL(`**/dags/${PIPELINE}/runs/first/tasks/sync_candidates`);
  await page.getByText('success').first().waitFor();
});

for (const colorScheme of ['light', 'dark']) {
  test(`every page is accessible in ${colorScheme}, and fits a phone`, async () => {
    const [[position, candidate]] = sql(
      `SELECT position_id, candidate_id FROM candidate_match WHERE status = 'active' ORDER BY score DESC LIMIT 1`,
    );
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await opened('/matches');
    const found = [];
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const place of [
        '/matches',
        '/matches?q=nobody-asks-for-this',
        `/matches/${position}`,
        `/matches/${position}?candidate=${candidate}`,
        '/matches/999999999',
        '/quality',
        '/quality?check=positions_have_a_title',
        '/volumes',
        '/volumes?table=1',
        '/nothing',
      ]) {
        await page.goto(`${server.url}${BASE}${place}`);
        await settled();
        await page.evaluate(() => document.fonts.ready);
        if (process.env.SHOTS) {
          const name = `recruiting${place.replace(/[^a-z0-9]+/gi, '_')}-${colorScheme}-${width}`;
          await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
        }
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() =>
          window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
        );
        for (const { id, nodes } of violations) found.push(`${place}: ${id}: ${nodes.map(({ target }) => target).join(', ')}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) found.push(`${place}: ${wide} pixels too wide at ${width}`);
      }
    }
    // A position that does not exist is a 404, which the browser notes.
    complaints = complaints.filter((said) => !said.includes('404'));
    assert.deepEqual(found, []);
  });
}
