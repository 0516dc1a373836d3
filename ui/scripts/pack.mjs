// `node scripts/pack.mjs FOLDER [PAGE]` writes `.gz` and `.br` beside each text file of the folder, and fails when what the browser must load
// first is too big: what `index.html` loads, and the chunk of the first page.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const [folder, page] = process.argv.slice(2);
const dist = new URL(`../${folder}/`, import.meta.url).pathname;
const limits = { initial: 200, chunk: 60, css: 25 };
const gz = {};

for (const file of readdirSync(dist, { recursive: true })) {
  if (!/\.(js|css|html|svg|json)$/.test(file) || file === 'manifest.json') continue;
  const bytes = readFileSync(join(dist, file));
  const packed = gzipSync(bytes, { level: 9 });
  gz[file] = packed.length / 1000;
  // The server writes the base path into index.html, so that file is sent as it is.
  if (file === 'index.html') continue;
  writeFileSync(join(dist, `${file}.gz`), packed);
  writeFileSync(join(dist, `${file}.br`), brotliCompressSync(bytes));
}

const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'));
rmSync(join(dist, 'manifest.json'));
const closure = (key, seen = new Set()) => {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
};
const first = new Set(['index.html', ...(page ? [page] : [])].flatMap((key) => [...closure(key)]));
const initial = [...first].reduce((sum, key) => sum + gz[manifest[key].file], 0);
const faults = [];
if (initial > limits.initial) faults.push(`the first page loads ${initial.toFixed(1)} KB of script (limit ${limits.initial})`);
const css = Object.entries(gz)
  .filter(([file]) => file.endsWith('.css'))
  .reduce((sum, [, size]) => sum + size, 0);
if (css > limits.css) faults.push(`the styles are ${css.toFixed(1)} KB (limit ${limits.css})`);
for (const [key, entry] of Object.entries(manifest)) {
  if (entry.file.endsWith('.js') && !first.has(key) && gz[entry.file] > limits.chunk) {
    faults.push(`${entry.file} is ${gz[entry.file].toFixed(1)} KB (limit ${limits.chunk})`);
  }
}
console.log(`${folder}, first page: ${initial.toFixed(1)} KB of script, all styles: ${css.toFixed(1)} KB (compressed)`);
for (const fault of faults) console.error(`error: ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);
