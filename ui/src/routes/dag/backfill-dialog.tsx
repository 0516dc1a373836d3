import { useDeferredValue, useState } from 'react';
import { post } from '../../api/client.ts';
import { client } from '../../api/queries.ts';
import { Confirm } from '../../components/confirm.tsx';
import { AreaField, CheckField, SelectField, TextField } from '../../components/field.tsx';
import { counted } from '../../components/list/pages.tsx';
import { useZone } from '../../lib/now.ts';
import { fromInputTime, fullTime } from '../../lib/time.ts';
import styles from './calendar.module.css';

interface Planned {
  logical_date: string | null;
}

const DATES = 400;

/** Runs for a span of time that has passed: first which, then those. */
export function BackfillDialog({ dag, onClose }: { dag: string; onClose: () => void }) {
  const zone = useZone();
  const [draft, setDraft] = useState({ from: '', to: '', reprocess: 'none', runs: '10', backwards: false, conf: '{}' });
  const set = (part: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...part }));
  const settled = useDeferredValue(draft);
  const body = (of: typeof draft) => {
    const [from, to] = [fromInputTime(of.from, zone), fromInputTime(of.to, zone)];
    if (!from || !to) throw new Error('Choose from when to when.');
    if (from > to) throw new Error('The end is before the start.');
    if (!(Number.isInteger(Number(of.runs)) && Number(of.runs) > 0)) throw new Error('At least one run at a time.');
    const conf: unknown = JSON.parse(of.conf || '{}');
    return {
      dag_id: dag,
      from_date: from,
      to_date: to,
      run_backwards: of.backwards,
      dag_run_conf: conf,
      reprocess_behavior: of.reprocess,
      max_active_runs: Number(of.runs),
    };
  };
  const chosen = settled.from !== '' && settled.to !== '';
  return (
    <Confirm<Planned>
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Backfill ${dag}`}
      description="Makes the runs that the schedule would have made in a span of time."
      choices={
        <div className={styles.form}>
          <div className={styles.pair}>
            <TextField
              label={`From (${zone})`}
              type="datetime-local"
              autoFocus
              value={draft.from}
              onChange={(event) => set({ from: event.target.value })}
            />
            <TextField
              label={`To (${zone})`}
              type="datetime-local"
              value={draft.to}
              onChange={(event) => set({ to: event.target.value })}
            />
            <SelectField
              label="Runs that are there already"
              value={draft.reprocess}
              options={[
                ['none', 'Leave all of them'],
                ['failed', 'Run failed ones again'],
                ['completed', 'Run all ended ones again'],
              ]}
              onChange={(event) => set({ reprocess: event.target.value })}
            />
            <TextField
              label="Runs at a time"
              type="number"
              min={1}
              value={draft.runs}
              onChange={(event) => set({ runs: event.target.value })}
            />
          </div>
          <CheckField label="Newest first" checked={draft.backwards} onChange={(event) => set({ backwards: event.target.checked })} />
          <AreaField label="Configuration (JSON)" rows={2} value={draft.conf} onChange={(event) => set({ conf: event.target.value })} />
          {!chosen && <p className="small muted">Choose a span of time to see which runs it makes.</p>}
        </div>
      }
      dryRun={{
        key: ['backfill', dag, settled],
        run: async () => {
          if (!chosen) return [];
          return (await post<{ backfills: Planned[] }>('/api/v2/backfills/dry_run', body(settled))).backfills;
        },
        show: (planned) => (
          <>
            <p role="status">{counted(planned.length, 'run')} will be made:</p>
            <ol className={styles.dates}>
              {planned.slice(0, DATES).map((each) => (
                <li key={each.logical_date}>{each.logical_date ? fullTime(each.logical_date, zone) : '–'}</li>
              ))}
            </ol>
            {planned.length > DATES && <p className="small muted">and {planned.length - DATES} more</p>}
          </>
        ),
        none: chosen ? 'The schedule has no run in this span that is not there already' : 'No span chosen yet',
      }}
      confirm="Start the backfill"
      action={async () => {
        await post('/api/v2/backfills', body(draft));
        await client.invalidateQueries({ queryKey: ['dag', dag] });
      }}
      done={(planned) => `A backfill of ${counted(planned.length, 'run')} was started.`}
    />
  );
}
