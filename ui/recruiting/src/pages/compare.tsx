import { useQuery } from '@tanstack/react-query';
import { Dialog } from '../../../src/components/dialog.tsx';
import { queries } from '../api.ts';
import { CATEGORIES, exact, points } from '../lib/points.ts';
import { Gates, PersonName, Skills } from '../parts/chips.tsx';
import { ScoreBar } from '../parts/score-bar.tsx';
import { View } from '../parts/view.tsx';
import type { Assessed, Category, Pair } from '../types.ts';
import styles from './pages.module.css';

/** What is known of the pair: as it was suggested, else as it was computed now. */
const known = (pair: Pair): Assessed | null => (pair.stored?.status === 'active' ? pair.stored : pair.now);

function One({ pair }: { pair: Pair }) {
  const of = known(pair);
  return (
    <section aria-label={`Candidate ${pair.candidate.id}`}>
      <PersonName person={pair.candidate} />
      {of ? (
        <>
          <p className={styles.big}>
            <strong>{points(of.score)}</strong> of 100
          </p>
          <ScoreBar of={of} threshold={of.threshold} large />
          <Skills matched={of.matched_skills} missing={of.missing_skills} />
          <Gates gates={of.gates} />
        </>
      ) : (
        <p className={styles.told}>{pair.why}</p>
      )}
    </section>
  );
}

function Difference({ left, right }: { left: Pair; right: Pair }) {
  const [a, b] = [known(left), known(right)];
  if (!a || !b) return null;
  const of = (assessed: Assessed, name: Category) => assessed.parts.find((part) => part.name === name)?.points ?? 0;
  const row = (name: string, one: number, other: number) => (
    <tr key={name}>
      <th scope="row">{name}</th>
      <td>{exact(one)}</td>
      <td>{exact(other)}</td>
      <td>
        {one > other ? '+' : one < other ? '−' : ''}
        {exact(Math.abs(one - other))}
      </td>
    </tr>
  );
  return (
    <table className={styles.difference}>
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col">#{left.candidate.id}</th>
          <th scope="col">#{right.candidate.id}</th>
          <th scope="col">Difference</th>
        </tr>
      </thead>
      <tbody>
        {(Object.keys(CATEGORIES) as Category[])
          .filter((name) => a.parts.some((part) => part.name === name))
          .map((name) => row(CATEGORIES[name].name, of(a, name), of(b, name)))}
        {row('Score', a.score, b.score)}
      </tbody>
    </table>
  );
}

/** Two candidates for one position, side by side. */
export function Compare({ position, pair, onClose }: { position: number; pair: readonly [number, number]; onClose: () => void }) {
  const left = useQuery(queries.pair(position, pair[0]));
  const right = useQuery(queries.pair(position, pair[1]));
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Two candidates" description="for the same position" size="large">
      <View query={left}>
        {(one) => (
          <View query={right}>
            {(other) => (
              <div className={styles.why}>
                <div className={styles.compare}>
                  <One pair={one} />
                  <One pair={other} />
                </div>
                <Difference left={one} right={other} />
              </div>
            )}
          </View>
        )}
      </View>
    </Dialog>
  );
}
