// How large the built interface is: what the first page loads, what is loaded later, and all of it. Sizes are KB of 1,000 bytes, scripts and styles compressed.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** The largest each may be. */
export const SIZES = { initial: 200, chunk: 60, css: 25, fonts: 60, dist: 3_000 };

/** The sizes of a build, of which the manifest says what needs what, and `page` the source of the page that is seen first. */
export function sizesOf(dist, manifest, page) {
  const gz = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length / 1000;
  const files = readdirSync(dist, { recursive: true }).filter((file) => statSync(join(dist, file)).isFile());
  const closure = (key, seen = new Set()) => {
    if (seen.has(key)) return seen;
    seen.add(key);
    for (const next of manifest[key].imports ?? []) closure(next, seen);
    return seen;
  };
  // What `index.html` loads, and that page's own chunk.
  const first = new Set([...closure('index.html'), ...(page ? closure(page) : [])]);
  const scripts = Object.entries(manifest).filter(([, entry]) => entry.file.endsWith('.js'));
  const sum = (all) => all.reduce((one, other) => one + other, 0);
  const ending = (...endings) => files.filter((file) => endings.some((end) => file.endsWith(end)));
  return {
    initial: sum(scripts.filter(([key]) => first.has(key)).map(([, entry]) => gz(entry.file))),
    chunk: Math.max(0, ...scripts.filter(([key]) => !first.has(key)).map(([, entry]) => gz(entry.file))),
    css: sum(ending('.css').map(gz)),
    fonts: sum(ending('.woff2').map((file) => statSync(join(dist, file)).size / 1000)),
    // What is packed twice counts once.
    dist: sum(files.filter((file) => !/\.(gz|br)$/.test(file)).map((file) => statSync(join(dist, file)).size / 1000)),
  };
}
