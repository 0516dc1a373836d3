/** What the service answers. Points are hundredths of a point, shares basis points. */

export interface Config {
  user: string;
  /** The path of Updraft's own pages: `''` or `/airflow`. */
  updraft: string;
  may_reveal: boolean;
  may_give_feedback: boolean;
  threshold: number;
  dags: { pipeline: string; quality: string };
  totals: Record<'candidates' | 'positions' | 'open_positions' | 'candidate_embeddings' | 'position_embeddings' | 'matches', number>;
}

export interface Position {
  id: number;
  title: string | null;
  client_name: string | null;
  city: string | null;
  state: string | null;
  country_code: string | null;
  status: string | null;
  is_open: boolean;
  openings: number | null;
  first_seen_at: string;
  suggested: number;
  best: number | null;
  scores: number[];
  matched_at: string | null;
  run_id: string | null;
  compared_at: string | null;
  is_stale: boolean;
}

export interface Positions {
  positions: Position[];
  total: number;
  page: number;
  size: number;
}

export interface Wanted extends Position {
  required_skills: string[];
  nice_skills: string[];
  certifications: string[];
  min_years: number | null;
  level: number | null;
  employment_type: string | null;
  remote: boolean | null;
  salary_yearly_min: number | null;
  salary_yearly_max: number | null;
  start_on: string | null;
  synced_run_id: string;
  synced_at: string;
}

export type Category = 'semantic' | 'required_skills' | 'nice_skills' | 'level';

export interface Part {
  name: Category;
  weight_bp: number;
  value_bp: number;
  points: number;
}

export interface Gate {
  gate: string;
  verdict: 'pass' | 'fail' | 'unknown';
  reason: string;
}

export interface Person {
  id: number;
  name: string | null;
  email?: string | null;
  phone?: string | null;
  occupation: string | null;
  city: string | null;
  state: string | null;
}

export interface Feedback {
  good: number;
  poor: number;
  mine: { verdict: 'good' | 'poor'; note: string; given_at: string } | null;
}

/** What a stored match and one that was computed now both say. */
export interface Assessed {
  score: number;
  cosine: number;
  parts: Part[];
  matched_skills: string[];
  missing_skills: string[];
  gates: Gate[];
  threshold: number;
}

export interface Stored extends Assessed {
  candidate: Person;
  status: 'active' | 'withdrawn';
  model_sha256: string;
  precision: string;
  formula_version: string;
  matched_at: string;
  withdrawn_at: string | null;
  run_id: string;
}

export interface Match extends Stored {
  rank: number;
  before: number | null;
  feedback: Feedback | null;
}

export interface Now extends Assessed {
  candidate_id: number;
  is_match: boolean;
  sentences: string[];
}

export interface PositionAnswer {
  position: Wanted;
  matches: Match[];
  matches_max: number;
  withdrawn: Stored[];
  formula: { version: string; weights: Record<Category, number> } | null;
}

export interface Near {
  why: string | null;
  compared: number | null;
  suggested: number | null;
  others: (Now & { candidate: Person })[];
}

export interface Passage {
  before: string;
  found: string;
  after: string;
}

export interface Evidence {
  skill: string;
  is_required: boolean;
  is_listed: boolean;
  position: Passage[];
  candidate: Passage[];
}

export interface Vector {
  run_id: string;
  embedded_at: string;
  model_sha256: string;
  precision: string;
  chunk_rule: string;
}

export interface Pair {
  position: Wanted;
  candidate: Person;
  stored: Stored | null;
  now: Now | null;
  why: string | null;
  evidence: Evidence[];
  vectors: { position: Vector | null; candidate: Vector | null };
  records: Record<'position' | 'candidate', { run_id: string; synced_at: string } | null>;
}

export interface QualityRun {
  run_id: string;
  ended_at: string;
}

export interface Check {
  name: string;
  table: string;
  severity: 'warn' | 'fail';
  passed: boolean;
  checked: number;
  failed: number;
  detail: string;
  samples: string[];
  rule: string | null;
  may_fail: number | null;
  withholds: boolean;
  withheld: number;
  first_failed_at: string | null;
  before: { failed: number; checked: number; passed: boolean } | null;
  trend: { run_id: string; failed: number; checked: number; passed: boolean; ended_at: string | null }[];
}

export interface Quality {
  run: QualityRun | null;
  runs: QualityRun[];
  results: Check[];
  rejected: { kind: string; id: number; reason: string; run_id: string; rejected_at: string }[];
}

export interface Rows {
  rows: {
    position: { id: number; title: string | null; client_name: string | null; is_here: boolean } | null;
    candidate: (Person & { is_here: boolean }) | null;
    is_withheld: boolean;
  }[];
  is_masked: boolean;
}

export interface Sync {
  run_id: string;
  entity: 'candidate' | 'position';
  mode: string;
  state: string;
  fetched: number;
  inserted: number;
  updated: number;
  unchanged: number;
  deleted: number;
  anonymised: number;
  rejected: number;
  calls: number;
  error: string | null;
  started_at: string;
  ended_at: string | null;
}

export interface Work {
  run_id: string;
  kind: 'candidate_embeddings' | 'position_embeddings' | 'matches';
  state: string;
  counts: Record<string, number>;
  error: string | null;
  started_at: string;
  ended_at: string | null;
}

export interface Volumes {
  syncs: Sync[];
  work: Work[];
  api_calls: { month: string; calls: number }[];
  funnel: Record<'read' | 'live' | 'valid' | 'embedded' | 'compared' | 'suggested', number>;
}
