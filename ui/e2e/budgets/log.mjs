// A log of a million lines.
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { best } from './meter.mjs';
import { watchedPage } from './page.mjs';

const LINES = 1_000_000;
/** The only line with the word, and how often another is there. */
const NEEDLE = 734_211;
const EVERY = 900;

const row = (number) => document.querySelector('[role=log]')?.textContent.includes(`row ${number} `);

export async function log({ figures, context, server, slowed }) {
  const { dag, run, task } = { dag: 'writes', run: 'of_a_million', task: 'write' };
  await writeLog(server.logFile(dag, run, task));
  const before = server.memory();
  const at = await watchedPage(context, server.url, slowed);
  const { page } = at;
  const path = `/dags/${dag}/runs/${run}/tasks/${task}?tab=log`;
  const end = () => document.querySelector('[role=log]')?.textContent.includes('row 1000000 ');
  // The first reading makes the index of the file.
  figures.atMost('log of 1,000,000 lines, opened for the first time', await at.open(path, end, at.answered('/ui/api/runs/')), 5_000, 'ms');
  const again = await best(() => at.open(path, end, at.answered('/ui/api/runs/')));
  figures.atMost('log of 1,000,000 lines, opened at its end', again, 300, 'ms');

  const jump = page.getByRole('textbox', { name: /Go to a line/ });
  let line = 100_000;
  const jumped = await best(async () => {
    line += 150_000;
    await jump.fill(String(line));
    return at.within(() => jump.press('Enter'), row, line);
  });
  figures.atMost('log of 1,000,000 lines, to a line', jumped, 200, 'ms');

  const find = page.getByRole('searchbox', { name: 'Search the log' });
  const said = (pattern) => [...document.querySelectorAll('[role=status]')].some((one) => new RegExp(pattern).test(one.textContent));
  const found = async (word, pattern) => {
    await find.fill(word);
    const took = await at.within(() => find.press('Enter'), said, pattern);
    await find.fill('');
    await find.press('Enter');
    await at.seen(() => ![...document.querySelectorAll('[role=status]')].some((one) => /\d+ match|of \d/.test(one.textContent)));
    return took;
  };
  figures.atMost('log of 1,000,000 lines, first of 1,111 matches', await found('pebble', '^[1-9]|of [1-9]'), 200, 'ms');
  figures.atMost('log of 1,000,000 lines, the only match', await found('needle', '^1( |$)|of 1( |$)'), 2_000, 'ms');

  for (let part = 1; part < 60; part++) {
    await jump.fill(String(part * 16_000));
    await at.within(() => jump.press('Enter'), row, part * 16_000);
  }
  figures.atMost('log of 1,000,000 lines, memory of the page', await at.heap(), 80, 'MB');
  figures.atMost('log of 1,000,000 lines, memory of the server', server.memory() - before, 32, 'MB');
  await page.close();
}

async function writeLog(path) {
  mkdirSync(dirname(path), { recursive: true });
  const file = createWriteStream(path);
  for (let from = 1; from <= LINES; from += 10_000) {
    let text = '';
    for (let line = from; line < from + 10_000; line++) {
      const word = line === NEEDLE ? ', a needle' : line % EVERY === 0 ? ', a pebble' : '';
      text += `[2030-01-01T00:00:00.000000+00:00] {etl.py:7} INFO - row ${line} of the batch was read from the source and written to the warehouse${word}\n`;
    }
    if (!file.write(text)) await once(file, 'drain');
  }
  await new Promise((end) => file.end(end));
}
