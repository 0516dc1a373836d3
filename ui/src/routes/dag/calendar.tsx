import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ask } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { View } from '../../components/view.tsx';
import { path } from '../../lib/base.ts';
import { dayAfter, type Month, months, moved } from '../../lib/calendar.ts';
import { useCan } from '../../lib/can.ts';
import { useFilters } from '../../lib/filters.ts';
import { BackfillDialog } from './backfill-dialog.tsx';
import { Backfills } from './backfills.tsx';
import styles from './calendar.module.css';

interface Day {
  day: string;
  states: Record<string, number>;
  planned: number;
}

const calendar = (dag: string, from: string, to: string) =>
  ask<{ days: Day[] }>(['dag', dag, 'calendar'], path`/ui/api/dags/${dag}/calendar`, { from, to });

/** A year of a DAG's runs, day by day, and the way to fill what is missing. */
export function DagCalendarPage() {
  const { dag } = useParams({ strict: false }) as { dag: string };
  const [search, change] = useFilters<{ to?: string | undefined }>();
  const can = useCan();
  const [filling, setFilling] = useState(false);
  const today = new Date().toISOString().slice(0, 10);
  // A month ahead shows what is planned.
  const standard = moved(today.slice(0, 7), 1);
  const last = search.to && /^\d{4}-(0[1-9]|1[0-2])$/.test(search.to) ? search.to : standard;
  const year = months(last);
  const query = useQuery(calendar(dag, `${year[0]!.days[0]}T00:00:00Z`, `${dayAfter(year[11]!.days.at(-1)!)}T00:00:00Z`));
  return (
    <div className={styles.page}>
      <div className={styles.tools}>
        <Button size="small" icon="left" onClick={() => change({ to: moved(last, -12) })}>
          Earlier
        </Button>
        <Button
          size="small"
          disabled={last >= standard}
          onClick={() => change({ to: moved(last, 12) >= standard ? undefined : moved(last, 12) })}
        >
          Later
        </Button>
        <ul className={styles.legend} aria-label="Legend">
          <li>
            <i data-part="success" /> succeeded
          </li>
          <li>
            <i data-part="failed" /> failed
          </li>
          <li>
            <i data-part="other" /> not ended
          </li>
          <li>
            <i data-part="planned" /> planned
          </li>
        </ul>
        <span className="small muted">Days of UTC</span>
        {can('create', 'DAG Runs') && (
          <Button size="small" icon="runs" onClick={() => setFilling(true)}>
            Backfill
          </Button>
        )}
      </div>
      <View query={query}>
        {(data) => {
          const byDay = new Map(data.days.map((day) => [day.day.slice(0, 10), day]));
          return (
            <div className={styles.months}>
              {year.map((month) => (
                <OneMonth key={month.id} month={month} dag={dag} days={byDay} today={today} />
              ))}
            </div>
          );
        }}
      </View>
      <Backfills dag={dag} />
      {filling && <BackfillDialog dag={dag} onClose={() => setFilling(false)} />}
    </div>
  );
}

const WEEK = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];

function OneMonth({ month, dag, days, today }: { month: Month; dag: string; days: Map<string, Day>; today: string }) {
  return (
    <section aria-label={month.name}>
      <h2 className={styles.name}>{month.name}</h2>
      <div className={styles.grid}>
        {WEEK.map((day) => (
          <span key={day} className={styles.week} aria-hidden="true">
            {day}
          </span>
        ))}
        {month.lead > 0 && <span style={{ gridColumn: `span ${month.lead}` }} />}
        {month.days.map((day) => (
          <OneDay key={day} day={day} dag={dag} of={days.get(day)} isToday={day === today} />
        ))}
      </div>
    </section>
  );
}

function OneDay({ day, dag, of, isToday }: { day: string; dag: string; of: Day | undefined; isToday: boolean }) {
  const number = Number(day.slice(8));
  const total = Object.values(of?.states ?? {}).reduce((sum, count) => sum + count, 0);
  const planned = of?.planned ?? 0;
  if (total === 0) {
    return (
      <span
        className={styles.day}
        data-planned={planned > 0 || undefined}
        data-today={isToday || undefined}
        title={planned > 0 ? `${day}: ${planned} planned` : undefined}
      >
        {number}
        {planned > 0 && <span className="sr">: {planned} planned</span>}
      </span>
    );
  }
  const failed = of?.states.failed ?? 0;
  const success = of?.states.success ?? 0;
  const words = [
    `${total} ${total === 1 ? 'run' : 'runs'}`,
    failed > 0 && `${failed} failed`,
    total - failed - success > 0 && `${total - failed - success} not ended`,
    planned > 0 && `${planned} planned`,
  ]
    .filter(Boolean)
    .join(', ');
  return (
    <Link
      to="/runs"
      search={{ dag, after: `${day}T00:00:00.000Z`, before: `${dayAfter(day)}T00:00:00.000Z` }}
      className={styles.day}
      data-runs
      data-planned={planned > 0 || undefined}
      data-today={isToday || undefined}
      aria-label={`${day}: ${words}`}
      title={`${day}: ${words}`}
    >
      <span>{number}</span>
      <b>{total}</b>
      <span className={styles.bar} aria-hidden="true">
        {success > 0 && <i data-part="success" style={{ flexGrow: success }} />}
        {failed > 0 && <i data-part="failed" style={{ flexGrow: failed }} />}
        {total - failed - success > 0 && <i data-part="other" style={{ flexGrow: total - failed - success }} />}
      </span>
    </Link>
  );
}
