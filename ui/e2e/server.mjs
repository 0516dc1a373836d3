// A real server for tests: `updraft standalone` in a home of its own, with DAG files whose tasks really run.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATIENCE = 60_000;

/** Asks until there is an answer that is not undefined. */
export async function until(what, ask, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${patience / 1000} s`);
    await new Promise((go) => setTimeout(go, 50));
  }
}

/**
 * Starts a server that reads these DAG files, `{name: text}`, with more settings. UPDRAFT names the program, UPDRAFT_PYTHON the environment of
 * DAG files.
 */
export async function start(files, more = {}) {
  const home = mkdtempSync(join(tmpdir(), 'updraft-e2e-'));
  mkdirSync(join(home, 'dags'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, 'dags', name), text);
  const log = join(home, 'engine.log');
  const env = {
    PATH: process.env.PATH,
    ...more,
    HOME: home,
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__UPDRAFT__PYTHON_ENVIRONMENT: process.env.UPDRAFT_PYTHON,
  };
  const file = openSync(log, 'a');
  const engine = spawn(process.env.UPDRAFT, ['standalone', '--port', '0'], { env, stdio: ['ignore', file, file] });
  let ended;
  engine.on('exit', (code, signal) => {
    ended = `the server ended (${code ?? signal})`;
  });
  const told = () => readFileSync(log, 'utf8');
  const url = await until('the server answers', () => {
    if (ended) throw new Error(`${ended}:\n${told()}`);
    return /http:\/\/127\.0\.0\.1:\d+/.exec(told())?.[0];
  });

  /** Asks the REST API beside the browser. */
  const api = async (path, options = {}) => {
    const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const body = options.body && JSON.stringify(options.body);
    const answer = await fetch(`${url}/api/v1${path}`, { ...options, headers, body });
    if (!answer.ok && !options.mayFail) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };

  const stop = async () => {
    engine.kill('SIGTERM');
    await until('the server stops', () => ended);
    rmSync(home, { recursive: true, force: true });
  };
  return { url, home, api, told, stop };
}
