/** What the server answers: names for what `openapi.json` describes, and a few things of Airflow's REST API. */
import type { components, paths } from './schema.d.ts';

type Schemas = components['schemas'];

/** What a GET of such an address below `/ui/api` answers. */
export type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer A } } } };
}
  ? A
  : never;

export type Me = Schemas['Me'];
export type Run = Schemas['Run'];
export type RunDetail = Schemas['RunDetails'];
export type Failure = Schemas['RunFailure'];
export type Ti = Schemas['Ti'];
export type TiDetail = Schemas['TaskDetails'];
export type Question = Schemas['Question'];
export type Try = Schemas['Try'];
export type DagRow = Schemas['Dag'];
export type Dag = Omit<Schemas['DagDetails'], 'params'> & { params: Record<string, Param> };
export type DagTask = Schemas['Task'];
export type DagList = Schemas['DagList'];
export type Home = Schemas['Home'];
export type Grid = Schemas['Grid'];
export type GridTask = Schemas['GridRow'];
export type Graph = Schemas['Graph'];
export type GraphNode = Schemas['Node'];
export type GraphEdge = Schemas['Edge'];
export type Gantt = Schemas['Gantt'];
export type GanttRow = Schemas['GanttRow'];
export type GanttTry = Schemas['GanttTry'];
export type Hit = Schemas['Hit'];

export type Level = 'debug' | 'info' | 'warning' | 'error' | 'critical';
export type LogLine = Omit<Schemas['LogLine'], 'level'> & { level: Level | null };
export type LogPage = Omit<Schemas['Lines'], 'lines'> & { lines: LogLine[] };
export type LogLevels = Omit<Schemas['Levels'], 'marks'> & { marks: [number, Level][] };

/** A parameter of a DAG. What its schema may say is Airflow's to tell, so the answer of the server leaves it open. */
export type Param = Omit<Schemas['Param'], 'schema'> & { schema: ParamSchema };

export interface ParamSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  description_md?: string;
  section?: string;
  format?: string;
  enum?: unknown[];
  values_display?: Record<string, string>;
  examples?: unknown[];
  items?: ParamSchema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  const?: unknown;
}

/** A row of the event log, as `/api/v2/eventLogs` has it. */
export interface EventLog {
  event_log_id: number;
  when: string;
  dag_id: string | null;
  task_id: string | null;
  run_id: string | null;
  map_index: number | null;
  try_number: number | null;
  event: string;
  logical_date: string | null;
  owner: string | null;
  extra: string | null;
}
