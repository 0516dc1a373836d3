import { useState } from 'react';
import { Button } from '../../../src/components/button.tsx';
import { AreaField } from '../../../src/components/field.tsx';
import { toastFailed } from '../../../src/components/toast.tsx';
import { client, post, useConfig } from '../api.ts';
import type { Feedback } from '../types.ts';
import styles from './pages.module.css';

type Verdict = 'good' | 'poor';
const WORDS: Record<Verdict, string> = { good: 'Good', poor: 'Poor' };

function useSay(position: number, candidate: number) {
  const [busy, setBusy] = useState(false);
  const say = async (verdict: Verdict | null, note = '') => {
    setBusy(true);
    try {
      await post(`/positions/${position}/candidates/${candidate}/feedback`, { verdict, note });
      await client.invalidateQueries({ queryKey: ['position', `/positions/${position}`] });
    } catch (error) {
      toastFailed(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, say };
}

/** Good or poor; the same word again takes it back. Others' words are counted beside it. */
export function Say({ position, candidate, feedback }: { position: number; candidate: number; feedback: Feedback | null }) {
  const { may_give_feedback } = useConfig();
  const { busy, say } = useSay(position, candidate);
  const mine = feedback?.mine?.verdict ?? null;
  return (
    <span className={styles.feedback}>
      {(['good', 'poor'] as const).map((verdict) => {
        const number = feedback?.[verdict] ?? 0;
        return (
          <Button
            key={verdict}
            size="small"
            disabled={!may_give_feedback || busy}
            aria-pressed={mine === verdict}
            aria-label={`${WORDS[verdict]} suggestion: candidate ${candidate}${number > 0 ? `, said by ${number}` : ''}`}
            onClick={() => say(mine === verdict ? null : verdict, feedback?.mine?.note)}
          >
            {WORDS[verdict]}
            {number > 0 && ` ${number}`}
          </Button>
        );
      })}
    </span>
  );
}

/** The same with a reason, for the page of a pair. */
export function SayWhy({ position, candidate, feedback }: { position: number; candidate: number; feedback: Feedback | null }) {
  const { may_give_feedback } = useConfig();
  const { busy, say } = useSay(position, candidate);
  const [note, setNote] = useState(feedback?.mine?.note ?? '');
  if (!may_give_feedback) {
    return <p className="muted small">Your roles do not allow feedback; REFERRAL_FEEDBACK_ROLES sets which do.</p>;
  }
  const mine = feedback?.mine?.verdict ?? null;
  return (
    <div className={styles.why}>
      <AreaField
        label="Why do you think so?"
        hint="Optional. Write nothing personal; it is kept with your name and the time, and deleted with the person."
        rows={2}
        maxLength={1000}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <span className={styles.feedback}>
        {(['good', 'poor'] as const).map((verdict) => (
          <Button key={verdict} size="small" busy={busy} aria-pressed={mine === verdict} onClick={() => say(verdict, note)}>
            {WORDS[verdict]} suggestion
          </Button>
        ))}
        {mine && (
          <Button size="small" kind="quiet" busy={busy} onClick={() => say(null)}>
            Take it back
          </Button>
        )}
      </span>
    </div>
  );
}
