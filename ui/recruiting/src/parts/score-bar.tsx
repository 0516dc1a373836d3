import { CATEGORIES, exact, plain, sum } from '../lib/points.ts';
import type { Assessed } from '../types.ts';
import styles from './score.module.css';

/** A score as its parts beside each other, of 100, with the threshold as a line across. */
export function ScoreBar({ of, threshold, large }: { of: Pick<Assessed, 'score' | 'parts'>; threshold: number; large?: boolean }) {
  const words = of.parts.map((part) => `${CATEGORIES[part.name].name} ${exact(part.points)}`).join(' + ');
  return (
    <div
      className={styles.bar}
      data-large={large || undefined}
      role="img"
      aria-label={`${words} = ${exact(of.score)} of 100 points; the threshold is ${plain(threshold)}`}
    >
      {of.parts.map((part) => (
        <span
          key={part.name}
          data-part={part.name}
          title={`${CATEGORIES[part.name].name}: ${exact(part.points)}`}
          style={{ width: `${part.points / 100}%` }}
        />
      ))}
      <i style={{ left: `${threshold / 100}%` }} />
    </div>
  );
}

/** Which colour is which part. */
export function Legend() {
  return (
    <ul className={`bare ${styles.legend}`}>
      {Object.entries(CATEGORIES).map(([name, { name: word }]) => (
        <li key={name}>
          <span data-part={name} /> {word}
        </li>
      ))}
      <li>
        <i /> Threshold
      </li>
    </ul>
  );
}

/** The parts as a table that sums to the score, and says so if it does not. */
export function Parts({ of }: { of: Pick<Assessed, 'score' | 'parts' | 'cosine'> }) {
  const total = sum(of.parts);
  if (of.parts.length === 0) return <p className="muted">No explanation was returned.</p>;
  return (
    <>
      <table className={styles.parts}>
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Weight</th>
            <th scope="col">Reached</th>
            <th scope="col">Points</th>
          </tr>
        </thead>
        <tbody>
          {of.parts.map((part) => (
            <tr key={part.name}>
              <th scope="row">
                <span data-part={part.name} /> {CATEGORIES[part.name].name}
                <small>
                  {CATEGORIES[part.name].about}
                  {part.name === 'semantic' && `, cosine ${of.cosine.toFixed(3)}`}
                </small>
              </th>
              <td>{exact(part.weight_bp)} %</td>
              <td>{exact(part.value_bp)} %</td>
              <td>{exact(part.points)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              Score
            </th>
            <td>{exact(of.score)}</td>
          </tr>
        </tfoot>
      </table>
      {total !== of.score && (
        <p role="alert" className={styles.wrong}>
          The parts sum to {exact(total)}, not to the score. Do not rely on this explanation; run the matching again.
        </p>
      )}
    </>
  );
}

/** Scores of suggestions between the threshold and 100: a dot each. */
export function Spread({ scores, threshold }: { scores: readonly number[]; threshold: number }) {
  if (scores.length === 0) return null;
  const from = Math.min(threshold, ...scores);
  const x = (score: number) => 4 + ((score - from) / Math.max(1, 10_000 - from)) * 88;
  return (
    <svg
      width="96"
      height="18"
      viewBox="0 0 96 18"
      role="img"
      aria-label={`Scores from ${exact(scores.at(-1)!)} to ${exact(scores[0]!)}`}
      className={styles.spread}
    >
      <path d={`M${x(from)} 9H92`} />
      <path d={`M${x(threshold)} 3v12`} data-threshold="" />
      {scores.map((score, index) => (
        <circle key={index} cx={x(score)} cy="9" r="3" />
      ))}
    </svg>
  );
}
