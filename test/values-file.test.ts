import { describe, expect, test } from 'vitest'
import type { ValueMap, ValuesLayer } from '../src/model.ts'
import { mergeLayers, valuesText } from '../src/outside/helm/values-file.ts'

const values = (tree: ValueMap): ValuesLayer => ({ kind: 'values', file: 'v.yaml', tree, lines: new Map() })
const parameter = (key: string, value: string, asString = false): ValuesLayer => ({
  kind: 'parameter',
  file: 'app.yaml',
  line: 7,
  key,
  value,
  asString,
})

function merged(...layers: ValuesLayer[]): unknown {
  const answer = mergeLayers(layers)
  return answer.ok ? answer.values : answer.reason
}

describe('layers of values', () => {
  test('later maps win key by key, lists and scalars are replaced, null stays', () => {
    const below = values({ a: { x: 1, y: [1, 2] }, b: 'below', c: { deep: true } })
    const above = values({ a: { y: [3] }, b: null, c: 'scalar' })
    expect(merged(below, above)).toEqual({ a: { x: 1, y: [3] }, b: null, c: 'scalar' })
  })

  test('a missing layer leaves the others as they are', () => {
    const missing: ValuesLayer = { kind: 'missing', file: 'app.yaml', line: 3, reason: 'not in this repository' }
    expect(merged(values({ a: 1 }), missing, values({ b: 2 }))).toEqual({ a: 1, b: 2 })
  })

  test('a parameter changes one item of a list that an earlier layer set', () => {
    const list = values({ hosts: [{ name: 'a', port: 1 }, { name: 'b' }] })
    expect(merged(list, parameter('hosts[1].name', 'c'), parameter('hosts[2]', 'd'))).toEqual({
      hosts: [{ name: 'a', port: 1 }, { name: 'c' }, 'd'],
    })
  })

  test('a polluting key becomes a plain own key', () => {
    const polluted = JSON.parse('{"__proto__": {"polluted": 1}}') as ValueMap
    const answer = mergeLayers([values({ a: 1 }), values(polluted), parameter('__proto__.more', 'yes')])
    expect(answer.ok && JSON.stringify(answer.values)).toBe('{"a":1,"__proto__":{"polluted":1,"more":"yes"}}')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(({} as Record<string, unknown>).more).toBeUndefined()
  })
})

describe('the grammar of --set', () => {
  test.each([
    ['a.b', 'x', { a: { b: 'x' } }],
    ['a\\.b/c', 'x', { 'a.b/c': 'x' }],
    ['a\\\\b', 'x', { 'a\\b': 'x' }],
    ['a]', 'x', { 'a]': 'x' }],
    ['a[0][1]', 'x', { a: [[null, 'x']] }],
    ['a[2].b', '1', { a: [null, null, { b: 1 }] }],
    ['a', '', { a: '' }],
    ['a', 'TRUE', { a: true }],
    ['a', 'null', { a: null }],
    ['a', '0', { a: 0 }],
    ['a', '007', { a: '007' }],
    ['a', '+5', { a: 5 }],
    ['a', '-5', { a: -5 }],
    ['a', '1e3', { a: '1e3' }],
    ['a', '1.0', { a: '1.0' }],
    ['a', '99999999999999999999', { a: '99999999999999999999' }],
    ['a', 'x=y', { a: 'x=y' }],
    ['a', 'x,b=y', { a: 'x,b=y' }],
    ['a', 'x\\,y', { a: 'x,y' }],
    ['a', 'C:\\\\x', { a: 'C:\\x' }],
    ['a', '{x, y}', { a: ['x', ' y'] }],
    ['a', '{1,true,null}', { a: [1, true, null] }],
    ['a', '{x\\,y}', { a: ['x,y'] }],
    ['a', '{}', { a: [''] }],
    ['a', '{,x,}', { a: ['', 'x', ''] }],
    ['a', '[]', { a: '[]' }],
  ])('%s=%s', (key, value, expected) => {
    expect(merged(parameter(key, value))).toEqual(expected)
  })

  test('as a string nothing is typed', () => {
    expect(merged(parameter('a', 'true', true), parameter('b', '{1,2}', true))).toEqual({ a: 'true', b: ['1', '2'] })
  })

  test.each([
    '',
    '.a',
    'a.',
    'a..b',
    'a[x]',
    'a[-1]',
    'a[0',
    'a[]',
    'a[0]b',
    'a=b',
    'a,b=c',
    'a[65537]',
    `a${'.a'.repeat(30)}`,
  ])('the key "%s" is refused with its file and line', key => {
    expect(merged(parameter(key, 'x'))).toMatch(/^app\.yaml:7: the parameter cannot be read: "/)
  })

  test('going through a scalar, and an integer that would lose digits, are refused', () => {
    expect(merged(values({ a: 'text' }), parameter('a.b', 'x'))).toContain('"b" is set where there is no map')
    expect(merged(values({ a: { b: 1 } }), parameter('a[0]', 'x'))).toContain('[0] is set where there is no list')
    expect(merged(parameter('a', '9007199254740993'))).toContain('9007199254740993 has more digits')
  })
})

test('characters that YAML calls not printable are escaped', () => {
  expect(valuesText({ a: '\u0085\u2028\u007f\ufeff😀' })).toBe('{\n "a": "\\u0085\\u2028\\u007f\\ufeff😀"\n}')
})
