/** Months of days, for a calendar whose weeks start on Monday. Days are those of UTC, as `2030-01-12`. */

export interface Month {
  /** `2030-01` */
  id: string;
  name: string;
  /** Empty places before the first day. */
  lead: number;
  days: string[];
}

const names = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** The twelve months that end with `last` (`2030-01`). */
export function months(last: string): Month[] {
  const [year, month] = last.split('-').map(Number) as [number, number];
  return Array.from({ length: 12 }, (_, back) => {
    const first = new Date(Date.UTC(year, month - 1 - (11 - back), 1));
    const count = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
    const id = first.toISOString().slice(0, 7);
    return {
      id,
      name: names.format(first),
      lead: (first.getUTCDay() + 6) % 7,
      days: Array.from({ length: count }, (_, day) => `${id}-${String(day + 1).padStart(2, '0')}`),
    };
  });
}

/** The month some months away. */
export function moved(month: string, by: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}

/** The day after. */
export const dayAfter = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
