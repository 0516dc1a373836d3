// What the first page loads, and how soon a list of 500 DAGs is there.
import http from 'node:http';
import { SIZES } from '../../scripts/sizes.mjs';
import { best } from './meter.mjs';
import { watchedPage } from './page.mjs';

const rows = () => document.querySelectorAll('tbody tr').length >= 50;

/** Bytes of an answer as they are sent, packed with gzip. */
const bytesOf = (address) =>
  new Promise((done, failed) => {
    http
      .get(address, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
        let bytes = 0;
        answer.on('data', (part) => {
          bytes += part.length;
        });
        answer.on('end', () => done(bytes));
      })
      .on('error', failed);
  });

export async function list({ figures, browser, session, options, server, slowed }) {
  /** A browser that has seen nothing yet but the sign-in. */
  const fresh = async () => {
    const context = await browser.newContext({ ...options, storageState: session });
    return { context, at: await watchedPage(context, server.url, slowed) };
  };
  const cold = [];
  for (let round = 0; round < 3; round++) {
    const { context, at } = await fresh();
    const interactive = await at.open('/dags', rows);
    const { painted } = await at.watched();
    cold.push({ interactive, painted });
    await context.close();
  }
  const least = (name) => Math.min(...cold.map((one) => one[name]));

  const { context, at } = await fresh();
  await at.open('/dags', rows);
  const loaded = await at.page.evaluate(() => performance.getEntriesByType('resource').map((one) => one.name));
  const sizes = await Promise.all(loaded.filter((name) => /\.js$/.test(name)).map(bytesOf));
  figures.atMost('script of the first page, gzipped', sizes.reduce((one, other) => one + other, 0) / 1_000, SIZES.initial, 'KB');
  figures.atMost('500 DAGs, first visit: largest paint', least('painted'), 1_200, 'ms');
  figures.atMost('500 DAGs, first visit: interactive', least('interactive'), 1_500, 'ms');
  await at.page.getByRole('link', { name: 'Home', exact: true }).first().click();
  await at.page.getByRole('heading', { level: 1 }).first().waitFor();
  figures.atMost(
    '500 DAGs, gone to from another page',
    await best(async () => {
      await at.page.getByRole('link', { name: 'Home', exact: true }).first().click();
      await at.seen(() => document.querySelectorAll('tbody tr').length < 50);
      return at.within(() => at.page.getByRole('link', { name: 'DAGs', exact: true }).first().click(), rows);
    }),
    500,
    'ms',
  );
  const find = at.page.getByRole('searchbox').first();
  await find.pressSequentially('dag_0', { delay: 120 });
  await at.page.getByRole('button', { name: 'Reset' }).click();
  await at.seen(rows);
  const { answers } = await at.watched();
  figures.atMost('500 DAGs, slowest answer to a key or click', Math.max(0, ...answers), 150, 'ms');
  await context.close();
}
