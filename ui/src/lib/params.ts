/** The form of a DAG's params: which control each has, and whether a value fits it. The server has the last word. */
import type { Param, ParamSchema } from '../api/types.ts';

export type Control =
  | 'boolean'
  | 'enum'
  | 'many'
  | 'number'
  | 'integer'
  | 'date'
  | 'date-time'
  | 'time'
  | 'multiline'
  | 'lines'
  | 'json'
  | 'text';

const types = (schema: ParamSchema): string[] => (Array.isArray(schema.type) ? schema.type : schema.type ? [schema.type] : []);

/** A param as it may stand in a description: with its schema, or as its value alone. */
export function paramOf(told: unknown): Param {
  const { value, schema, description } = (typeof told === 'object' && told !== null ? told : {}) as Partial<Param>;
  if (typeof schema === 'object' && schema !== null) return { value: value ?? null, schema, description: description ?? null };
  return { value: told, schema: {}, description: null };
}

export const isNullable = (schema: ParamSchema) => types(schema).includes('null') || schema.enum?.includes(null) === true;

export function controlOf({ schema, value }: Param): Control {
  const kinds = types(schema).filter((type) => type !== 'null');
  if (schema.enum) return 'enum';
  const [kind] = kinds;
  if (kinds.length > 1) return 'json';
  if (kind === 'boolean') return 'boolean';
  if (kind === 'integer' || kind === 'number') return kind;
  if (kind === 'array') {
    if (schema.examples) return 'many';
    return schema.items === undefined || schema.items.type === 'string' ? (isTexts(value) ? 'lines' : 'json') : 'json';
  }
  if (kind === 'object') return 'json';
  if (schema.format === 'date' || schema.format === 'date-time' || schema.format === 'time' || schema.format === 'multiline')
    return schema.format;
  if (kind === 'string') return 'text';
  // No type is said: the value has one.
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'object' && value !== null) return isTexts(value) ? 'lines' : 'json';
  return 'text';
}

const isTexts = (value: unknown) =>
  value === null || value === undefined || (Array.isArray(value) && value.every((each) => typeof each === 'string'));

/** Why a value does not fit, in words; null when it fits. */
export function faultOf(param: Param, value: unknown): string | null {
  const { schema } = param;
  if (value === null || value === undefined || value === '') {
    if (isNullable(schema) || (value === '' && types(schema).includes('string') && !schema.minLength)) return null;
    return types(schema).length === 0 && !schema.enum ? null : 'is required';
  }
  if (schema.enum && !schema.enum.some((each) => JSON.stringify(each) === JSON.stringify(value))) return 'is none of the choices';
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return 'is no number';
    if (types(schema).includes('integer') && !types(schema).includes('number') && !Number.isInteger(value)) return 'must be a whole number';
    if (schema.minimum !== undefined && value < schema.minimum) return `must be at least ${schema.minimum}`;
    if (schema.maximum !== undefined && value > schema.maximum) return `must be at most ${schema.maximum}`;
  }
  if (typeof value === 'string') {
    const kinds = types(schema);
    if (kinds.length > 0 && !kinds.includes('string')) return `must be of type ${kinds.filter((kind) => kind !== 'null').join(' or ')}`;
    if (schema.minLength !== undefined && value.length < schema.minLength) return `needs at least ${schema.minLength} characters`;
    if (schema.maxLength !== undefined && value.length > schema.maxLength) return `may have at most ${schema.maxLength} characters`;
    if (schema.pattern !== undefined && !matches(schema.pattern, value)) return `must match ${schema.pattern}`;
  }
  return null;
}

/** A pattern that this browser cannot read is left to the server. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

/** JSON text of an object, or why it is none. */
export function parseConf(text: string): { conf: Record<string, unknown> } | { fault: string } {
  if (text.trim() === '') return { conf: {} };
  try {
    const conf: unknown = JSON.parse(text);
    if (typeof conf === 'object' && conf !== null && !Array.isArray(conf)) return { conf: conf as Record<string, unknown> };
    return { fault: 'Must be a JSON object: {"name": value}' };
  } catch (error) {
    return { fault: `No valid JSON: ${error instanceof Error ? error.message : error}` };
  }
}

/** The params by the section they say they belong to, in their order. */
export function sectionsOf(params: Record<string, Param>): [section: string, names: string[]][] {
  const sections = new Map<string, string[]>();
  for (const [name, param] of Object.entries(params)) {
    if (param.schema.const !== undefined) continue;
    const section = param.schema.section ?? '';
    sections.set(section, [...(sections.get(section) ?? []), name]);
  }
  return [...sections];
}
