// What tasks ask people, and the answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASKING } from '../dags.mjs';
import { until } from '../server.mjs';
import { stage } from '../stage.mjs';

const at = stage({ files: { 'asking.py': ASKING }, dags: 1 });

const open = '/dags/~/dagRuns/~/hitlDetails?response_received=false&state=deferred';
const asked = (run, task) => at.server.api(`/dags/asking/dagRuns/${run}/taskInstances/${task}/-1/hitlDetails`, { version: 'v2' });
const pageOf = (run, task) => `/dags/asking/runs/${run}/tasks/${task}`;

/** A run whose three questions wait for people. */
async function begun(run) {
  await at.trigger('asking', run);
  const three = async () => {
    const { hitl_details } = await at.server.api(open, { version: 'v2' });
    return hitl_details.filter((one) => one.task_instance.dag_run_id === run).length === 3 || undefined;
  };
  await until('the tasks have asked', three, 180_000);
}

/** Nothing is wider than the page, and axe finds nothing, in both themes on a screen and a phone. */
async function isFine() {
  const { page } = at;
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await at.settled();
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(inner <= outer, `${page.url()} is ${inner} wide in ${outer}`);
      assert.deepEqual(await at.faults(), [], `${page.url()} ${width} ${colorScheme}`);
    }
  }
}

test('who is asked is told on every page that it concerns, and answers with what is filled in', async () => {
  const { page } = at;
  await begun('first');
  await at.signedIn('/');
  const notice = page.getByRole('region', { name: /wait for an answer/ });
  for (const path of ['/', '/dags/asking', '/dags/asking/runs/first']) {
    await at.go(path);
    await notice.getByText('3 tasks wait for an answer').waitFor();
    await isFine();
  }
  await notice.getByRole('link', { name: 'Release the matches of first?' }).click();
  await page.waitForURL((url) => url.pathname === pageOf('first', 'release'));
  const panel = page.getByRole('region', { name: 'Release the matches of first?' });
  await panel.getByText('212 matches, <b>3</b> of them below the threshold.').waitFor();
  await panel.getByText(/Without an answer Hold back is chosen/).waitFor();
  await isFine();

  const limit = panel.getByLabel('limit');
  assert.equal(await limit.inputValue(), '50');
  await limit.fill('501');
  await panel.getByRole('button', { name: 'Release', exact: true }).click();
  assert.equal(await limit.getAttribute('aria-invalid'), 'true');
  assert.equal((await asked('first', 'release')).response_received, false, 'nothing was sent');
  await limit.fill('70');
  // By keyboard.
  await panel.getByRole('button', { name: 'Release', exact: true }).focus();
  await page.keyboard.press('Enter');
  await panel.getByText(/^Release, chosen by /).waitFor();
  await at.inState('asking', 'first', 'release', 'success');
  const answer = await asked('first', 'release');
  assert.deepEqual([answer.chosen_options, answer.params_input], [['Release'], { limit: 70 }]);
  assert.ok((await panel.textContent()).includes(answer.responded_by_user.name));
  await at.inState('asking', 'first', 'told', 'success');
  assert.match(at.log('asking', 'first', 'told'), /chosen \['Release'\] {'limit': 70}/);
  const [[event]] = at.server.sql("SELECT COUNT(*) FROM event_log WHERE dag_id = 'asking' AND task_id = 'release'");
  assert.ok(event > 0, 'the audit says it');
  await isFine();
});

test('several options are chosen at once, a second answer is refused, and others are not offered what is not theirs', async () => {
  const { page } = at;
  await begun('second');
  await at.signedIn(pageOf('second', 'clients'));
  const panel = page.getByRole('region', { name: 'Which clients are told?' });
  const send = panel.getByRole('button', { name: 'Answer' });
  await send.click();
  await panel.getByRole('alert').getByText('Choose one option at least').waitFor();
  await panel.getByRole('checkbox', { name: 'Crane' }).check();
  await panel.getByRole('checkbox', { name: 'Acme' }).check();
  await isFine();
  await send.click();
  await panel.getByText(/^Acme, Crane, chosen by /).waitFor();
  assert.deepEqual((await asked('second', 'clients')).chosen_options, ['Acme', 'Crane']);

  // Another page still shows the question when somebody has answered it.
  await at.go(pageOf('second', 'release'));
  const release = page.getByRole('region', { name: 'Release the matches of second?' });
  await release.getByRole('button', { name: 'Hold back' }).waitFor();
  const meanwhile = async (route) => {
    const path = '/dags/asking/dagRuns/second/taskInstances/release/-1/hitlDetails';
    await at.server.api(path, { version: 'v2', method: 'PATCH', body: { chosen_options: ['Release'] } });
    await route.continue();
  };
  await page.route('**/hitlDetails', meanwhile, { times: 1 });
  await release.getByRole('button', { name: 'Hold back' }).click();
  await release.getByText(/^Release, chosen by /).waitFor();
  assert.deepEqual((await asked('second', 'release')).chosen_options, ['Release']);
  at.allow(/409/);

  await at.go(pageOf('second', 'theirs'));
  const theirs = page.getByRole('region', { name: 'For somebody else' });
  await theirs.getByText(/May be answered by Somebody/).waitFor();
  assert.equal(await theirs.getByRole('button', { name: 'Approve' }).isDisabled(), true);
});

test('what nobody answered in time says its default, and the list tells what is open and what was answered', async () => {
  const { page } = at;
  await begun('third');
  await at.inState('asking', 'third', 'late', 'success');
  await at.signedIn(pageOf('third', 'late'));
  await page
    .getByRole('region', { name: 'Anybody?' })
    .getByText(/^no, by default/)
    .waitFor();
  await at.go('/required-actions');
  const table = page.getByRole('table', { name: 'Required actions' });
  const { total_entries } = await at.server.api(open, { version: 'v2' });
  await table.getByRole('link', { name: 'Release the matches of third?' }).waitFor();
  assert.equal(await table.locator('tbody tr').count(), total_entries);
  await isFine();
  await page.getByRole('searchbox', { name: 'Question' }).fill('clients');
  await table.getByRole('link', { name: 'Release the matches of third?' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await page.getByRole('button', { name: 'Answered', exact: true }).click();
  await table.getByRole('link', { name: 'Anybody?' }).first().waitFor();
  await isFine();
  // Addresses of Airflow 3.
  for (const [from, to] of [
    ['/required_actions', '/required-actions'],
    ['/dags/asking/required_actions', '/required-actions'],
    ['/dags/asking/runs/third/required_actions', '/required-actions'],
    ['/dags/asking/runs/third/tasks/release/required_actions?map_index=-1', pageOf('third', 'release')],
  ]) {
    await at.go(from);
    assert.equal(new URL(page.url()).pathname, to, from);
    await page.getByText('Release the matches of third?').first().waitFor();
  }
});
