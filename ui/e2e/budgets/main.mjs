// How quick the interface is against its budgets, in a real browser on a real server with much in it: `node e2e/budgets/main.mjs`, or
// `cargo xtask browser --budgets`. Pages are measured with the processor slowed down four times. What is over its budget fails only with STRICT=1,
// for times depend on the machine. ONLY names the parts that are measured.
import http from 'node:http';
import { availableParallelism, loadavg } from 'node:os';
import { many } from '../dags.mjs';
import { fillRuns } from '../fill.mjs';
import { start, until } from '../server.mjs';
import { launch } from '../stage.mjs';
import { graph } from './graph.mjs';
import { grid } from './grid.mjs';
import { list } from './list.mjs';
import { live } from './live.mjs';
import { log } from './log.mjs';
import { head, meter } from './meter.mjs';

const PARTS = { list, grid, graph, log, live };
const DAGS = `
from datetime import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
for number in range(500):
    with DAG(f"dag_{number:03}", schedule_interval="0 6 * * *", start_date=datetime(2040, 1, 1), tags=[f"team-{number % 7}"]) as dag:
        EmptyOperator(task_id="only")
    globals()[f"dag_{number:03}"] = dag
with DAG("writes", schedule_interval=None, start_date=datetime(2024, 1, 1), is_paused_upon_creation=False) as writes:
    PythonOperator(task_id="write", python_callable=lambda: print("a line"))
`;

const only = process.env.ONLY?.split(',') ?? Object.keys(PARTS);
const figures = meter();
const server = await start({ 'dags.py': DAGS, 'wide.py': many('wide', 500), 'deep.py': many('deep', 1000) });
const browser = await launch();
try {
  await until('the DAGs are known', async () => ((await server.api('/dags?limit=1')).total_entries === 503 ? true : undefined), 180_000);
  const { tasks } = await server.api('/dags/wide/tasks');
  fillRuns(server, 'wide', tasks.map((task) => task.task_id).sort(), 100);
  fillRuns(server, 'dag_000', ['only'], 3);
  await server.api('/dags/writes/dagRuns', { method: 'POST', body: { dag_run_id: 'of_a_million' } });
  await until('the task that writes has run', async () => {
    const { state } = await server.api('/dags/writes/dagRuns/of_a_million');
    return state === 'success' || undefined;
  });

  const options = { viewport: { width: 1440, height: 900 }, timezoneId: 'UTC', reducedMotion: 'reduce' };
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${server.url}/login`);
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill('admin');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/dags$/);
  await page.close();
  const session = await context.storageState();
  const cookie = session.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  /** An answer as it is sent, packed. */
  const ask = (path) =>
    new Promise((done, failed) => {
      http
        .get(server.url + path, { headers: { cookie, 'accept-encoding': 'gzip, br' } }, (answer) => {
          const parts = [];
          answer.on('data', (part) => parts.push(part));
          answer.on('end', () =>
            answer.statusCode === 200 ? done(Buffer.concat(parts)) : failed(new Error(`${path}: ${answer.statusCode}`)),
          );
        })
        .on('error', failed);
    });

  const ground = { figures, browser, context, options, session, cookie, server, ask, slowed: 4 };
  if (/[/\\]debug[/\\]/.test(process.env.UPDRAFT))
    console.log('The program is not optimised: what the server does takes several times longer.');
  console.log(`Before it begins, ${loadavg()[0].toFixed(1)} programs want one of the ${availableParallelism()} processors.`);
  console.log(head());
  for (const [name, measure] of Object.entries(PARTS)) {
    if (only.includes(name)) await measure(ground).catch((error) => figures.failed(`${name}: not measured to its end`, error));
  }
} finally {
  await browser.close();
  await server.stop();
}
const over = figures.over();
console.log(`${figures.count() - over.length} of ${figures.count()} budgets are kept${over.length > 0 ? '' : ', which are all'}`);
if (process.env.STRICT === '1' && over.length > 0) process.exit(1);
