import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { queries } from '../../api/queries.ts';
import { SelectField } from '../../components/field.tsx';
import { CopyButton } from '../../components/json-view.tsx';
import { View } from '../../components/view.tsx';
import { highlightLines } from '../../lib/highlight.ts';
import styles from './code.module.css';

/** The source of a DAG, of any version that is kept. */
export function DagCodePage() {
  const { dag } = useParams({ from: '/shell/dags/$dag/code' });
  const search = useSearch({ from: '/shell/dags/$dag/code' });
  const navigate = useNavigate({ from: '/dags/$dag/code' });
  const details = useQuery(queries.dag(dag));
  const query = useQuery(queries.code(dag, search.version));
  const versions = useQuery(queries.versions(dag)).data?.dag_versions ?? [];
  return (
    <View query={query}>
      {(code) => (
        <div className={styles.box}>
          <div className={styles.head}>
            <span className="mono break">{details.data?.fileloc}</span>
            {versions.length > 1 && (
              <SelectField
                label="Version"
                hideLabel
                value={String(code.version_number ?? '')}
                onChange={(event) => navigate({ search: { version: Number(event.target.value) }, replace: true, resetScroll: false })}
                options={versions.map(({ version_number }) => [String(version_number), `Version ${version_number}`])}
              />
            )}
            <CopyButton text={code.content} label="Copy the source" />
          </div>
          <Source
            source={code.content}
            language={details.data?.fileloc.endsWith('.py') ? 'python' : 'toml'}
            chosen={Number(search.l ?? 0)}
            onChoose={(line) => navigate({ search: (before) => ({ ...before, l: String(line) }), replace: true, resetScroll: false })}
          />
        </div>
      )}
    </View>
  );
}

function Source({
  source,
  language,
  chosen,
  onChoose,
}: {
  source: string;
  language: string;
  chosen: number;
  onChoose: (line: number) => void;
}) {
  const lines = useMemo(() => highlightLines(source, language), [source, language]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.source} tabIndex={0} aria-label="Source">
      {lines.map((line, index) => (
        <div key={index} className={styles.line} data-chosen={chosen === index + 1 || undefined}>
          <button type="button" tabIndex={-1} aria-label={`Line ${index + 1}`} onClick={() => onChoose(index + 1)}>
            {index + 1}
          </button>
          <code>
            {line.map(([text, kind], at) =>
              kind === 'plain' ? (
                text
              ) : (
                <span key={at} data-kind={kind}>
                  {text}
                </span>
              ),
            )}
          </code>
        </div>
      ))}
    </section>
  );
}
