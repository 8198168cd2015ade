import { describe, expect, test } from 'vitest'
import { type Comparison, compare } from '../src/compare/index.ts'
import { judge } from '../src/judge/index.ts'
import type { Fact, FactOf, KubeObject, Looked, Resource, Side, Value } from '../src/model.ts'
import { aChart, aRelease } from './support/plans.ts'

const crd = (schema: Value, over: Record<string, Value> = {}): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'kilns.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Kiln', plural: 'kilns' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    ...over,
  },
})

/** A CRD of another kind that loses a field: it must be told whatever happens to the first one. */
const wheel = (spec: Value): KubeObject => ({
  ...crd({ type: 'object', properties: { spec } }, { names: { kind: 'Wheel', plural: 'wheels' } }),
  metadata: { name: 'wheels.example.com' },
})

const object = (properties: Value): Value => ({ type: 'object', properties })

const resource = (kind: string, spec: Value): Resource => ({
  apiVersion: 'example.com/v1',
  kind,
  namespace: null,
  name: kind.toLowerCase(),
  file: `${kind}.yaml`,
  document: 0,
  line: 1,
  environment: null,
  lineOf: () => null,
  body: { apiVersion: 'example.com/v1', kind, metadata: { name: kind.toLowerCase() }, spec },
})

const side = (crds: readonly KubeObject[]): Looked<Side> => ({
  ok: true,
  value: { chart: aChart({ name: 'pottery', version: '1.0.0', crds }), renders: [] },
})

function compared(before: KubeObject, after: KubeObject, spec: Value): readonly Fact[] {
  const to = aRelease('1.0.1')
  const input: Comparison = {
    upgrade: {
      component: 'pottery',
      environment: null,
      source: { type: 'helm', url: 'https://charts.example.com', chart: 'pottery' },
      pins: [],
      from: '1.0.0',
      to,
    },
    before: side([before, wheel(object({ speed: { type: 'integer' }, old: { type: 'string' } }))]),
    after: side([after, wheel(object({ speed: { type: 'integer' } }))]),
    installs: [],
    followers: [],
    resources: [resource('Kiln', spec), resource('Wheel', { old: 'x' })],
    kubernetes: null,
    notes: [],
  }
  return compare(input)
}

/** What is told of the kiln; fails unless the wheel that breaks is told as well. */
function kiln(before: KubeObject, after: KubeObject, spec: Value): readonly string[] {
  const facts = compared(before, after, spec)
  judge(facts)
  const resources = facts.filter((fact): fact is FactOf<'resource'> => fact.kind === 'resource')
  expect(resources.find(fact => fact.resource.kind === 'Wheel')).toMatchObject({ status: 'broken' })
  expect(facts).toContainEqual(expect.objectContaining({ kind: 'field-removed', crd: 'wheels.example.com' }))
  const changes = facts.flatMap(fact =>
    'crd' in fact && fact.crd === 'kilns.example.com' ? [`${fact.kind} ${fact.path}: ${fact.detail}`] : [],
  )
  const found = resources.find(fact => fact.resource.kind === 'Kiln')
  const why = (found?.why ?? []).map(({ kind, path, detail }) => `${kind} ${path}: ${detail}`)
  return [...changes, `${found?.status}`, ...why]
}

function nested(depth: number, inner: Value, wrap: (inner: Value) => Value): Value {
  let value = inner
  for (let i = 0; i < depth; i++) value = wrap(value)
  return value
}

describe('bad input costs only itself, and is said', () => {
  const plain = crd(object({ spec: object({ heat: { type: 'integer' } }) }))

  test.each<[string, Value]>([
    ['a schema that is a text', 'nonsense'],
    ['a schema that is a list', [1, null, { type: 7 }]],
  ])('%s', (_, schema) => {
    const told = kiln(plain, crd(schema), { heat: 1 })
    expect(told).toEqual([
      'schema-loosened v1: there is no schema any more',
      'not-checked',
      'not-checked : version v1 of kilns.example.com has no schema',
    ])
  })

  test('a schema whose every keyword is of a wrong type', () => {
    const odd = {
      type: 7,
      properties: {
        spec: {
          type: ['object'],
          properties: [],
          required: 'heat',
          enum: {},
          pattern: 3,
          minimum: 'x',
          allOf: 1,
          anyOf: {},
        },
      },
      'x-kubernetes-validations': { rule: 1 },
    }
    expect(kiln(plain, crd(odd), { heat: 1 })).toEqual([
      'field-type-changed v1: type object -> 7',
      'not-checked',
      'type-not-known : not checked: the type 7: it is not known',
      'type-not-known spec: not checked: the type ["object"]: it is not known',
    ])
  })

  test('a schema that is nested deeper than anybody reads', () => {
    const deep = crd(nested(5000, { type: 'object' }, inner => object({ spec: inner })))
    expect(kiln(plain, deep, { heat: 1 })).toEqual([
      'schema-changed spec: nested too deep, so its schemas were not compared',
      'not-checked',
      'not-checked : the schema of kilns.example.com is nested too deep',
    ])
  })

  test('a resource that is nested deeper than anybody reads', () => {
    const spec = nested(5000, 1, inner => ({ a: inner }))
    const kept = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    const [open, closed] = [crd(object({ spec: kept })), crd(object({ spec: { type: 'object' } }))]
    expect(kiln(open, closed, spec)).toEqual([
      'preserve-lost v1.spec: fields that the schema does not name are dropped from now on',
      'not-checked',
      'not-checked : not checked: this resource: it is nested too deep',
    ])
    expect(kiln(open, open, spec)[0]).toBe('not-checked')
  })

  test('a CRD of ten megabytes and a hundred thousand fields', () => {
    const many = (type: string) =>
      Object.fromEntries(
        Array.from({ length: 100_000 }, (_, i) => [`field${i}`, { type, description: 'x'.repeat(70) }]),
      )
    const told = kiln(crd(object({ spec: object(many('integer')) })), crd(object({ spec: object(many('string')) })), {
      field99999: 1,
    })
    expect(told).toHaveLength(304)
    expect(told[300]).toBe('schema-changed spec: and 99700 more changes of fields')
    expect(told.slice(301)).toEqual([
      'broken',
      'type spec.field99999: must be string, and is number',
      expect.stringContaining('ratcheting'),
    ])
  })

  test('patterns and rules that would take for ever', () => {
    const slow = { type: 'string', pattern: `^(${'(a?){900}'.repeat(1)}b?){1}(${'x?'.repeat(900)})$` }
    const rule = `${'self.all(a, '.repeat(9)}true${')'.repeat(9)}`
    const list = { type: 'array', items: { type: 'string' }, 'x-kubernetes-validations': [{ rule }] }
    const told = kiln(plain, crd(object({ spec: object({ heat: { type: 'integer' }, slow, list }) })), {
      slow: 'a'.repeat(5000),
      list: Array(300).fill('a'),
    })
    expect(told).toEqual([
      'not-checked',
      `pattern-not-checked spec.slow: not checked: the pattern ${slow.pattern}: it would take too long`,
      `cel-not-evaluated spec.list: not checked: the rule ${rule}: it would take too long`,
    ])
  })

  test('alternatives within alternatives, on a long list', () => {
    const ways = nested(8, { required: ['x'] }, inner => ({ anyOf: [inner, inner], items: inner }))
    const told = kiln(plain, crd(object({ spec: object({ list: { type: 'array', items: ways as never } }) })), {
      list: Array(3000).fill({}),
    })
    expect(told.slice(0, 2)).toEqual([`field-removed v1.spec.heat: ${REMOVED}`, 'broken'])
    expect(told.at(-1)).toContain('it would take too long')
  })

  test('keys that are dangerous in JavaScript', () => {
    const fields = JSON.parse('{"__proto__": {"type": "string"}, "constructor": {"type": "string"}}') as Value
    const spec = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}') as Value
    const told = kiln(plain, crd(object({ spec: object(fields) })), spec)
    expect(told[1]).toBe('broken')
    expect(told.slice(2, 4).map(line => line.split(':')[0])).toEqual(['type spec.__proto__', 'type spec.constructor'])
    expect(({} as Record<string, unknown>).type).toBeUndefined()
  })

  test('the old API without a schema takes everything', () => {
    const legacy = { ...crd(null), apiVersion: 'apiextensions.k8s.io/v1beta1' }
    expect(kiln(legacy, legacy, { anything: 1 })).toEqual(['valid'])
  })

  test('the old API keeps unknown fields, the new one drops them', () => {
    const legacy = { ...plain, apiVersion: 'apiextensions.k8s.io/v1beta1' }
    expect(kiln(legacy, plain, { heat: 1, other: 2 })).toEqual([
      'preserve-lost spec.preserveUnknownFields: fields that no schema names are dropped from now on',
      'broken',
      expect.stringContaining('unknown-field spec.other'),
    ])
  })
})

const REMOVED = 'no longer in the schema: dropped, or refused where fields are checked strictly'
