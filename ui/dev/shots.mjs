// Takes the pictures of `docs/screenshots`: every page in both themes and two widths, of a real server with something in it.
// `UPDRAFT=... UPDRAFT_PYTHON=... node dev/shots.mjs [DIRECTORY [PAGE...]]`
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO, DEMO_DAGS, SYNC_TASKS } from '../e2e/demo.mjs';
import { fillRuns } from '../e2e/fill.mjs';
import { start, until } from '../e2e/server.mjs';
import { launch } from '../e2e/stage.mjs';

const [out = '../docs/screenshots', ...only] = process.argv.slice(2);
const SYNC = '/dags/bullhorn_sync_optimized';
const PAGES = {
  login: '/login',
  home: '/',
  dags: '/dags',
  'dags-none-match': '/dags?q=nothing',
  grid: `${SYNC}?runs=50`,
  graph: `${SYNC}?view=graph&open=*`,
  overview: `${SYNC}/overview`,
  'dag-runs': `${SYNC}/runs`,
  'dag-tasks': `${SYNC}/tasks`,
  calendar: `${SYNC}/calendar`,
  code: `${SYNC}/code`,
  details: `${SYNC}/details`,
  events: `${SYNC}/events`,
  trigger: `${SYNC}?trigger=1`,
  run: `${SYNC}/runs/morning`,
  gantt: `${SYNC}/runs/morning?tab=gantt`,
  'failed-run': '/dags/data_quality_gate/runs/broken',
  'failed-log': '/dags/data_quality_gate/runs/broken/tasks/check_rules',
  log: `${SYNC}/runs/morning/tasks/fetch.candidates`,
  'task-details': `${SYNC}/runs/morning/tasks/fetch.candidates?tab=details`,
  xcom: `${SYNC}/runs/morning/tasks/fetch.candidates?tab=xcom`,
  task: `${SYNC}/tasks/validate`,
  compare: '/compare?dag=bullhorn_sync_optimized&run=morning&run=evening',
  runs: '/runs',
  'task-instances': '/task-instances',
  audit: '/audit',
  jobs: '/jobs',
  'import-errors': '/import-errors',
  datasets: '/datasets',
  dependencies: '/dependencies',
  variables: '/variables',
  connections: '/connections',
  'connection-form': '/connections?edit=ml_service',
  pools: '/pools',
  users: '/users',
  roles: '/roles',
  config: '/config',
  settings: '/settings',
  shortcuts: '/shortcuts',
  'not-found': '/nowhere',
};

const server = await start(DEMO, { AIRFLOW__CORE__TEST_CONNECTION: 'Enabled' });
const browser = await launch();
try {
  await until('the DAGs are known', async () => ((await server.api('/dags')).total_entries === DEMO_DAGS ? true : undefined));
  const post = (path, body) => server.api(path, { method: 'POST', body });
  await post('/variables', { key: 'matching_score_threshold', value: '70', description: 'Below it no match is shown' });
  await post('/variables', { key: 'bullhorn_api_token', value: 'secret' });
  await post('/connections', {
    connection_id: 'ml_service',
    conn_type: 'http',
    host: 'ml.example',
    port: 8000,
    login: 'updraft',
    password: 'x',
  });
  await post('/connections', { connection_id: 'warehouse', conn_type: 'postgres', host: 'db.example', port: 5432, schema: 'recruiting' });
  await post('/pools', { name: 'bullhorn', slots: 8, description: 'Calls that Bullhorn allows at once', include_deferred: false });
  fillRuns(server, 'bullhorn_sync_optimized', SYNC_TASKS, 120, { kind: true, hours: 6, from: Date.now() - 121 * 6 * 3_600_000 });
  for (const [dag, run] of [
    ['bullhorn_sync_optimized', 'evening'],
    ['bullhorn_sync_optimized', 'morning'],
    ['data_quality_gate', 'broken'],
    ['gdpr_erasure', 'asked'],
  ]) {
    await post(`/dags/${dag}/dagRuns`, { dag_run_id: run });
    await until(`${run} ends`, async () => {
      const { state } = await server.api(`/dags/${dag}/dagRuns/${run}`);
      return ['success', 'failed'].includes(state) ? state : undefined;
    });
  }
  mkdirSync(out, { recursive: true });
  for (const width of [1440, 390]) {
    const context = await browser.newContext({
      viewport: { width, height: width === 390 ? 844 : 900 },
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    const take = async (name) => {
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 75 });
        writeFileSync(join(out, `${name}-${width}-${colorScheme}.webp`), Buffer.from(data, 'base64'));
      }
    };
    const settle = async () => {
      await page.locator('h1').first().waitFor();
      await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
      await page.evaluate(() => document.fonts.ready);
    };
    await page.goto(`${server.url}/login`);
    await settle();
    if (only.length === 0 || only.includes('login')) await take('login');
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill('admin');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/dags/);
    for (const [name, path] of Object.entries(PAGES).slice(1)) {
      if (only.length > 0 && !only.includes(name)) continue;
      await page.goto(server.url + path);
      await settle();
      await take(name);
    }
    await context.close();
  }
} finally {
  await browser.close();
  await server.stop();
}
