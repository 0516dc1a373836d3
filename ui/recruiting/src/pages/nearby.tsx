import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Find } from '../../../src/components/list/filters.tsx';
import { Panel } from '../../../src/components/page.tsx';
import { type Column, Table } from '../../../src/components/table.tsx';
import { Empty } from '../../../src/components/view.tsx';
import { count } from '../../../src/lib/numbers.ts';
import { queries, useConfig } from '../api.ts';
import { exact, plain, points } from '../lib/points.ts';
import { open } from '../lib/router.tsx';
import { Gates, PersonName } from '../parts/chips.tsx';
import { ScoreBar } from '../parts/score-bar.tsx';
import { View } from '../parts/view.tsx';
import type { Near } from '../types.ts';
import styles from './pages.module.css';

type Other = Near['others'][number];

const COLUMNS: Column<Other>[] = [
  {
    id: 'candidate',
    header: 'Candidate',
    isName: true,
    cell: (row) => (
      <button type="button" className={styles.plain} onClick={() => open({ candidate: row.candidate.id })}>
        <PersonName person={row.candidate} />
      </button>
    ),
  },
  {
    id: 'score',
    header: 'Score',
    width: '34%',
    cell: (row) => (
      <span className={styles.scoreCell}>
        <strong className={styles.score}>{points(row.score)}</strong>
        <ScoreBar of={row} threshold={row.threshold} />
      </span>
    ),
  },
  {
    id: 'why',
    header: 'Why not',
    cell: (row) => (
      <span className={styles.two}>
        <span className="small">
          {row.score < row.threshold
            ? `${exact(row.threshold - row.score)} points are missing`
            : 'enough points, but a condition is not met'}
        </span>
        <Gates gates={row.gates.filter(({ verdict }) => verdict === 'fail')} open />
      </span>
    ),
  },
];

/** Anybody by number or job title, to see why they are not suggested. */
function Ask() {
  const [text, setText] = useState<string>();
  const found = useQuery({ ...queries.people(text ?? ''), enabled: Boolean(text) });
  return (
    <div className={styles.ask}>
      <Find label="Ask about another: number or job title" value={text} onChange={setText} main />
      {text && found.data && (
        <ul className={`bare ${styles.found}`}>
          {found.data.people.map((person) => (
            <li key={person.id}>
              <button type="button" onClick={() => open({ candidate: person.id })}>
                <PersonName person={person} />
              </button>
            </li>
          ))}
          {found.data.people.length === 0 && <li className="muted small">No candidate has that number or job title.</li>}
        </ul>
      )}
    </div>
  );
}

/** Who comes next, computed now. */
export function Nearby({ id }: { id: number }) {
  const { threshold } = useConfig();
  const query = useQuery(queries.near(id));
  return (
    <Panel title="Why not: who comes next">
      <View query={query}>
        {(near) =>
          near.why ? (
            <Empty icon="info" title="Nobody was compared">
              {near.why}
            </Empty>
          ) : (
            <div className={styles.why}>
              <p className="small muted">
                Threshold {plain(threshold)}: {count(near.suggested ?? 0)} of {count(near.compared ?? 0)} compared
                {near.others[0] && `, the best of the others has ${points(near.others[0].score)}`}. Computed now and not stored.
              </p>
              <Table
                label="Candidates who come next"
                columns={COLUMNS}
                rows={near.others}
                rowKey={(row) => String(row.candidate.id)}
                empty={<Empty icon="user" title="Everybody who was compared is suggested" />}
              />
            </div>
          )
        }
      </View>
      <Ask />
    </Panel>
  );
}
