/** Time along a line: how far from the left a moment is, when stretches in which nothing happens are cut out. */

export interface Cut {
  from: number;
  to: number;
}

/** What is left of a cut, as a share of the whole line. */
const BREAK = 0.025;

export interface Timeline {
  /** 0 to 1. */
  at(time: number): number;
  /** Where the cuts stand: their middle, and how long they are in seconds. */
  breaks: { at: number; seconds: number }[];
  ticks: { at: number; time: number }[];
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

export function timelineOf(start: number, end: number, cuts: readonly Cut[], ticksWanted = 8): Timeline {
  const inside = cuts.map((cut) => ({ from: Math.max(start, cut.from), to: Math.min(end, cut.to) })).filter((cut) => cut.to > cut.from);
  const gone = inside.reduce((sum, cut) => sum + cut.to - cut.from, 0);
  const worked = Math.max(1, end - start - gone);
  const room = Math.max(0.2, 1 - inside.length * BREAK);
  const share = inside.length > 0 ? (1 - room) / inside.length : 0;
  const at = (time: number): number => {
    const t = Math.max(start, Math.min(end, time));
    let passed = t - start;
    let extra = 0;
    for (const cut of inside) {
      if (t <= cut.from) break;
      const within = Math.min(t, cut.to) - cut.from;
      passed -= within;
      extra += share * (within / (cut.to - cut.from));
    }
    return (passed / worked) * room + extra;
  };
  const step = (STEPS.find((seconds) => worked / (seconds * 1000) <= ticksWanted) ?? 86_400) * 1000;
  const ticks = [];
  for (let time = Math.ceil(start / step) * step; time <= end; time += step) {
    if (!inside.some((cut) => time > cut.from && time < cut.to)) ticks.push({ at: at(time), time });
    if (ticks.length > 200) break;
  }
  return { at, ticks, breaks: inside.map((cut) => ({ at: (at(cut.from) + at(cut.to)) / 2, seconds: (cut.to - cut.from) / 1000 })) };
}
