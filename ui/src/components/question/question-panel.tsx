import { useId, useState } from 'react';
import { answerQuestion } from '../../api/questions.ts';
import type { Param, Question, TiDetail } from '../../api/types.ts';
import { useZone } from '../../lib/now.ts';
import { faultOf, paramOf, sectionsOf } from '../../lib/params.ts';
import { Button } from '../button.tsx';
import { CheckField } from '../field.tsx';
import { Icon } from '../icons.tsx';
import { JsonView } from '../json-view.tsx';
import { toastDone } from '../toast.tsx';
import { ParamField } from '../trigger/param-field.tsx';
import { When } from '../when.tsx';
import styles from './question.module.css';

/** What a task asks people, with the way to answer; later what was answered. */
export function QuestionPanel({ ti, question }: { ti: TiDetail; question: Question }) {
  const open = question.answer === null && ti.state === 'deferred';
  return (
    <section className={styles.panel} aria-labelledby="question" data-open={open || undefined}>
      <h2 id="question">
        <Icon name={open ? 'user' : 'check'} size={16} /> <span className="break">{question.subject}</span>
      </h2>
      {question.body && <p className={styles.body}>{question.body}</p>}
      {open ? <Form key={question.created_at} ti={ti} question={question} /> : <Outcome question={question} />}
    </section>
  );
}

function Outcome({ question }: { question: Question }) {
  const { answer } = question;
  if (!answer) return <p className="muted small">Nobody has answered, and the task has gone on without.</p>;
  return (
    <>
      <p className="small">
        <strong>{answer.chosen_options.join(', ')}</strong>,{' '}
        {answer.responded_by ? `chosen by ${answer.responded_by.name}` : 'by default, for nobody answered in time'}{' '}
        <When at={answer.responded_at} />
      </p>
      {Object.keys(answer.params_input).length > 0 && <JsonView value={answer.params_input} label="what was filled in" />}
    </>
  );
}

/** What happens if nobody answers. */
function Deadline({ question, until }: { question: Question; until: string | null | undefined }) {
  const otherwise = question.defaults?.length ? `${question.defaults.join(', ')} is chosen` : 'the task fails';
  return (
    <p className="muted small">
      Asked <When at={question.created_at} />.{' '}
      {until ? (
        <>
          Without an answer {otherwise} <When at={until} />.
        </>
      ) : (
        'It waits until somebody answers.'
      )}{' '}
      {question.assigned_users.length > 0 && `May be answered by ${question.assigned_users.map((user) => user.name).join(', ')}.`}
    </p>
  );
}

function Form({ ti, question }: { ti: TiDetail; question: Question }) {
  const zone = useZone();
  const name = useId();
  const params: Record<string, Param> = Object.fromEntries(Object.entries(question.params).map(([key, value]) => [key, paramOf(value)]));
  const [input, setInput] = useState<Record<string, unknown>>(() =>
    Object.fromEntries(Object.entries(params).map(([key, param]) => [key, param.value])),
  );
  const [chosen, setChosen] = useState<readonly string[]>(question.defaults ?? []);
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [busy, setBusy] = useState<string | null>(null);

  const faults = Object.fromEntries(
    Object.entries(params).flatMap(([key, param]) => {
      const fault = param.schema.const === undefined ? faultOf(param, input[key]) : null;
      return fault ? [[key, fault]] : [];
    }),
  );
  const nothing = question.multiple && chosen.length === 0;
  const send = async (options: readonly string[], word: string) => {
    setTried(true);
    setRefused(null);
    if (nothing || Object.keys(faults).length > 0) return;
    setBusy(word);
    try {
      const at = { dag: ti.dag_id, run: ti.run_id, task: ti.task_id, mapIndex: ti.map_index };
      await answerQuestion(at, { chosen_options: [...options], params_input: input });
      toastDone('The answer was sent.');
    } catch (error) {
      setRefused(error instanceof Error ? error.message : String(error));
      setBusy(null);
    }
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (question.multiple) send(chosen, 'Answer');
        else if (question.options.length === 1) send(question.options, question.options[0]!);
      }}
    >
      {(refused || (tried && nothing)) && (
        <p className={styles.refused} role="alert">
          {refused ?? 'Choose one option at least.'}
        </p>
      )}
      {sectionsOf(params).map(([section, names]) => (
        <fieldset key={section} className={styles.fields} disabled={!question.may_answer}>
          <legend className={section ? undefined : 'sr'}>{section || 'To fill in'}</legend>
          {names.map((each) => (
            <ParamField
              key={each}
              name={each}
              param={params[each]!}
              value={input[each]}
              zone={zone}
              error={tried ? faults[each] : undefined}
              onChange={(value) => setInput({ ...input, [each]: value })}
            />
          ))}
        </fieldset>
      ))}
      {question.multiple ? (
        <fieldset className={styles.options} disabled={!question.may_answer}>
          <legend>Choose one or more</legend>
          {question.options.map((option) => (
            <CheckField
              key={option}
              label={option}
              checked={chosen.includes(option)}
              onChange={(event) =>
                setChosen(question.options.filter((each) => (each === option ? event.target.checked : chosen.includes(each))))
              }
            />
          ))}
          <Button kind="primary" type="submit" busy={busy !== null}>
            Answer
          </Button>
        </fieldset>
      ) : (
        <div className={styles.options} role="group" aria-label="Choose one" id={name}>
          {question.options.map((option) => (
            <Button
              key={option}
              kind={question.options.length === 1 || question.defaults?.includes(option) ? 'primary' : 'plain'}
              type={question.options.length === 1 ? 'submit' : 'button'}
              disabled={!question.may_answer || busy !== null}
              busy={busy === option}
              {...(question.options.length === 1 ? {} : { onClick: () => send([option], option) })}
            >
              {option}
            </Button>
          ))}
        </div>
      )}
      {!question.may_answer && (
        <p className="small">
          You may not answer this: it needs the permission to edit task instances, and to be among those who are asked.
        </p>
      )}
      <Deadline question={question} until={ti.trigger?.until} />
    </form>
  );
}
