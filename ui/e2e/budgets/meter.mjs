// Figures beside what they may be.

/** Collects figures, and prints each as it comes. */
export function meter() {
  const results = [];
  const note = (more) => (what, value, budget, unit) => {
    const ok = Number.isFinite(value) && (more ? value >= budget : value <= budget);
    results.push({ what, value, budget, unit, more, ok });
    console.log(row(results.at(-1)));
  };
  return {
    atMost: note(false),
    atLeast: note(true),
    /** What could not be measured, and why. */
    failed(what, error) {
      results.push({ what, ok: false });
      console.log(`${what.padEnd(WHAT)}${'failed'.padStart(FIGURE)}  ${String(error.message).split('\n')[0]}`);
    },
    over: () => results.filter(({ ok }) => !ok).map(({ what }) => what),
    count: () => results.length,
  };
}

const WHAT = 52;
const FIGURE = 12;
const number = (value, unit) => `${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`.trim();

export const head = () => `${'what'.padEnd(WHAT)}${'measured'.padStart(FIGURE)}${'budget'.padStart(FIGURE)}`;
const row = ({ what, value, budget, unit, more, ok }) =>
  `${what.padEnd(WHAT)}${number(value, unit).padStart(FIGURE)}${`${more ? '≥' : '≤'} ${number(budget, unit)}`.padStart(FIGURE)}${ok ? '  kept' : '  over'}`;

/** The value below which that share of the values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/** The least of three, since everything else on the machine only ever adds. */
export async function best(measure) {
  const times = [];
  for (let round = 0; round < 3; round++) times.push(await measure());
  return Math.min(...times);
}
