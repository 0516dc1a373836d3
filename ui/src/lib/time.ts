/** Times and durations as people read them. Every time names its zone. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone, hourCycle: 'h23' });
    formats.set(key, found);
  }
  return found;
}

/** Names that browsers still give to zones which have been called otherwise for long. */
const RENAMED: Record<string, string> = {
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
};

/** All zones by their names of today, in order. */
export const zones = () => [...new Set(Intl.supportedValuesOf('timeZone').map((zone) => RENAMED[zone] ?? zone))].sort();

export const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `UTC`, `EST`, `GMT+5:30`: what the zone is called at that time. */
export function zoneName(at: Date, zone: string): string {
  if (zone === 'UTC') return 'UTC';
  return (
    format(zone, { timeZoneName: 'short' })
      .formatToParts(at)
      .find((part) => part.type === 'timeZoneName')?.value ?? zone
  );
}

const date: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' };
const minutes: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };

/** `12 Jan 2030, 06:00:00 UTC` */
export function fullTime(iso: string, zone: string): string {
  const at = new Date(iso);
  return `${format(zone, { ...date, year: 'numeric', ...minutes, second: '2-digit' }).format(at)} ${zoneName(at, zone)}`;
}

/** `12 Jan, 06:00 UTC`; with the year when it is not the year of `now`. */
export function shortTime(iso: string, zone: string, now: number): string {
  const at = new Date(iso);
  const year = format(zone, { year: 'numeric' });
  const sameYear = year.format(at) === year.format(now);
  return `${format(zone, { ...date, ...minutes, ...(sameYear ? {} : { year: 'numeric' }) }).format(at)} ${zoneName(at, zone)}`;
}

/** `06:00:02 UTC` */
export function clockTime(iso: string | number, zone: string): string {
  const at = new Date(iso);
  return `${format(zone, { ...minutes, second: '2-digit' }).format(at)} ${zoneName(at, zone)}`;
}

/** `06:00:02.123`, for lines of a log, whose head names the zone. */
export function logTime(iso: string, zone: string): string {
  const at = new Date(iso);
  return `${format(zone, { ...minutes, second: '2-digit' }).format(at)}.${String(at.getUTCMilliseconds()).padStart(3, '0')}`;
}

/** `12 Jan` */
export const dayOf = (iso: string, zone: string) => format(zone, date).format(new Date(iso));
/** `06:00` */
export const minuteOf = (iso: string, zone: string) => format(zone, minutes).format(new Date(iso));

/** The value of an `<input type="datetime-local">` for a time in a zone. */
export function inputTime(iso: string, zone: string): string {
  const parts = Object.fromEntries(
    format(zone, { year: 'numeric', month: '2-digit', day: '2-digit', ...minutes, second: '2-digit' })
      .formatToParts(new Date(iso))
      .map((part) => [part.type, part.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
}

/** The UTC time of a wall-clock time in a zone; null when it is no time. In an hour that a clock change skips, the time after it. */
export function fromInputTime(text: string, zone: string): string | null {
  const wall = Date.parse(`${text}Z`);
  if (!text || Number.isNaN(wall)) return null;
  let guess = wall;
  for (let round = 0; round < 2; round++) {
    guess += wall - Date.parse(`${inputTime(new Date(guess).toISOString(), zone)}Z`);
  }
  return new Date(guess).toISOString();
}

/** `4 min 12 s`. Null and nonsense are a dash. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  const s = Math.max(0, seconds);
  if (s < 1) return `${s === 0 ? 0 : s < 0.01 ? '< 0.01' : s.toFixed(2)} s`;
  if (s < 59.95) return `${s < 10 ? s.toFixed(1) : Math.round(s * 10) / 10} s`;
  const whole = Math.round(s);
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`;
  const hours = Math.floor(whole / 3600);
  const rest = Math.floor((whole % 3600) / 60);
  if (hours < 24) return `${hours} h${rest ? ` ${rest} min` : ''}`;
  return `${Math.floor(hours / 24)} d${hours % 24 ? ` ${hours % 24} h` : ''}`;
}

/** `4 min ago`, `in 2 h`, `just now`. */
export function relative(iso: string, now: number): string {
  const s = (Date.parse(iso) - now) / 1000;
  const size = Math.abs(s);
  if (size < 5) return 'just now';
  const [count, unit] =
    size < 60
      ? [Math.round(size), 's']
      : size < 3600
        ? [Math.round(size / 60), 'min']
        : size < 86_400
          ? [Math.round(size / 3600), 'h']
          : [Math.round(size / 86_400), size < 129_600 ? 'day' : 'days'];
  return s < 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`;
}

/** Seconds from a start to an end, or to now when there is no end yet. */
export function elapsed(start: string | null, end: string | null, now: number): number | null {
  if (!start) return null;
  return ((end ? Date.parse(end) : now) - Date.parse(start)) / 1000;
}
