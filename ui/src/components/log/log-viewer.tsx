import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { address } from '../../api/client.ts';
import type { Level, LogLevels } from '../../api/types.ts';
import { announce } from '../../lib/announce.ts';
import { around, chosenRows, foldedRows, LINE, scaleOf } from '../../lib/log-rows.ts';
import { useZone } from '../../lib/now.ts';
import { setPrefs, usePrefs } from '../../lib/prefs.ts';
import { useStore } from '../../lib/store.ts';
import { zoneName } from '../../lib/time.ts';
import { Button } from '../button.tsx';
import { Empty, Failed, Waiting } from '../view.tsx';
import styles from './log.module.css';
import { LogBar, type LogSearch } from './log-bar.tsx';
import { LogFile } from './log-file.ts';
import { Line } from './log-line.tsx';

interface Props {
  url: string;
  name: string;
  /** Whether the try ended badly: then the log opens at its first error. */
  failed: boolean;
  search: LogSearch;
  onSearch: (next: Partial<LogSearch>) => void;
  empty: React.ReactNode;
}

/** `120` or `120-140`, counted from one, as lines counted from zero. */
function linesOf(text: string | undefined): [number, number] | null {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text ?? '');
  if (!match) return null;
  const from = Number(match[1]) - 1;
  const to = match[2] ? Number(match[2]) - 1 : from;
  return from < 0 ? null : [Math.min(from, to), Math.max(from, to)];
}

/** A log of any length: a window over what the server has indexed. */
export function LogViewer({ url, name, failed, search, onSearch, empty }: Props) {
  const file = useMemo(() => new LogFile(url), [url]);
  const version = useStore(file.version);
  const prefs = usePrefs();
  const zone = useZone();
  const scroller = useRef<HTMLDivElement>(null);
  const [levels, setLevels] = useState<LogLevels | null>(null);
  const [ready, setReady] = useState(false);
  const [top, setTop] = useState(0);
  const [view, setView] = useState(600);
  const [follow, setFollow] = useState(false);
  const [seen, setSeen] = useState(0);
  const [hits, setHits] = useState<number[]>([]);
  const [searching, setSearching] = useState(false);
  const [badSearch, setBadSearch] = useState<string | null>(null);
  const [current, setCurrent] = useState<number | null>(null);
  const byUs = useRef<number | null>(null);
  const chosen = linesOf(search.l);

  const filtered = (search.level ?? []).filter((level) => level === 'warning' || level === 'error' || level === 'critical') as Level[];
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for what the file holds
  const rows = useMemo(() => {
    if (search.only && search.q) return chosenRows(around(hits, 3, file.total));
    if (filtered.length > 0 && levels)
      return chosenRows(levels.marks.filter(([, level]) => filtered.includes(level)).map(([line]) => line));
    return foldedRows(
      file.total,
      file.folds.filter((fold) => !file.opened.has(fold.head)),
    );
  }, [version, hits, search.only, search.q, filtered.join(), levels, file]);
  const scale = scaleOf(rows.count, view);
  const heads = new Map(file.folds.map((fold) => [fold.head, fold]));

  const goTo = useCallback(
    (row: number) => {
      const box = scroller.current;
      if (!box) return;
      const to = Math.max(0, Math.min(row, scale.lastTop));
      byUs.current = Math.round(scale.scrollOf(to));
      box.scrollTop = byUs.current;
      setTop(to);
    },
    [scale],
  );
  const showLine = (line: number) => {
    file.openAround(line);
    goTo(rows.rowOf(line) - Math.floor(view / LINE / 3));
  };

  // Opens at the line of the address, else at the first error of a failed try, else at the end.
  const begun = useRef<LogFile | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each file
  useEffect(() => {
    let gone = false;
    setReady(false);
    (async () => {
      const [found] = await Promise.all([file.levels().catch(() => null), file.open()]);
      if (gone) return;
      setLevels(found);
      setReady(true);
      setSeen(file.total);
      if (!file.complete && file.error === null) {
        setFollow(!linesOf(search.l));
        file.follow().catch(() => undefined);
      }
    })();
    return () => {
      gone = true;
      file.close();
    };
  }, [file]);
  useLayoutEffect(() => {
    if (!ready || begun.current === file) return;
    begun.current = file;
    if (chosen) showLine(chosen[0]);
    else if (failed && levels?.first_error !== null && levels?.first_error !== undefined) showLine(levels.first_error);
    else goTo(rows.count);
  });

  const measure = useCallback(() => setView(scroller.current?.clientHeight ?? 600), []);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!ready || !box) return;
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(box);
    return () => watch.disconnect();
  }, [ready, measure]);

  // What is in sight, and a little around it, is asked for.
  const first = Math.max(0, Math.floor(top) - 15);
  const last = Math.min(rows.count, Math.ceil(top + view / LINE) + 15);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is in sight matters
  useEffect(() => {
    if (!ready) return;
    for (const row of [first, Math.floor((first + last) / 2), last - 1]) {
      const line = rows.lineAt(Math.max(0, row));
      if (line >= 0 && line < file.total && !file.line(line)) file.load(line);
    }
  }, [first, last, rows, ready]);

  // New lines keep the end in sight while following, and are only counted otherwise.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when lines come
  useEffect(() => {
    if (follow) {
      goTo(rows.count);
      setSeen(file.total);
    }
  }, [rows.count, follow]);

  // A log in which nothing is followed says its news at most every ten seconds.
  useEffect(() => {
    if (file.complete || !ready) return;
    const timer = setInterval(() => announce(`${file.total} lines`), 10_000);
    return () => clearInterval(timer);
  }, [file, ready]);

  useEffect(() => {
    setHits([]);
    setCurrent(null);
    setBadSearch(null);
    if (!search.q || !ready) return;
    const stop = new AbortController();
    setSearching(true);
    file
      .search(
        { q: search.q, re: search.re, case: search.case },
        (found, done) => {
          setHits(found);
          if (done) {
            setSearching(false);
            announce(`${found.length} lines match`);
          }
        },
        stop.signal,
      )
      .catch((error) => {
        if (stop.signal.aborted) return;
        setSearching(false);
        setBadSearch(error instanceof Error ? error.message : String(error));
      });
    return () => stop.abort();
  }, [file, ready, search.q, search.re, search.case]);

  const step = (by: 1 | -1) => {
    if (hits.length === 0) return;
    const from = current ?? (by > 0 ? -1 : hits.length);
    const next =
      current === null && by > 0
        ? Math.max(
            0,
            hits.findIndex((line) => line >= rows.lineAt(Math.floor(top))),
          )
        : (from + by + hits.length) % hits.length;
    setCurrent(next);
    setFollow(false);
    showLine(hits[next]!);
  };
  const error = async (dir: 'next' | 'prev') => {
    const here = chosen?.[0] ?? rows.lineAt(Math.floor(top));
    const line = await file.near(here, dir).catch(() => null);
    if (line === null) return announce('No further error');
    setFollow(false);
    onSearch({ l: String(line + 1) });
    showLine(line);
  };

  const onScroll = () => {
    const box = scroller.current!;
    if (byUs.current !== null && Math.abs(box.scrollTop - byUs.current) <= 2) {
      byUs.current = null;
      return;
    }
    const next = scale.rowAt(box.scrollTop);
    if (next < top - 0.5) setFollow(false);
    else if (!file.complete && next >= scale.lastTop - 1) setFollow(true);
    setTop(next);
  };
  // In a log that is higher than a page can be, a turn of the wheel is still a few lines.
  useEffect(() => {
    const box = scroller.current;
    if (!box || !scale.scaled) return;
    const onWheel = (event: WheelEvent) => {
      if (event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
      event.preventDefault();
      if (event.deltaY < 0) setFollow(false);
      goTo(top + event.deltaY / (event.deltaMode === 1 ? 1 : LINE));
    };
    box.addEventListener('wheel', onWheel, { passive: false });
    return () => box.removeEventListener('wheel', onWheel);
  }, [scale.scaled, top, goTo]);

  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    const fold = target.closest<HTMLElement>('[data-fold]');
    if (fold) return file.toggle(Number(fold.dataset.fold));
    const number = target.closest<HTMLElement>('[data-line]');
    if (!number) return;
    const line = Number(number.dataset.line);
    setFollow(false);
    if (event.shiftKey && chosen) onSearch({ l: `${Math.min(chosen[0], line) + 1}-${Math.max(chosen[1], line) + 1}` });
    else onSearch({ l: chosen && chosen[0] === line && chosen[1] === line ? undefined : String(line + 1) });
  };
  const box = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const inField = (event.target as Element).matches('input');
    const find = box.current?.querySelector<HTMLInputElement>('input[type=search]');
    if ((event.ctrlKey || event.metaKey) && event.key === 'f' && document.activeElement !== find) find?.focus();
    else if (inField || event.ctrlKey || event.metaKey || event.altKey) {
      const step20 = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (inField || step20 === undefined) return;
    } else if (event.key === '/') find?.focus();
    else if (prefs.keys && event.key === 'w') setPrefs({ wrap: !prefs.wrap });
    else if (prefs.keys && event.key === 't') setPrefs({ timestamps: !prefs.timestamps });
    else if (prefs.keys && event.key === 'e') error('next');
    else if (prefs.keys && event.key === 'E') error('prev');
    else if (prefs.keys && event.key === 'f') setFollow(!follow);
    else if (event.key === 'Home') goTo(0);
    else if (event.key === 'End') goTo(rows.count);
    else if (event.key === 'PageDown' || event.key === 'PageUp') goTo(top + (event.key === 'PageDown' ? 1 : -1) * (view / LINE - 2));
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') goTo(top + (event.key === 'ArrowDown' ? 1 : -1));
    else return;
    if (event.key !== 'End' && !inField && event.key !== '/' && event.key !== 'ArrowDown' && event.key !== 'PageDown')
      setFollow(event.key === 'f' ? !follow : false);
    event.preventDefault();
  };

  if (file.error !== null && file.total === 0) return <Failed error={file.error} onRetry={() => file.open()} />;
  if (!ready) return <Waiting lines={12} label="Loading the log" />;
  if (file.total === 0 && file.complete) return <Empty title="The log is empty" />;
  if (file.total === 0) return <>{empty}</>;

  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, at) => rows.lineAt(first + at));
  const hitSet = new Set(hits);
  const offset = prefs.wrap
    ? 0
    : (scroller.current ? scale.scrollOf(Math.min(top, scale.lastTop)) : 0) - (Math.min(top, scale.lastTop) - first) * LINE;

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the parts within
    <div ref={box} className={styles.viewer} onKeyDown={onKeyDown}>
      <LogBar
        search={search}
        onSearch={onSearch}
        file={file}
        name={name}
        levels={levels}
        hits={hits.length}
        current={current}
        searching={searching}
        fault={badSearch}
        onStep={step}
        onError={error}
        onLine={(line) => {
          setFollow(false);
          onSearch({ l: String(line + 1) });
          showLine(line);
        }}
        raw={address(`${url}/raw`)}
        download={address(`${url}/download`)}
        chosen={chosen}
        follow={follow}
        onFollow={setFollow}
      />
      <div className={styles.pane}>
        <div
          ref={scroller}
          className={styles.scroller}
          data-wrap={prefs.wrap || undefined}
          role="log"
          aria-live="off"
          aria-label={`Log, ${file.total} lines${prefs.timestamps ? `, times in ${zoneName(new Date(), zone)}` : ''}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          onScroll={onScroll}
          onClick={onClick}
          onKeyDown={undefined}
        >
          <div className={styles.spacer} style={{ height: scale.height }}>
            <div className={styles.window} style={prefs.wrap ? undefined : { transform: `translateY(${offset}px)` }}>
              {drawn.map((n, at) => {
                if (prefs.wrap && first + at < Math.floor(Math.min(top, scale.lastTop))) return null;
                const fold = heads.get(n);
                const size = fold ? fold.to - fold.from + 1 : 0;
                return (
                  <Line
                    key={n}
                    n={n}
                    at={at}
                    line={file.line(n)}
                    wrap={prefs.wrap}
                    zone={prefs.timestamps ? zone : null}
                    chosen={chosen !== null && n >= chosen[0] && n <= chosen[1]}
                    hit={hitSet.has(n)}
                    current={current !== null && hits[current] === n}
                    fold={fold && filtered.length === 0 && !search.only ? (file.opened.has(n) ? -size : size) : 0}
                  />
                );
              })}
            </div>
          </div>
        </div>
        <Marks hits={hits} levels={levels} total={file.total} />
      </div>
      {!file.complete && !follow && file.total > seen && (
        <Button
          kind="primary"
          size="small"
          className={styles.news}
          onClick={() => {
            setFollow(true);
            goTo(rows.count);
          }}
        >
          {file.total - seen} new {file.total - seen === 1 ? 'line' : 'lines'} ↓
        </Button>
      )}
    </div>
  );
}

/** Where in the whole log the matches, warnings and errors are. */
function Marks({ hits, levels, total }: { hits: readonly number[]; levels: LogLevels | null; total: number }) {
  const at = (lines: readonly number[]) => [...new Set(lines.map((line) => Math.round((line / Math.max(1, total)) * 200)))];
  const of = (...wanted: Level[]) => at((levels?.marks ?? []).filter(([, level]) => wanted.includes(level)).map(([line]) => line));
  return (
    <div className={styles.marks} aria-hidden="true">
      {of('warning').map((place) => (
        <i key={`w${place}`} data-mark="warning" style={{ top: `${place / 2}%` }} />
      ))}
      {of('error', 'critical').map((place) => (
        <i key={`e${place}`} data-mark="error" style={{ top: `${place / 2}%` }} />
      ))}
      {at(hits).map((place) => (
        <i key={`h${place}`} data-mark="hit" style={{ top: `${place / 2}%` }} />
      ))}
    </div>
  );
}
