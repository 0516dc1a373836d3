import { useEffect, useState } from 'react';
import { send } from '../../api/client.ts';
import type { LogLevels } from '../../api/types.ts';
import { setPrefs, usePrefs } from '../../lib/prefs.ts';
import { Button, ButtonLink, IconButton } from '../button.tsx';
import { SearchField } from '../field.tsx';
import { toastDone, toastFailed } from '../toast.tsx';
import styles from './log.module.css';
import type { LogFile } from './log-file.ts';

export interface LogSearch {
  /** `120` or `120-140`, counted from one. */
  l?: string | undefined;
  q?: string | undefined;
  re?: true | undefined;
  case?: true | undefined;
  only?: true | undefined;
  level?: string[] | undefined;
}

interface Props {
  search: LogSearch;
  onSearch: (next: Partial<LogSearch>) => void;
  file: LogFile;
  name: string;
  levels: LogLevels | null;
  hits: number;
  current: number | null;
  searching: boolean;
  fault: string | null;
  onStep: (by: 1 | -1) => void;
  onError: (dir: 'next' | 'prev') => void;
  onLine: (line: number) => void;
  raw: string;
  download: string;
  chosen: [number, number] | null;
  follow: boolean;
  onFollow: (follow: boolean) => void;
}

const COPY_MAX = 5_000_000;
const number = new Intl.NumberFormat('en');

export function LogBar(props: Props) {
  const {
    search,
    onSearch,
    file,
    levels,
    hits,
    current,
    searching,
    fault,
    onStep,
    onError,
    onLine,
    raw,
    download,
    chosen,
    follow,
    onFollow,
  } = props;
  const prefs = usePrefs();
  const [text, setText] = useState(search.q ?? '');
  useEffect(() => setText(search.q ?? ''), [search.q]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed matters
  useEffect(() => {
    if (text === (search.q ?? '')) return;
    const timer = setTimeout(() => onSearch({ q: text || undefined }), 250);
    return () => clearTimeout(timer);
  }, [text]);

  const copy = async () => {
    try {
      if (!chosen && file.bytes > COPY_MAX)
        return toastFailed('The log is too long to copy. Download it, or choose lines by their numbers.');
      const whole = await (await send('GET', `${file.url}/raw`)).text();
      const lines = whole.split('\n');
      await navigator.clipboard.writeText(chosen ? lines.slice(chosen[0], chosen[1] + 1).join('\n') : whole);
      toastDone(chosen ? 'The chosen lines were copied.' : 'The log was copied.');
    } catch (error) {
      toastFailed(error);
    }
  };
  const toggle = (level: string) => {
    const now = search.level ?? [];
    const next = now.includes(level) ? now.filter((each) => each !== level) : [...now, level];
    onSearch({ level: next.length > 0 ? next : undefined });
  };

  return (
    <div className={styles.bar}>
      <search className={styles.group}>
        <SearchField
          className={styles.find}
          label="Search the log"
          value={text}
          aria-invalid={fault ? true : undefined}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') {
              event.preventDefault();
              if (text !== (search.q ?? '')) onSearch({ q: text || undefined });
              else onStep(event.shiftKey ? -1 : 1);
            } else if (event.key === 'Escape') setText('');
          }}
        />
        <Button
          size="small"
          kind="quiet"
          aria-pressed={search.case ?? false}
          aria-label="Match case"
          title="Match case"
          onClick={() => onSearch({ case: search.case ? undefined : true })}
        >
          Aa
        </Button>
        <Button
          size="small"
          kind="quiet"
          aria-pressed={search.re ?? false}
          aria-label="Regular expression"
          title="Regular expression"
          onClick={() => onSearch({ re: search.re ? undefined : true })}
        >
          .*
        </Button>
        {search.q && (
          <>
            <span className={styles.count} role="status">
              {fault ??
                (searching && hits === 0
                  ? 'searching…'
                  : hits === 0
                    ? 'no match'
                    : `${current === null ? '' : `${current + 1} of `}${number.format(hits)}`)}
            </span>
            <IconButton icon="up" size="small" label="Previous match" disabled={hits === 0} onClick={() => onStep(-1)} />
            <IconButton icon="down" size="small" label="Next match" disabled={hits === 0} onClick={() => onStep(1)} />
            <Button
              size="small"
              kind="quiet"
              aria-pressed={search.only ?? false}
              onClick={() => onSearch({ only: search.only ? undefined : true })}
            >
              Only matches
            </Button>
          </>
        )}
      </search>
      <div className={styles.group}>
        {(['warning', 'error', 'critical'] as const).map((level) =>
          levels?.counts[level] ? (
            <Button
              key={level}
              size="small"
              aria-pressed={search.level?.includes(level) ?? false}
              data-level={level}
              className={styles.levelButton}
              onClick={() => toggle(level)}
            >
              {level}
              <span className="muted">{number.format(levels.counts[level])}</span>
            </Button>
          ) : null,
        )}
        {levels?.first_error !== null && levels?.first_error !== undefined && (
          <>
            <IconButton icon="up" size="small" label="Previous error" onClick={() => onError('prev')} />
            <IconButton icon="down" size="small" label="Next error" onClick={() => onError('next')} />
          </>
        )}
      </div>
      <div className={styles.group} data-end>
        <form
          className={styles.jump}
          onSubmit={(event) => {
            event.preventDefault();
            const line = Number(new FormData(event.currentTarget).get('line'));
            if (Number.isInteger(line) && line > 0) onLine(Math.min(line, file.total) - 1);
          }}
        >
          <input
            name="line"
            inputMode="numeric"
            aria-label={`Go to a line of ${file.total}`}
            placeholder={`line of ${number.format(file.total)}`}
          />
        </form>
        {!file.complete && (
          <Button size="small" kind="quiet" icon="down" aria-pressed={follow} onClick={() => onFollow(!follow)}>
            Follow
          </Button>
        )}
        <IconButton
          icon="clock"
          size="small"
          label={prefs.timestamps ? 'Hide times' : 'Show times'}
          aria-pressed={prefs.timestamps}
          onClick={() => setPrefs({ timestamps: !prefs.timestamps })}
        />
        <IconButton
          icon="wrap"
          size="small"
          label={prefs.wrap ? 'Do not wrap lines' : 'Wrap lines'}
          aria-pressed={prefs.wrap}
          onClick={() => setPrefs({ wrap: !prefs.wrap })}
        />
        <IconButton icon="copy" size="small" label={chosen ? 'Copy the chosen lines' : 'Copy the log'} onClick={copy} />
        <ButtonLink kind="quiet" size="small">
          <a href={raw} target="_blank" rel="noreferrer">
            Raw
          </a>
        </ButtonLink>
        <ButtonLink kind="quiet" size="small">
          <a href={download} download={props.name}>
            Download
          </a>
        </ButtonLink>
      </div>
    </div>
  );
}
