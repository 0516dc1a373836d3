// What the tests of one file share: a server, a browser, and for each test a page whose console must stay silent.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach } from 'node:test';
import { chromium } from 'playwright-core';
import { start, until } from './server.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--force-color-profile=srgb',
  '--font-render-hinting=none',
];

const begin = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });

/** A browser; one that crashes while it starts, before it has seen a page, is started once more. */
export const launch = () =>
  begin().catch((error) => {
    if (!/signal=SIG/.test(error.message)) throw error;
    console.error('the browser crashed at its start and is started once more');
    return begin();
  });

/** A server with these DAG files, of which so many DAGs come; its `page` is that of the test that runs. */
export function stage({ files, dags, settings }) {
  const at = { complaints: [] };

  before(async () => {
    at.server = await start(files, settings);
    const known = async () => {
      const { total_entries } = await at.server.api('/dags');
      return total_entries === dags || undefined;
    };
    // Ten thousand tasks take a while to read where everything else is busy too.
    await until('the DAGs are known', known, 180_000);
    at.browser = await launch();
  });
  after(async () => {
    await at.browser?.close();
    await at.server?.stop();
  });
  beforeEach(async () => {
    at.complaints = [];
    at.context = await at.newContext();
    at.page = await at.newPage();
  });
  afterEach(async () => {
    await at.context.close();
    assert.deepEqual(at.complaints, [], 'the console is silent');
  });

  at.newContext = async (options) => {
    const context = await at.browser.newContext({
      viewport: { width: 1440, height: 900 },
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(60_000);
    return context;
  };
  at.newPage = async (context = at.context) => {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) at.complaints.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => at.complaints.push(`${page.url()}: ${error.message}`));
    return page;
  };
  /** What the browser itself says of answers that the test provokes is no complaint. */
  at.allow = (pattern) => {
    at.complaints = at.complaints.filter((said) => !pattern.test(said));
  };

  at.signIn = async (path = '/dags', password = 'admin', page = at.page) => {
    await page.goto(at.server.url + path);
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  at.signedIn = async (path = '/dags', page = at.page) => {
    await at.signIn(path, 'admin', page);
    await page.waitForURL((url) => !url.pathname.endsWith('/login'));
    // A form that the address opens hides the page behind it from who asks by role.
    await page.locator('h1').first().waitFor();
    at.allow(/401/);
  };
  at.go = async (path, page = at.page) => {
    await page.goto(at.server.url + path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
  };
  /** Waits until everything that was asked is there. */
  at.settled = async (page = at.page) => {
    await page.waitForLoadState('load');
    await page.evaluate(() => document.fonts.ready);
    await page.locator('main [role=status][aria-label=Loading]').first().waitFor({ state: 'detached' });
  };
  /** What axe finds on the page, as sentences. */
  at.faults = async (page = at.page) => {
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
    const { violations } = await page.evaluate((runOnly) => window.axe.run({ runOnly }), RULES);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
  };

  at.trigger = (dag, run, conf = {}) => at.server.api(`/dags/${dag}/dagRuns`, { method: 'POST', body: { dag_run_id: run, conf } });
  at.ended = (dag, run) =>
    until(`${dag} ${run} ends`, async () => {
      const { state } = await at.server.api(`/dags/${dag}/dagRuns/${encodeURIComponent(run)}`);
      return ['success', 'failed'].includes(state) ? state : undefined;
    });
  at.task = (dag, run, task) => at.server.api(`/dags/${dag}/dagRuns/${encodeURIComponent(run)}/taskInstances/${task}`);
  at.inState = (dag, run, task, state) =>
    until(`${dag}.${task} is ${state}`, async () => {
      const found = await at.task(dag, run, task);
      return found.state === state ? found : undefined;
    });
  /** What the log file of a try holds. */
  at.log = (...which) => readFileSync(at.server.logFile(...which), 'utf8');
  return at;
}
