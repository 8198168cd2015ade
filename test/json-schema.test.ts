import { describe, expect, test } from 'vitest'
import { holdAgainst } from '../src/compare/json-schema.ts'
import type { Value } from '../src/model.ts'

/** What does not fit, as `path keyword`. */
function misfits(schema: Value, value: Value): string[] {
  return holdAgainst(schema, value).misfits.map(({ path, keyword }) => `${path.join('.')} ${keyword}`.trim())
}

describe('a value against its schema', () => {
  test.each<[string, Value, Value, string[]]>([
    ['true allows everything', true, { a: 1 }, []],
    ['false allows nothing', { properties: { a: false } }, { a: 1 }, ['a false']],
    ['a type', { type: 'string' }, 1, ['type']],
    ['one of several types', { type: ['string', 'null'] }, null, []],
    ['an integer is a number without a fraction', { properties: { a: { type: 'integer' } } }, { a: 1.5 }, ['a type']],
    ['a list is no map', { type: 'object' }, [], ['type']],
    ['an enum', { enum: ['a', { b: 1 }] }, { b: 1 }, []],
    ['a constant', { const: 'a' }, 'b', ['enum']],
    ['bounds of a number', { minimum: 2, maximum: 4 }, 5, ['maximum']],
    ['bounds of a text count characters, not bytes', { maxLength: 1 }, '🏺', []],
    ['bounds of a list', { minItems: 1 }, [], ['minItems']],
    ['a key that is asked for', { required: ['a', 'b'] }, { a: 1 }, ['b required']],
    [
      'a key that is not known',
      { properties: { a: {} }, additionalProperties: false },
      { a: 1, b: 2 },
      ['b additionalProperties'],
    ],
    ['further keys of one form', { additionalProperties: { type: 'string' } }, { a: 'x', b: 1 }, ['b type']],
    ['items', { items: { type: 'string' } }, ['a', 1], ['1 type']],
    ['a tuple', { items: [{ type: 'string' }], additionalItems: { type: 'number' } }, [1, 'a'], ['0 type', '1 type']],
    ['all of several', { allOf: [{ type: 'object' }, { required: ['a'] }] }, {}, ['a required']],
    ['any of several', { anyOf: [{ type: 'string' }, { type: 'number' }] }, true, ['anyOf']],
    [
      'the one form that is meant',
      { oneOf: [{ type: 'string' }, { type: 'object', required: ['a'] }] },
      {},
      ['a required'],
    ],
    ['more than the one form', { oneOf: [{ type: 'number' }, { minimum: 1 }] }, 2, ['oneOf']],
    ['what is ruled out', { not: { required: ['a'] } }, { a: 1 }, ['not']],
    [
      'a condition',
      JSON.parse('{"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}'),
      { a: 1 },
      ['b required'],
    ],
    ['a reference into the file', { $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'string' } } }, 1, ['type']],
  ])('%s', (_, schema, value, found) => {
    expect(misfits(schema, value)).toEqual(found)
    expect(holdAgainst(schema, value).unread).toEqual([])
  })
})

describe('what of a schema is left out is said', () => {
  test.each<[string, Value, Value, string]>([
    ['a pattern', { properties: { a: { pattern: '^(a+)+$' } } }, { a: 'aaaa!' }, 'pattern at a'],
    [
      'a reference to another file',
      { $ref: 'https://example.com/s.json' },
      {},
      'it refers to https://example.com/s.json, which is not in the file',
    ],
    ['a reference to nothing', { $ref: '#/$defs/none' }, {}, 'it refers to #/$defs/none, which is not in the file'],
    ['a circle', { $ref: '#' }, {}, 'it is more than 80 levels deep, or refers to itself'],
    ['nonsense', { properties: { a: 'string' } }, { a: 1 }, 'a part of it is neither a map nor a boolean'],
  ])('%s', (_, schema, value, unread) => {
    expect(holdAgainst(schema, value)).toEqual({ misfits: [], unread: [unread] })
  })

  test('a word that cannot refuse this value is no gap', () => {
    expect(holdAgainst({ pattern: '^a$' }, 7)).toEqual({ misfits: [], unread: [] })
  })

  test('a schema that grows without end is left after a bounded number of steps', () => {
    const nested = Array.from({ length: 30 }).reduce<Value>(inner => ({ anyOf: [inner, inner, inner] }), {
      type: 'string',
    })
    const { unread } = holdAgainst(nested, 1)
    expect(unread).toContain('the schema asks for more steps than are taken')
  })

  test('keys like __proto__ are keys', () => {
    const value = JSON.parse('{"__proto__": 1, "constructor": 2}') as Value
    expect(misfits({ additionalProperties: { type: 'string' } }, value)).toEqual(['__proto__ type', 'constructor type'])
    expect(misfits({ $ref: '#/constructor' }, 1)).toEqual([])
  })
})
