import { describe, expect, it } from 'vitest';
import type { ParamSchema } from '../api/types.ts';
import { controlOf, faultOf, paramOf, parseConf, sectionsOf } from './params.ts';

const param = (schema: ParamSchema, value: unknown = null) => ({ schema, value, description: null });

it.each<[ParamSchema, unknown, string]>([
  [{ type: 'string' }, '', 'text'],
  [{ type: ['string', 'null'], format: 'date-time' }, null, 'date-time'],
  [{ type: 'string', enum: ['a', 'b'] }, 'a', 'enum'],
  [{ type: 'integer' }, 1, 'integer'],
  [{ type: 'boolean' }, false, 'boolean'],
  [{ type: 'array' }, ['a'], 'lines'],
  [{ type: 'array' }, [{ a: 1 }], 'json'],
  [{ type: 'array', examples: ['a', 'b'] }, ['a'], 'many'],
  [{ type: 'object' }, {}, 'json'],
  [{ type: ['string', 'integer'] }, 'x', 'json'],
  [{}, 3, 'number'],
])('a param of %j with %j has the control %s', (schema, value, control) => {
  expect(controlOf(param(schema, value))).toBe(control);
});

describe('a value', () => {
  it('that is required must be there', () => {
    expect(faultOf(param({ type: 'string', minLength: 1 }), '')).toBe('is required');
    expect(faultOf(param({ type: 'object' }), null)).toBe('is required');
    expect(faultOf(param({ type: ['object', 'null'] }), null)).toBeNull();
    expect(faultOf(param({ type: 'string' }), '')).toBeNull();
  });
  it('keeps to its bounds', () => {
    const schema = { type: 'integer', minimum: 0, maximum: 100 };
    expect(faultOf(param(schema), 70)).toBeNull();
    expect(faultOf(param(schema), 101)).toBe('must be at most 100');
    expect(faultOf(param(schema), 1.5)).toBe('must be a whole number');
    expect(faultOf(param(schema), 'many')).toBe('must be of type integer');
  });
  it('matches its pattern, and one that this browser cannot read is left to the server', () => {
    expect(faultOf(param({ type: 'string', pattern: '^[a-z]+$' }), 'A')).toBe('must match ^[a-z]+$');
    expect(faultOf(param({ type: 'string', pattern: '(?P<a>x' }), 'A')).toBeNull();
  });
  it('of an enumeration is one of it', () => {
    expect(faultOf(param({ enum: [1, 2] }), 3)).toBe('is none of the choices');
  });
});

it('a configuration is a JSON object, or nothing', () => {
  expect(parseConf('')).toEqual({ conf: {} });
  expect(parseConf('{"a": 1}')).toEqual({ conf: { a: 1 } });
  expect(parseConf('[1]')).toHaveProperty('fault');
  expect(parseConf('{')).toHaveProperty('fault');
});

it('params stand by section, and constants have no field', () => {
  expect(sectionsOf({ a: param({}), b: param({ section: 'More' }), c: param({ const: 1 }), d: param({}) })).toEqual([
    ['', ['a', 'd']],
    ['More', ['b']],
  ]);
});

it.each<[unknown, unknown, ParamSchema]>([
  [{ value: 3, schema: { type: 'integer' }, description: 'how many' }, 3, { type: 'integer' }],
  [{ schema: { type: 'string' } }, null, { type: 'string' }],
  ['plain', 'plain', {}],
  [{ deep: true }, { deep: true }, {}],
  [null, null, {}],
])('%j is told as a param with the value %j', (told, value, schema) => {
  expect(paramOf(told)).toMatchObject({ value, schema });
});
