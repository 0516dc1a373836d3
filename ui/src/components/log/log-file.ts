import { get, send } from '../../api/client.ts';
import type { LogLevels, LogLine, LogPage } from '../../api/types.ts';
import { plain } from '../../lib/ansi.ts';
import { type Fold, foldsIn } from '../../lib/log-rows.ts';
import { createStore } from '../../lib/store.ts';

export const CHUNK = 500;
const CHUNKS_MAX = 40;

/** A log on the server, of which only the parts that were looked at lately are here. */
export class LogFile {
  total = 0;
  bytes = 0;
  complete = false;
  /** Counts every change, for who watches. */
  readonly version = createStore(0);
  error: unknown = null;
  /** What can be folded in what was loaded, and which of it the user opened. */
  folds: Fold[] = [];
  readonly opened = new Set<number>();
  private readonly chunks = new Map<number, LogLine[]>();
  private readonly loading = new Set<number>();
  private stop = new AbortController();
  private told: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly url: string) {}

  private tell() {
    // At most ten times a second, however fast lines come.
    this.told ??= setTimeout(() => {
      this.told = undefined;
      this.version.set(this.version.get() + 1);
    }, 100);
  }

  private tellNow() {
    this.version.set(this.version.get() + 1);
  }

  close() {
    this.stop.abort();
    clearTimeout(this.told);
  }

  line(n: number): LogLine | undefined {
    return this.chunks.get(Math.floor(n / CHUNK))?.[n % CHUNK];
  }

  /** Asks for the end, which also says how long it is. */
  async open(): Promise<void> {
    if (this.stop.signal.aborted) this.stop = new AbortController();
    const signal = this.stop.signal;
    try {
      const page = await get<LogPage>(`${this.url}/lines`, { from: -2 * CHUNK, n: 2 * CHUNK }, signal);
      this.take(page);
      const end = page.from + page.lines.length;
      for (let start = Math.ceil(page.from / CHUNK) * CHUNK; start < end; start += CHUNK) {
        // Very long lines come in several answers: a part without all of its lines is asked for when it is in sight.
        if (Math.min(start + CHUNK, page.total) <= end)
          this.keep(start / CHUNK, page.lines.slice(start - page.from, start - page.from + CHUNK));
      }
      this.error = null;
    } catch (error) {
      if (!signal.aborted) this.error = error;
    } finally {
      if (!signal.aborted) this.tellNow();
    }
  }

  private take(page: LogPage) {
    this.total = Math.max(this.total, page.total);
    this.bytes = page.bytes;
    this.complete = page.complete;
  }

  /** Asks for the part with this line unless it is here or on its way. */
  async load(line: number): Promise<void> {
    const chunk = Math.floor(line / CHUNK);
    const here = this.chunks.get(chunk);
    if (here) {
      // What is used last is dropped last.
      this.chunks.delete(chunk);
      this.chunks.set(chunk, here);
      return;
    }
    if (this.loading.has(chunk)) return;
    this.loading.add(chunk);
    try {
      const from = chunk * CHUNK;
      const lines: LogLine[] = [];
      while (lines.length < CHUNK) {
        const page = await get<LogPage>(`${this.url}/lines`, { from: from + lines.length, n: CHUNK - lines.length }, this.stop.signal);
        this.take(page);
        lines.push(...page.lines);
        // Very long lines come in several answers.
        if (page.lines.length === 0 || from + lines.length >= page.total) break;
      }
      this.error = null;
      this.keep(chunk, lines);
    } catch (error) {
      if (!this.stop.signal.aborted) this.error = error;
    } finally {
      this.loading.delete(chunk);
      if (!this.stop.signal.aborted) this.tellNow();
    }
  }

  private keep(chunk: number, lines: LogLine[]) {
    this.chunks.set(chunk, lines);
    while (this.chunks.size > CHUNKS_MAX) this.chunks.delete(this.chunks.keys().next().value!);
    const found = foldsIn(lines.map((line) => ({ n: line.n, text: plain(line.text) })));
    if (found.length === 0) return;
    const known = new Set(this.folds.map((fold) => fold.head));
    this.folds = [...this.folds, ...found.filter((fold) => !known.has(fold.head))].sort((a, b) => a.head - b.head);
  }

  toggle(head: number) {
    if (!this.opened.delete(head)) this.opened.add(head);
    this.tellNow();
  }

  openAround(line: number) {
    for (const fold of this.folds) if (line >= fold.from && line <= fold.to) this.opened.add(fold.head);
  }

  levels = () => get<LogLevels>(`${this.url}/levels`, undefined, this.stop.signal);

  /** Takes in lines as they are written, until the task is done. Resolves then. */
  async follow(): Promise<void> {
    const from = this.total;
    for await (const entry of ndjson<Partial<LogLine> & { complete?: boolean }>(`${this.url}/tail`, { from }, this.stop.signal)) {
      if (entry.complete) {
        this.complete = true;
        this.tellNow();
        return;
      }
      if (entry.n === undefined) continue;
      const chunk = Math.floor(entry.n / CHUNK);
      const lines = this.chunks.get(chunk) ?? (entry.n % CHUNK === 0 ? [] : undefined);
      if (lines) {
        lines[entry.n % CHUNK] = entry as LogLine;
        this.chunks.set(chunk, lines);
      }
      this.total = Math.max(this.total, entry.n + 1);
      this.tell();
    }
  }

  /** The numbers of the lines that match, told as they are found. */
  async search(
    query: { q: string; re?: boolean | undefined; case?: boolean | undefined },
    onHits: (hits: number[], done: boolean) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const hits: number[] = [];
    let told = 0;
    const asked = { q: query.q, re: query.re ? 1 : undefined, case: query.case ? 1 : undefined, limit: 10_000 };
    for await (const entry of ndjson<{ n?: number; done?: boolean }>(`${this.url}/search`, asked, signal)) {
      if (entry.n !== undefined) hits.push(entry.n);
      if (Date.now() - told > 100) {
        told = Date.now();
        onHits([...hits], false);
      }
    }
    onHits(hits, true);
  }

  async near(line: number, dir: 'next' | 'prev'): Promise<number | null> {
    return (await get<{ line: number | null }>(`${this.url}/near`, { level: 'error', line, dir })).line;
  }
}

/** JSON values of a stream, a line each. */
async function* ndjson<T>(url: string, query: Record<string, string | number | undefined>, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send('GET', url, { query, signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as T;
  }
  if (rest.trim()) yield JSON.parse(rest) as T;
}
