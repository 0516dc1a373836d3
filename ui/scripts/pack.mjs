// `node scripts/pack.mjs FOLDER [PAGE]` writes `.gz` and `.br` beside each text file of the folder, and fails when something is larger than its
// budget. PAGE is the source of the page that is seen first.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { SIZES, sizesOf } from './sizes.mjs';

const [folder, page] = process.argv.slice(2);
const dist = new URL(`../${folder}/`, import.meta.url).pathname;
const sizes = sizesOf(dist, JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8')), page);
rmSync(join(dist, 'manifest.json'));

for (const file of readdirSync(dist, { recursive: true })) {
  // The server writes the base path into index.html, so that file is sent as it is.
  if (!/\.(js|css|svg|json)$/.test(file)) continue;
  const bytes = readFileSync(join(dist, file));
  writeFileSync(join(dist, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(dist, `${file}.br`), brotliCompressSync(bytes));
}

const WORDS = {
  initial: 'script of the first page',
  chunk: 'largest script loaded later',
  css: 'all styles',
  fonts: 'fonts',
  dist: 'everything',
};
let over = false;
for (const [name, limit] of Object.entries(SIZES)) {
  const fits = sizes[name] <= limit;
  over ||= !fits;
  console.log(`${fits ? '' : 'error: '}${folder}: ${WORDS[name]}: ${sizes[name].toFixed(1)} KB of ${limit}`);
}
process.exit(over ? 1 : 0);
