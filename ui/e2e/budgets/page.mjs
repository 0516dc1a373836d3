// A page whose clock is read: when things are seen, how long it is busy, how many frames it draws.

const PATIENCE = 60_000;

/** Before any script of the page: what kept it busy for long, what was painted last, how long it took to answer to a person, and the stream of changes. */
const WATCH = () => {
  const seen = { tasks: [], painted: 0, answers: [], streams: [] };
  window.watched = seen;
  const watch = (type, note, options = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...options });
  watch('longtask', (entry) => seen.tasks.push(entry.duration));
  watch('largest-contentful-paint', (entry) => {
    seen.painted = entry.startTime;
  });
  watch('event', (entry) => entry.interactionId && seen.answers.push(entry.duration), { durationThreshold: 16 });
  window.EventSource = class extends EventSource {
    constructor(...all) {
      super(...all);
      seen.streams.push(this);
    }
  };
};

/** A new page of a context, slowed down so many times. */
export async function watchedPage(context, url, slowed = 1) {
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable');
  const slow = (rate) => devtools.send('Emulation.setCPUThrottlingRate', { rate });
  await slow(slowed);

  /** The page's time at which it has drawn what `found` looks for. */
  const seen = (found, ...values) =>
    page.evaluate(
      ([found, patience, values]) =>
        new Promise((done, give) => {
          const begun = performance.now();
          const test = new Function(`return (${found})(...arguments)`);
          const look = () => {
            if (test(...values)) requestAnimationFrame(() => setTimeout(() => done(performance.now())));
            else if (performance.now() - begun > patience) give(new Error(`not seen within ${patience / 1000} s: ${found}`));
            else requestAnimationFrame(look);
          };
          look();
        }),
      [String(found), PATIENCE, values],
    );
  /** Opens an address, until something is seen; ms since the navigation began, or since `from`, an expression, which may be of an answer. */
  const open = async (path, found, from = '0') => {
    await page.goto(url + path, { waitUntil: 'commit' });
    return (await seen(found)) - (await page.evaluate(from));
  };
  /** Does something, until something is seen; ms. */
  const within = async (act, found, ...values) => {
    const begun = await page.evaluate(() => performance.now());
    await act();
    return (await seen(found, ...values)) - begun;
  };
  const metric = async (name) => (await devtools.send('Performance.getMetrics')).metrics.find((one) => one.name === name).value;
  /** Ms that the page works for one of so many repetitions of a thing that is done in it, with the frame that follows. */
  const work = async (times, act) => {
    await devtools.send('HeapProfiler.collectGarbage');
    const before = await metric('TaskDuration');
    await page.evaluate(
      async ([times, act]) => {
        const once = new Function('time', `return (${act})(time)`);
        const frame = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
        for (let time = 0; time < times; time++) {
          once(time);
          await frame();
          await frame();
        }
      },
      [times, String(act)],
    );
    return (((await metric('TaskDuration')) - before) * 1_000) / times;
  };
  /** Frames in a second while something is done to the page again and again. */
  const frames = async (act) => {
    let going = true;
    const counted = page.evaluate(
      () =>
        new Promise((done) => {
          const begun = performance.now();
          let count = 0;
          const step = () => {
            count += 1;
            const gone = performance.now() - begun;
            if (gone < 2_000) requestAnimationFrame(step);
            else done((count * 1_000) / gone);
          };
          requestAnimationFrame(step);
        }),
    );
    const acted = (async () => {
      for (let time = 0; going; time++) await act(time);
    })();
    const rate = await counted;
    going = false;
    await acted;
    return rate;
  };
  const watched = () => page.evaluate(() => ({ ...window.watched, streams: undefined }));
  /** MB of the page's own memory, less what nobody needs. */
  const heap = async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    return (await metric('JSHeapUsedSize')) / 1e6;
  };
  /** The page's time at which the last of such addresses was answered for the first time, as an expression. */
  const answered = (part) => `(() => {
    const first = new Map();
    for (const { name, responseEnd } of performance.getEntriesByType('resource'))
      if (name.includes('${part}') && !first.has(name)) first.set(name, responseEnd);
    return Math.max(...first.values());
  })()`;
  return { page, slow, seen, open, within, work, frames, watched, heap, answered };
}
