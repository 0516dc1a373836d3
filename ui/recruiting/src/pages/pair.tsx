import { useQuery } from '@tanstack/react-query';
import { Dialog } from '../../../src/components/dialog.tsx';
import { Facts } from '../../../src/components/page.tsx';
import { When } from '../../../src/components/when.tsx';
import { queries } from '../api.ts';
import { CATEGORIES, exact, plain, points } from '../lib/points.ts';
import { Gates, PersonName, Skills } from '../parts/chips.tsx';
import { RunLink } from '../parts/run-link.tsx';
import { Parts, ScoreBar } from '../parts/score-bar.tsx';
import { View } from '../parts/view.tsx';
import type { Assessed, Evidence, Feedback, Match, Pair, Passage, Vector } from '../types.ts';
import { SayWhy } from './feedback.tsx';
import styles from './pages.module.css';

function Passages({ all, side, listed }: { all: readonly Passage[]; side: string; listed: string | null }) {
  return (
    <div>
      <span className={styles.side}>{side}</span>
      {all.map((one, index) => (
        <p key={index}>
          {one.before}
          <mark>{one.found}</mark>
          {one.after}
        </p>
      ))}
      {all.length === 0 && <p>{listed ?? 'not in the text'}</p>}
    </div>
  );
}

/** Where each skill that is asked for stands in both texts. */
function EvidenceList({ evidence }: { evidence: readonly Evidence[] }) {
  if (evidence.length === 0) return <p className="muted">The position asks for no skills.</p>;
  return (
    <ul className={`bare ${styles.evidence}`}>
      {evidence.map((one) => (
        <li key={one.skill}>
          <h4>
            {one.skill} <span className="muted small">{one.is_required ? 'required' : 'nice to have'}</span>
          </h4>
          <Passages side="Position" all={one.position} listed="in the list of skills of the position" />
          <Passages
            side="Candidate"
            all={one.candidate}
            listed={one.is_listed ? 'in the list of skills of the record, not in the text' : null}
          />
        </li>
      ))}
    </ul>
  );
}

/** What separates a pair from the one in the first place: the parts in which it has fewer points. */
function WhyNotFirst({ of, first }: { of: Assessed; first: Match | null }) {
  if (!first || first.score <= of.score) return null;
  const behind = first.parts
    .map((part) => ({ name: part.name, by: part.points - (of.parts.find(({ name }) => name === part.name)?.points ?? 0) }))
    .filter(({ by }) => by > 0)
    .toSorted((a, b) => b.by - a.by);
  return (
    <section>
      <h3>Why not first</h3>
      <p className="small">
        Candidate #{first.candidate.id} has {exact(first.score - of.score)} points more:{' '}
        {behind.map(({ name, by }) => `${CATEGORIES[name].name.toLowerCase()} ${exact(by)}`).join(', ')}.
      </p>
    </section>
  );
}

const model = (sha256: string) => <span className="mono break">{sha256.slice(0, 16)}…</span>;

function VectorFacts({ of, task }: { of: Vector | null; task: string }) {
  if (!of) return <span className="muted">none</span>;
  return (
    <RunLink run={of.run_id} task={task}>
      <When at={of.embedded_at} />
    </RunLink>
  );
}

function Origin({ pair }: { pair: Pair }) {
  const { stored, vectors, records } = pair;
  const vector = vectors.candidate ?? vectors.position;
  return (
    <Facts
      rows={[
        [
          'Matched by',
          stored && (
            <RunLink run={stored.run_id} task="find_matches">
              <When at={stored.matched_at} />
            </RunLink>
          ),
        ],
        ['Threshold then', stored && plain(stored.threshold)],
        ['Formula', stored && `version ${stored.formula_version}`],
        ['Model', (stored ?? vector) && model((stored ?? vector)!.model_sha256)],
        ['Precision', (stored ?? vector)?.precision],
        ['Vector of the candidate', <VectorFacts key="c" of={vectors.candidate} task="generate_candidate_embeddings" />],
        ['Vector of the position', <VectorFacts key="p" of={vectors.position} task="generate_position_embeddings" />],
        [
          'Record of the candidate',
          records.candidate && (
            <RunLink run={records.candidate.run_id} task="sync_candidates">
              <When at={records.candidate.synced_at} />
            </RunLink>
          ),
        ],
      ]}
    />
  );
}

function Told({ pair }: { pair: Pair }) {
  const { stored, now, why } = pair;
  if (stored?.status === 'withdrawn') {
    return <p className={styles.told}>This pair is no longer suggested{why ? `. ${why}` : ''}.</p>;
  }
  if (stored && now && now.score !== stored.score) {
    return (
      <p className={styles.told}>
        Compared now it would have {points(now.score)} points: one of the two has changed since the match was found. The next run brings the
        new score.
      </p>
    );
  }
  if (!stored && now) return <p className={styles.told}>Not suggested, so nothing is stored: this was computed just now.</p>;
  return null;
}

function Explanation({ pair, feedback, first }: { pair: Pair; feedback: Feedback | null; first: Match | null }) {
  const stored = pair.stored?.status === 'active' ? pair.stored : null;
  const of = stored ?? pair.now ?? pair.stored;
  return (
    <div className={styles.why}>
      <PersonName person={pair.candidate} />
      {of ? (
        <>
          <section>
            <p className={styles.big}>
              <strong>{points(of.score)}</strong> of 100 points; the threshold is {plain(of.threshold)}
            </p>
            <ScoreBar of={of} threshold={of.threshold} large />
          </section>
          <Told pair={pair} />
          <section>
            <h3>Parts of the score</h3>
            <Parts of={of} />
          </section>
          <WhyNotFirst of={of} first={first?.candidate.id === pair.candidate.id ? null : first} />
          {pair.now && (
            <section>
              <h3>In words</h3>
              <ul className={styles.sentences}>
                {pair.now.sentences.map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            </section>
          )}
          <section>
            <h3>Conditions</h3>
            <Gates gates={of.gates} />
          </section>
          <section>
            <h3>Skills</h3>
            <Skills matched={of.matched_skills} missing={of.missing_skills} />
          </section>
        </>
      ) : (
        <p className={styles.told}>{pair.why ?? 'No explanation was returned.'}</p>
      )}
      <section>
        <h3>Evidence in both texts</h3>
        <EvidenceList evidence={pair.evidence} />
      </section>
      <section>
        <h3>Feedback</h3>
        <SayWhy key={feedback?.mine?.given_at} position={pair.position.id} candidate={pair.candidate.id} feedback={feedback} />
      </section>
      <section>
        <h3>Where it comes from</h3>
        <Origin pair={pair} />
      </section>
    </div>
  );
}

/** Why one pair has its score, or is not suggested. */
export function PairSheet({
  position,
  candidate,
  feedback,
  first,
  onClose,
}: {
  position: number;
  candidate: number;
  feedback: Feedback | null;
  first: Match | null;
  onClose: () => void;
}) {
  const query = useQuery(queries.pair(position, candidate));
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Candidate #${candidate}`}
      description={query.data ? `for ${query.data.position.title ?? `position ${position}`}` : undefined}
      shape="sheet"
    >
      <View query={query}>{(pair) => <Explanation pair={pair} feedback={feedback} first={first} />}</View>
    </Dialog>
  );
}
