/** Made-up answers, to try the pages without a service: `npx vite -c recruiting/vite.config.ts`. No part of what is built. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import type * as T from './src/types.ts';

const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'self'";
const RUN = 'scheduled__2030-01-12T06:00:00+00:00';
const at = (hours: number) => new Date(Date.UTC(2030, 0, 12, 6) - hours * 3_600_000).toISOString().replace('.000', '');

const TITLES = ['Senior Data Engineer', 'Registered Nurse', 'Site Manager', 'Financial Analyst', 'Warehouse Supervisor', 'UX Designer'];
const SKILLS = ['python', 'sql', 'apache airflow', 'kafka', 'dbt', 'kubernetes', 'terraform'];

function position(id: number): T.Position {
  const suggested = (id * 7) % 11;
  const scores = Array.from({ length: suggested }, (_, place) => 9400 - place * 213 - id * 31).filter((score) => score >= 7000);
  return {
    id,
    title: `${TITLES[id % TITLES.length]}${id > 6 ? ' II' : ''}`,
    client_name: ['Northwind Health', 'Harbour & Sons', 'Blue Ridge Data'][id % 3]!,
    city: 'Austin',
    state: 'TX',
    country_code: 'US',
    status: id % 5 === 0 ? 'On Hold' : 'Accepting Candidates',
    is_open: id % 5 !== 0,
    openings: 1,
    first_seen_at: at(id * 50),
    suggested: scores.length,
    best: scores[0] ?? null,
    scores,
    matched_at: scores.length > 0 ? at(2) : null,
    run_id: scores.length > 0 ? RUN : null,
    compared_at: id % 5 !== 0 ? at(2) : null,
    is_stale: id % 7 === 3,
  };
}

const parts = (score: number): T.Part[] => {
  const required = 1875;
  const nice = 250;
  const level = 1500;
  const semantic = score - required - nice - level;
  return [
    { name: 'semantic', weight_bp: 5500, value_bp: Math.round((semantic / 5500) * 10_000), points: semantic },
    { name: 'required_skills', weight_bp: 2500, value_bp: 7500, points: required },
    { name: 'nice_skills', weight_bp: 500, value_bp: 5000, points: nice },
    { name: 'level', weight_bp: 1500, value_bp: 10_000, points: level },
  ];
};

const person = (id: number): T.Person => ({
  id,
  name: 'J… S…',
  email: 'j…@…',
  phone: '+1…34',
  occupation: ['Data Engineer', 'Analytics Engineer', 'Backend Developer'][id % 3]!,
  city: 'Austin',
  state: 'TX',
});

const gates = (verdict: T.Gate['verdict']): T.Gate[] => [
  { gate: 'work_permit', verdict: 'pass', reason: 'the person may work here' },
  { gate: 'location', verdict: 'pass', reason: 'the same city' },
  { gate: 'salary', verdict, reason: 'the wish is not known' },
];

function stored(candidate: number, score: number): T.Stored {
  return {
    candidate: person(candidate),
    status: 'active',
    score,
    cosine: 0.642,
    parts: parts(score),
    matched_skills: SKILLS.slice(0, 4),
    missing_skills: SKILLS.slice(4, 6),
    gates: gates(candidate % 2 ? 'unknown' : 'pass'),
    threshold: 7000,
    model_sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
    precision: 'f32',
    formula_version: '1',
    matched_at: at(2),
    withdrawn_at: null,
    run_id: RUN,
  };
}

const now = (candidate: number, score: number): T.Now => ({
  ...stored(candidate, score),
  candidate_id: candidate,
  is_match: score >= 7000,
  gates: gates(score >= 7000 ? 'pass' : 'fail'),
  sentences: ['Suggested: 82.4 of 100 points, at or above 70.0.', 'Likeness of the texts (cosine 0.642): 46.15 of 55.00 points.'],
});

const wanted = (id: number): T.Wanted => ({
  ...position(id),
  required_skills: SKILLS.slice(0, 4),
  nice_skills: SKILLS.slice(4, 6),
  certifications: [],
  min_years: 4,
  level: 3,
  employment_type: 'Direct Hire',
  remote: true,
  salary_yearly_min: 95_000,
  salary_yearly_max: 130_000,
  start_on: '2030-02-01',
  synced_run_id: RUN,
  synced_at: at(3),
});

const matches = (id: number): T.Match[] =>
  position(id).scores.map((score, place) => ({
    ...stored(1000 + place, score),
    rank: place + 1,
    before: place === 1 ? null : score - (place % 3) * 120 + 120,
    feedback: place === 0 ? { good: 2, poor: 0, mine: { verdict: 'good', note: '', given_at: at(1) } } : null,
  }));

const vector = (): T.Vector => ({ run_id: RUN, embedded_at: at(2.5), model_sha256: 'a'.repeat(64), precision: 'f32', chunk_rule: 'w' });

const check = (name: string, failed: number, passed: boolean, severity: 'warn' | 'fail'): T.Check => ({
  name,
  table: 'candidate',
  severity,
  passed,
  checked: 1000,
  failed,
  detail: '',
  samples: ['12', '31'],
  rule: 'every candidate has: contact',
  may_fail: 0.02,
  withholds: severity === 'fail',
  withheld: severity === 'fail' ? failed : 0,
  first_failed_at: failed > 0 ? at(200) : null,
  before: { failed: Math.max(0, failed - 3), checked: 990, passed: true },
  trend: Array.from({ length: 14 }, (_, place) => ({
    run_id: `q${place}`,
    failed: Math.round((failed * (place % 5)) / 4),
    checked: 1000,
    passed: place % 5 < 4,
    ended_at: at(24 * (14 - place)),
  })),
});

function volumes(): T.Volumes {
  const runs = Array.from({ length: 16 }, (_, place) => ({
    id: `scheduled__2030-01-${String(12 - (place >> 2)).padStart(2, '0')}T${['18', '12', '06', '00'][place % 4]}:00:00+00:00`,
    at: at(place * 6),
    place,
  }));
  return {
    syncs: runs.flatMap(({ id, at: started_at, place }) =>
      (['candidate', 'position'] as const).map((entity) => {
        const fetched = place === 15 ? 1000 : place === 4 ? 190 : 40 + ((place * 13) % 17);
        return {
          run_id: id,
          entity,
          mode: place === 15 ? 'full' : 'incremental',
          state: 'succeeded',
          fetched,
          inserted: Math.floor(fetched / 4),
          updated: Math.floor(fetched / 2),
          unchanged: fetched - Math.floor(fetched / 4) - Math.floor(fetched / 2),
          deleted: place % 3,
          anonymised: 0,
          rejected: place === 4 ? 2 : 0,
          calls: 9,
          error: null,
          started_at,
          ended_at: new Date(Date.parse(started_at) + 4200).toISOString(),
        };
      }),
    ),
    work: runs.map(({ id, at: started_at, place }) => ({
      run_id: id,
      kind: 'matches',
      state: 'succeeded',
      counts: { matches: 210 + ((place * 5) % 13), new: place % 6, withdrawn: place % 4, pairs_scored: 90_000 },
      error: null,
      started_at,
      ended_at: started_at,
    })),
    api_calls: [{ month: '2030-01', calls: 812 }],
    funnel: { read: 1040, live: 1000, valid: 962, embedded: 962, compared: 951, suggested: 163 },
  };
}

const ROUTES: [RegExp, (ids: number[], url: URL) => unknown][] = [
  [/^\/ui\/api\/me$/, () => ({ csrf_token: 'x', default_timezone: 'UTC', instance_name: 'Updraft' })],
  [
    /^\/api\/config$/,
    (): T.Config => ({
      user: 'admin',
      updraft: '',
      may_reveal: true,
      may_give_feedback: true,
      threshold: 7000,
      dags: { pipeline: 'bullhorn_sync_optimized', quality: 'data_quality' },
      totals: { candidates: 1000, positions: 100, open_positions: 61, candidate_embeddings: 962, position_embeddings: 61, matches: 163 },
    }),
  ],
  [/^\/api\/words$/, () => ({ statuses: ['Accepting Candidates', 'On Hold'], clients: ['Northwind Health', 'Harbour & Sons'] })],
  [
    /^\/api\/positions$/,
    (_, url): T.Positions => {
      const none = url.searchParams.get('q') === 'none';
      return { positions: none ? [] : Array.from({ length: 24 }, (_, id) => position(id + 1)), total: none ? 0 : 124, page: 1, size: 50 };
    },
  ],
  [
    /^\/api\/positions\/(\d+)$/,
    ([id]): T.PositionAnswer => ({
      position: wanted(id!),
      matches: matches(id!),
      matches_max: 200,
      withdrawn: [{ ...stored(2001, 7012), status: 'withdrawn', withdrawn_at: at(2) }],
      formula: { version: '1', weights: { semantic: 5500, required_skills: 2500, nice_skills: 500, level: 1500 } },
    }),
  ],
  [
    /^\/api\/positions\/(\d+)\/near$/,
    (): T.Near => ({
      why: null,
      compared: 951,
      suggested: 5,
      others: [7320, 6980, 6712, 6540].map((score, place) => ({
        ...now(3000 + place, score),
        gates: gates(place === 0 ? 'fail' : 'pass'),
        candidate: person(3000 + place),
      })),
    }),
  ],
  [
    /^\/api\/positions\/(\d+)\/candidates\/(\d+)$/,
    ([id, candidate]): T.Pair => ({
      position: wanted(id!),
      candidate: person(candidate!),
      stored: candidate! < 3000 ? stored(candidate!, 8240 - (candidate! - 1000) * 130) : null,
      now: now(candidate!, candidate! < 3000 ? 8240 - (candidate! - 1000) * 130 : 6712),
      why: null,
      evidence: SKILLS.slice(0, 5).map((skill, place) => ({
        skill,
        is_required: place < 4,
        is_listed: place < 4,
        position: place === 3 ? [] : [{ before: 'You build pipelines with ', found: skill, after: ' and keep them running.' }],
        candidate: place > 2 ? [] : [{ before: '…moved nightly jobs to ', found: skill, after: ', cutting the run from four hours to…' }],
      })),
      vectors: { position: vector(), candidate: vector() },
      records: { position: { run_id: RUN, synced_at: at(3) }, candidate: { run_id: RUN, synced_at: at(3) } },
    }),
  ],
  [/^\/api\/positions\/(\d+)\/candidates\/(\d+)\/feedback$/, () => ({ feedback: null })],
  [/^\/api\/positions\/(\d+)\/reveal$/, () => ({ people: [{ ...person(1000), name: 'Jane Smith', email: 'jane@example.com' }] })],
  [/^\/api\/candidates$/, () => ({ people: [person(12), person(13)] })],
  [
    /^\/api\/quality$/,
    (): T.Quality => ({
      run: { run_id: 'scheduled__2030-01-12T03:30:00+00:00', ended_at: at(2.5) },
      runs: [{ run_id: 'scheduled__2030-01-12T03:30:00+00:00', ended_at: at(2.5) }],
      results: [
        check('candidate_phones_are_e164', 9, false, 'fail'),
        check('candidates_can_be_reached', 41, false, 'warn'),
        check('candidates_have_a_name', 12, true, 'warn'),
        check('matches_name_a_candidate', 0, true, 'fail'),
      ],
      rejected: [{ kind: 'candidate', id: 77, reason: 'the record has no usable dateLastModified', run_id: RUN, rejected_at: at(3) }],
    }),
  ],
  [
    /^\/api\/quality\/rows$/,
    (): T.Rows => ({
      rows: [12, 31].map((id) => ({ position: null, candidate: { ...person(id), is_here: true }, is_withheld: id === 31 })),
      is_masked: true,
    }),
  ],
  [/^\/api\/volumes$/, volumes],
];

function answer(request: IncomingMessage, response: ServerResponse, next: () => void) {
  const url = new URL(request.url ?? '/', 'http://localhost');
  for (const [pattern, make] of ROUTES) {
    const found = pattern.exec(url.pathname);
    if (!found) continue;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(make(found.slice(1).map(Number), url)));
    return;
  }
  next();
}

export function madeUpService(): Plugin {
  return {
    name: 'made-up-service',
    configureServer: (server) => {
      server.middlewares.use(answer);
    },
    configurePreviewServer: (server) => {
      // The built pages run under the policy of the real service.
      server.middlewares.use((_request, response, next) => {
        response.setHeader('Content-Security-Policy', CSP);
        next();
      });
      server.middlewares.use(answer);
    },
  };
}
