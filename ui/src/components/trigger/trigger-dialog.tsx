import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { setPaused, trigger } from '../../api/actions.ts';
import { ApiError } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import type { Dag } from '../../api/types.ts';
import { useZone } from '../../lib/now.ts';
import { faultOf, parseConf, sectionsOf } from '../../lib/params.ts';
import { fromInputTime } from '../../lib/time.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { AreaField, CheckField, SelectField, TextField } from '../field.tsx';
import { Segments } from '../tabs.tsx';
import { toastDone } from '../toast.tsx';
import { View } from '../view.tsx';
import { ParamField } from './param-field.tsx';
import styles from './trigger.module.css';

interface Props {
  dag: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** A conf to begin with, such as that of the run to repeat. */
  conf?: Record<string, unknown> | undefined;
}

/** Asks for what a new run is to be given, and starts it. */
export function TriggerDialog({ dag, open, onOpenChange, conf }: Props) {
  const query = useQuery({ ...queries.dag(dag), enabled: open });
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Trigger a run" description={<span className="mono">{dag}</span>} size="large">
      <View query={query}>{(data) => <Form dag={data} initial={conf} onDone={() => onOpenChange(false)} />}</View>
    </Dialog>
  );
}

function Form({ dag, initial, onDone }: { dag: Dag; initial: Record<string, unknown> | undefined; onDone: () => void }) {
  const zone = useZone();
  const navigate = useNavigate();
  const defaults = useMemo(() => Object.fromEntries(Object.entries(dag.params).map(([name, param]) => [name, param.value])), [dag.params]);
  const sections = sectionsOf(dag.params);
  const hasForm = sections.length > 0;
  // One object is the truth; fields and text are two views of it. Text that is no JSON yet is kept beside.
  const [conf, setConf] = useState<Record<string, unknown>>(() => ({ ...defaults, ...initial }));
  const [draft, setDraft] = useState<string | null>(null);
  const [view, setView] = useState<'form' | 'json'>(hasForm ? 'form' : 'json');
  const [date, setDate] = useState('');
  const [runId, setRunId] = useState('');
  const [note, setNote] = useState('');
  const [unpause, setUnpause] = useState(dag.is_paused);
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

  const faults: Record<string, string> = {};
  for (const [name, param] of Object.entries(dag.params)) {
    const fault = param.schema.const === undefined ? faultOf(param, conf[name]) : null;
    if (fault) faults[name] = fault;
  }
  const textFault = draft === null ? null : parseConf(draft);
  const wrong = Object.keys(faults).length > 0 || (textFault !== null && 'fault' in textFault);

  const submit = async () => {
    setTried(true);
    setRefused(null);
    if (wrong) return;
    setBusy(true);
    try {
      if (dag.is_paused && unpause) await setPaused(dag.dag_id, false);
      const run = await trigger(dag.dag_id, {
        logical_date: date ? fromInputTime(date, zone) : null,
        dag_run_id: runId.trim() || undefined,
        conf: Object.keys(conf).length > 0 ? conf : undefined,
        note: note || undefined,
      });
      toastDone(`${dag.dag_id} was triggered.`);
      onDone();
      await navigate({ to: '/dags/$dag/runs/$run', params: { dag: dag.dag_id, run }, search: {} });
    } catch (error) {
      setRefused(error instanceof ApiError ? error : new ApiError(0, String(error)));
      setBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      submit();
    }
  };

  return (
    <form
      className={styles.form}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {refused && (
        <p className={styles.refused} role="alert">
          {refused.message}
        </p>
      )}
      {tried && wrong && (
        <div className={styles.refused} role="alert">
          {Object.entries(faults).map(([name, fault]) => (
            <p key={name}>
              <strong>{dag.params[name]?.schema.title ?? name}</strong> {fault}
            </p>
          ))}
          {textFault && 'fault' in textFault && <p>{textFault.fault}</p>}
        </div>
      )}
      <div className={styles.bar}>
        {hasForm && (
          <Segments
            label="Configuration as"
            value={view}
            onChange={setView}
            options={[
              ['form', 'Form'],
              ['json', 'JSON'],
            ]}
          />
        )}
        {dag.recent_confs.length > 0 && (
          <div className={styles.recent}>
            <SelectField
              label="Recent configurations"
              hideLabel
              value=""
              onChange={(event) => {
                const found = dag.recent_confs[Number(event.target.value)];
                if (found) {
                  setConf({ ...defaults, ...found.conf });
                  setDraft(null);
                }
              }}
              options={[
                ['', 'Use a recent configuration…'],
                ...dag.recent_confs.map((each, index): [string, string] => [
                  String(index),
                  `${JSON.stringify(each.conf).slice(0, 60)} · ${each.run_id}`,
                ]),
              ]}
            />
          </div>
        )}
      </div>
      {view === 'form' ? (
        sections.map(([section, names]) => (
          <fieldset key={section} className={styles.section}>
            {section ? <legend>{section}</legend> : <legend className="sr">Parameters</legend>}
            {names.map((name) => (
              <ParamField
                key={name}
                name={name}
                param={dag.params[name]!}
                value={conf[name]}
                zone={zone}
                error={(tried ? faults[name] : undefined) ?? refused?.fields[`conf.${name}`]}
                onChange={(value) => setConf({ ...conf, [name]: value })}
              />
            ))}
          </fieldset>
        ))
      ) : (
        <AreaField
          label="Configuration (JSON)"
          rows={10}
          error={textFault && 'fault' in textFault ? textFault.fault : undefined}
          value={draft ?? JSON.stringify(conf, null, 2)}
          onChange={(event) => {
            const parsed = parseConf(event.target.value);
            setDraft(event.target.value);
            if ('conf' in parsed) setConf(parsed.conf);
          }}
          onBlur={() => {
            if (textFault && 'conf' in textFault) setDraft(null);
          }}
        />
      )}
      <details className={styles.more}>
        <summary>Logical date, run id, note</summary>
        <div className={styles.section}>
          <TextField
            label={`Logical date (${zone})`}
            hint="Empty: the run has none"
            type="datetime-local"
            step={1}
            value={date}
            onChange={(event) => setDate(event.target.value)}
            error={refused?.fields.logical_date}
          />
          <TextField
            label="Run id"
            hint="Empty: made of the time"
            value={runId}
            onChange={(event) => setRunId(event.target.value)}
            error={refused?.fields.dag_run_id}
          />
          <AreaField label="Note" rows={2} value={note} onChange={(event) => setNote(event.target.value)} />
        </div>
      </details>
      {dag.is_paused && (
        <CheckField
          label="Unpause the DAG"
          hint="While it is paused, the run waits."
          checked={unpause}
          onChange={(event) => setUnpause(event.target.checked)}
        />
      )}
      <div className={styles.foot}>
        <span className="muted small">Ctrl Enter triggers</span>
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit" icon="play" busy={busy}>
          Trigger
        </Button>
      </div>
    </form>
  );
}
