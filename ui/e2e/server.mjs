// A real server for tests: `updraft standalone` in a home of its own, with DAG files whose tasks really run.
import { execFileSync, spawn } from 'node:child_process';
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

const SQL = `
import json, sqlite3, sys
database, statements = sys.argv[1], json.load(sys.stdin)
with sqlite3.connect(database, timeout=30) as connection:
    for statement, values in statements:
        rows = connection.execute(statement, values).fetchall()
connection.close()
json.dump(rows, sys.stdout)
`;

/**
 * Starts a server that reads these DAG files, `{name: text}`, with more settings. UPDRAFT names the program, UPDRAFT_PYTHON the environment of
 * DAG files.
 */
export async function start(files, settings = {}) {
  const home = mkdtempSync(join(tmpdir(), 'updraft-e2e-'));
  mkdirSync(join(home, 'dags'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, 'dags', name), text);
  const log = join(home, 'engine.log');
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__UPDRAFT__PYTHON_ENVIRONMENT: process.env.UPDRAFT_PYTHON,
    ...settings,
  };
  const told = () => readFileSync(log, 'utf8');
  let engine, ended, url;

  const begin = async (port) => {
    const before = url ? told().length : 0;
    const file = openSync(log, 'a');
    ended = undefined;
    engine = spawn(process.env.UPDRAFT, ['standalone', '--port', String(port)], { env, stdio: ['ignore', file, file] });
    engine.on('exit', (code, signal) => {
      ended = `the server ended (${code ?? signal})`;
    });
    url = await until('the server answers', () => {
      if (ended) throw new Error(`${ended}:\n${told()}`);
      return /REST API on (http:\/\/127\.0\.0\.1:\d+)/.exec(told().slice(before))?.[1];
    });
  };
  await begin(0);

  let token;
  /** Version 2 of the API wants a token, version 1 takes the password. */
  const authorizationFor = async (version) => {
    if (version !== 'v2') return `Basic ${Buffer.from('admin:admin').toString('base64')}`;
    if (!token) {
      const body = JSON.stringify({ username: 'admin', password: 'admin' });
      const answer = await fetch(`${url}/auth/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      token = (await answer.json()).access_token;
    }
    return `Bearer ${token}`;
  };
  /** Asks the REST API beside the browser. */
  const api = async (path, options = {}) => {
    const authorization = await authorizationFor(options.version);
    const headers = { authorization, 'content-type': 'application/json' };
    const body = options.body && JSON.stringify(options.body);
    const answer = await fetch(`${url}/api/${options.version ?? 'v1'}${path}`, { ...options, headers, body });
    if (!answer.ok && !options.mayFail) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };

  /** Asks the database itself; of several statements, the rows of the last. */
  const sql = (statement, ...values) => {
    const statements = Array.isArray(statement) ? statement : [[statement, values]];
    const python = join(process.env.UPDRAFT_PYTHON, 'bin/python');
    return JSON.parse(execFileSync(python, ['-c', SQL, join(home, 'updraft.db')], { input: JSON.stringify(statements), maxBuffer: 1e9 }));
  };

  const logFile = (dag, run, task, attempt = 1) =>
    join(home, 'logs', `dag_id=${dag}`, `run_id=${run}`, `task_id=${task}`, `attempt=${attempt}.log`);

  const end = async (signal) => {
    if (!ended) engine.kill(signal);
    await until('the server stops', () => ended);
  };
  const stop = async () => {
    await end('SIGTERM');
    rmSync(home, { recursive: true, force: true });
  };
  /** Kills the server without a word. */
  const kill = () => end('SIGKILL');
  /** Starts it again where it was. */
  const revive = () => begin(new URL(url).port);
  /** MB of memory that the server's process holds. */
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))[1]) / 1000;
  return { home, api, sql, logFile, told, stop, kill, revive, memory, url };
}
