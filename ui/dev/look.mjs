// Looks at pages: `node dev/look.mjs DIRECTORY PATH...` writes a picture of each in both themes and two widths, and says what the console, the
// content security policy and axe complain of. The server is at UPDRAFT_URL, Chromium at CHROMIUM.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [out, ...pages] = process.argv.slice(2);
const base = process.env.UPDRAFT_URL ?? 'http://localhost:4173';
const only = process.env.LOOK?.split(',');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--force-color-profile=srgb',
    '--font-render-hinting=none',
    '--hide-scrollbars',
  ],
});
let faults = 0;
for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 390]) {
    const kind = `${colorScheme}-${width}`;
    if (only && !only.includes(kind)) continue;

    const context = await browser.newContext({
      viewport: { width, height: width === 390 ? 844 : 900 },
      colorScheme,
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
      hasTouch: width === 390,
    });
    const page = await context.newPage();
    const complain = (text) => {
      faults += 1;
      console.log(`  ${text.slice(0, 600)}`);
    };
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complain(`console: ${message.text()}`));
    page.on('pageerror', (error) => complain(`error: ${error.message}`));
    await page.goto(`${base}/login`);
    await page.getByLabel('User name').fill(process.env.UPDRAFT_USER ?? 'admin');
    await page.getByLabel('Password').fill(process.env.UPDRAFT_PASSWORD ?? 'admin');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/dags/);
    for (const each of pages) {
      const [path, act] = each.split('@');
      console.log(`${kind} ${each}`);
      await page.goto(base + path);
      await page.evaluate(() => document.fonts.ready);
      await page.waitForTimeout(700);
      if (act) {
        await page.evaluate(`(async () => { ${act} })()`);
        await page.waitForTimeout(500);
      }
      const name =
        each
          .replace(/[^a-z0-9]+/gi, '_')
          .replace(/^_|_$/g, '')
          .slice(0, 80) || 'root';
      await page.screenshot({ path: `${out}/${name}-${kind}.png`, fullPage: process.env.FULL === '1' });
      if (process.env.AXE !== '0') {
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() =>
          window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
        );
        for (const { id, impact, nodes } of violations) {
          faults += 1;
          console.log(
            `  axe ${impact} ${id}: ${nodes.length}: ${nodes
              .slice(0, 3)
              .map((node) => `${node.target} ${node.any[0]?.message ?? ''}`)
              .join(' | ')
              .slice(0, 500)}`,
          );
        }
      }
    }
    await context.close();
  }
}
await browser.close();
console.log(faults === 0 ? 'nothing to complain of' : `${faults} complaints`);
