import { useState } from 'react';
import { IconButton } from './button.tsx';
import styles from './json-view.module.css';
import { toastFailed } from './toast.tsx';

/** Copies text; says so on the button. */
export function CopyButton({ text, label = 'Copy' }: { text: string | (() => string); label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    } catch {
      toastFailed('The browser does not let this page copy. Select the text and copy it by hand.');
    }
  };
  return <IconButton icon={done ? 'check' : 'copy'} label={done ? 'Copied' : label} size="small" onClick={copy} />;
}

type Token = [text: string, kind: 'key' | 'text' | 'number' | 'word' | 'plain'];

/** Cuts JSON text into keys, texts, numbers and words, to colour them. */
export function jsonTokens(json: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;
  let end = 0;
  for (const match of json.matchAll(pattern)) {
    if (match.index > end) tokens.push([json.slice(end, match.index), 'plain']);
    if (match[1]) {
      tokens.push([match[1], match[2] ? 'key' : 'text']);
      if (match[2]) tokens.push([match[2], 'plain']);
    } else tokens.push([match[0], match[3] ? 'number' : 'word']);
    end = match.index + match[0].length;
  }
  if (end < json.length) tokens.push([json.slice(end), 'plain']);
  return tokens;
}

/** A value as JSON, to read and copy; with `raw`, a text as it is. */
export function JsonView({ value, label = 'JSON', raw }: { value: unknown; label?: string; raw?: boolean }) {
  const json = typeof value === 'string' ? (raw ? value : JSON.stringify(value)) : (JSON.stringify(value, null, 2) ?? 'null');
  return (
    <section className={styles.box} aria-label={label}>
      <div className={styles.copy}>
        <CopyButton text={json} label={`Copy ${label}`} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={styles.text} tabIndex={0}>
        {json.length > 200_000
          ? json
          : jsonTokens(json).map(([text, kind], index) =>
              kind === 'plain' ? (
                text
              ) : (
                <span key={`${index}`} data-kind={kind}>
                  {text}
                </span>
              ),
            )}
      </pre>
    </section>
  );
}
