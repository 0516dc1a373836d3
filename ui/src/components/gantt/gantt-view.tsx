import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queries } from '../../api/queries.ts';
import type { Gantt, GanttRow } from '../../api/types.ts';
import { useNow, useZone } from '../../lib/now.ts';
import { stateOf, stateWord } from '../../lib/states.ts';
import { clockTime, duration } from '../../lib/time.ts';
import { type Timeline, timelineOf } from '../../lib/timeline.ts';
import { Button, IconButton } from '../button.tsx';
import { StateChip, StateMark } from '../state.tsx';
import { Table } from '../table.tsx';
import { Segments } from '../tabs.tsx';
import { TiLink } from '../ti-table.tsx';
import { Empty, View } from '../view.tsx';
import styles from './gantt.module.css';

/** When each task of a run waited and worked. */
export function GanttView({ dag, run }: { dag: string; run: string }) {
  const query = useQuery(queries.gantt(dag, run));
  return (
    <View query={query}>
      {(gantt) =>
        gantt.rows.length === 0 || !gantt.start ? (
          <Empty icon="clock" title="Nothing has started yet" />
        ) : (
          <Chart dag={dag} run={run} gantt={gantt} />
        )
      }
    </View>
  );
}

const time = (iso: string | null) => (iso ? Date.parse(iso) : null);

function Chart({ dag, run, gantt }: { dag: string; run: string; gantt: Gantt }) {
  const [as, setAs] = useState<'chart' | 'table'>('chart');
  const [zoom, setZoom] = useState(1);
  const [cut, setCut] = useState(true);
  const [onlyCritical, setOnlyCritical] = useState(false);
  const zone = useZone();
  const clock = useNow(1);
  const live = !gantt.end;
  // The server's clock rules; between two answers it is moved on by ours.
  const [skew] = useState(() => Date.parse(gantt.now) - Date.now());
  const now = clock + skew;
  const start = time(gantt.start)!;
  const first = Math.min(
    start,
    ...gantt.rows.flatMap((row) => row.tries.map((each) => time(each.scheduled_at) ?? time(each.start) ?? start)),
  );
  const end = Math.max(
    live ? now : (time(gantt.end) ?? now),
    ...gantt.rows.flatMap((row) => row.tries.map((each) => time(each.end) ?? start)),
  );
  const line = timelineOf(
    first,
    Math.max(end, first + 1000),
    cut ? gantt.gaps.map((gap) => ({ from: Date.parse(gap.from), to: Date.parse(gap.to) })) : [],
    7 * zoom,
  );
  const critical = new Set(gantt.critical);
  const rows = onlyCritical ? gantt.rows.filter((row) => critical.has(row.task_id)) : gantt.rows;
  const open = { dag_id: dag, run_id: run };

  return (
    <div className={styles.view}>
      <div className={styles.bar}>
        <Segments
          label="Shown as"
          value={as}
          onChange={setAs}
          options={[
            ['chart', 'Chart'],
            ['table', 'Table'],
          ]}
        />
        <Button size="small" aria-pressed={onlyCritical} onClick={() => setOnlyCritical(!onlyCritical)}>
          Critical path only
        </Button>
        {gantt.gaps.length > 0 && (
          <Button size="small" aria-pressed={cut} onClick={() => setCut(!cut)}>
            Cut idle time
          </Button>
        )}
        {as === 'chart' && (
          <span className={styles.zoom}>
            <IconButton icon="minus" size="small" label="Shorter" disabled={zoom === 1} onClick={() => setZoom(Math.max(1, zoom / 2))} />
            <IconButton icon="plus" size="small" label="Longer" disabled={zoom >= 32} onClick={() => setZoom(zoom * 2)} />
          </span>
        )}
        <span className={styles.legend} aria-hidden="true">
          <i data-part="scheduled" /> waits for a slot
          <i data-part="queued" /> queued
          <i data-part="run" /> works
        </span>
      </div>
      {as === 'table' ? (
        <GanttTable rows={rows} critical={critical} at={open} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={styles.scroll} tabIndex={0} aria-label="Gantt chart; the table has the same">
          <div className={styles.chart} style={{ '--zoom': zoom } as React.CSSProperties}>
            <div className={styles.head}>
              <span className={styles.name}>Task</span>
              <div className={styles.line}>
                {line.ticks.map((tick) => (
                  <span key={tick.time} className={styles.tick} style={{ left: `${tick.at * 100}%` }}>
                    {clockTime(tick.time, zone).replace(/ .*/, '')}
                  </span>
                ))}
              </div>
              <span className={styles.number}>wait</span>
              <span className={styles.number}>run</span>
              <span className={styles.number}>median</span>
            </div>
            {rows.map((row) => (
              <div key={`${row.task_id} ${row.map_index}`} className={styles.row}>
                <span className={styles.name} style={{ paddingLeft: 8 + row.depth * 12 }}>
                  <StateMark state={row.state} />
                  <TiLink ti={{ ...open, task_id: row.task_id, map_index: row.map_index }} tab="log">
                    <span className="cut" title={row.label}>
                      {row.label}
                      {row.map_index >= 0 && ` [${row.map_index}]`}
                    </span>
                  </TiLink>
                  {critical.has(row.task_id) && (
                    <span className={styles.critical} title="On the critical path">
                      ●<span className="sr"> on the critical path</span>
                    </span>
                  )}
                </span>
                <div className={styles.line}>
                  {line.ticks.map((tick) => (
                    <i key={tick.time} className={styles.rule} style={{ left: `${tick.at * 100}%` }} />
                  ))}
                  {line.breaks.map((each) => (
                    <i
                      key={each.at}
                      className={styles.break}
                      style={{ left: `${each.at * 100}%` }}
                      title={`nothing for ${duration(each.seconds)}`}
                    />
                  ))}
                  <Bars row={row} line={line} now={now} />
                  {live && <i className={styles.now} style={{ left: `${line.at(now) * 100}%` }} />}
                </div>
                <span className={styles.number}>{duration(row.wait)}</span>
                <span className={styles.number}>
                  {duration(row.run)}
                  {row.share !== null && <small> {Math.round(row.share * 100)} %</small>}
                </span>
                <span className={styles.number}>{duration(row.median)}</span>
              </div>
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

/** The tries of a task: each its waits and its work. */
function Bars({ row, line, now }: { row: GanttRow; line: Timeline; now: number }) {
  const part = (from: number | null, to: number | null, kind: string, state: string | null, words: string) => {
    if (from === null) return null;
    const left = line.at(from);
    const width = Math.max(0, line.at(to ?? now) - left);
    return (
      <i
        key={`${kind} ${from}`}
        className={styles.part}
        data-part={kind}
        data-s={stateOf(state)}
        data-short={width < 0.004 || undefined}
        style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
        title={words}
      />
    );
  };
  return row.tries.map((each) => {
    const began = time(each.start);
    const queued = time(each.queued_at);
    const ended = time(each.end);
    const words = `${row.label}, try ${each.try}: ${stateWord(each.state)}${began ? `, ${duration(((ended ?? now) - began) / 1000)}` : ''}`;
    return (
      <span key={each.try}>
        {part(time(each.scheduled_at), queued ?? began ?? ended, 'scheduled', each.state, `${words}, scheduled`)}
        {part(queued, began ?? ended, 'queued', each.state, `${words}, queued`)}
        {part(began, ended, 'run', each.state, words)}
      </span>
    );
  });
}

function GanttTable({
  rows,
  critical,
  at,
}: {
  rows: readonly GanttRow[];
  critical: ReadonlySet<string>;
  at: { dag_id: string; run_id: string };
}) {
  return (
    <Table<GanttRow>
      label="When each task waited and worked"
      rows={rows}
      rowKey={(row) => `${row.task_id} ${row.map_index}`}
      columns={[
        {
          id: 'task',
          header: 'Task',
          isName: true,
          cell: (row) => (
            <TiLink ti={{ ...at, task_id: row.task_id, map_index: row.map_index }} tab="log">
              {row.label}
              {row.map_index >= 0 && ` [${row.map_index}]`}
            </TiLink>
          ),
        },
        { id: 'state', header: 'State', cell: (row) => <StateChip state={row.state} size="small" /> },
        {
          id: 'critical',
          header: 'Critical path',
          from: 768,
          cell: (row) => (critical.has(row.task_id) ? 'yes' : <span className="muted">no</span>),
        },
        { id: 'tries', header: 'Tries', align: 'right', cell: (row) => row.tries.length },
        { id: 'wait', header: 'Wait', align: 'right', cell: (row) => duration(row.wait) },
        { id: 'run', header: 'Run', align: 'right', cell: (row) => duration(row.run) },
        {
          id: 'share',
          header: 'Of the run',
          align: 'right',
          cell: (row) => (row.share === null ? '–' : `${Math.round(row.share * 100)} %`),
        },
        { id: 'median', header: 'Median of 20', align: 'right', cell: (row) => duration(row.median) },
      ]}
    />
  );
}
