import { describe, expect, test } from 'vitest'
import { type Comparison, compare } from '../src/compare/index.ts'
import { probes, proven } from '../src/compare/probe.ts'
import { judge } from '../src/judge/index.ts'
import type { Fact, KubeObject, Render, Value, ValueMap, ValuesLayer } from '../src/model.ts'
import { aChart, anInstall, aRelease, HELM } from './support/plans.ts'

/** An upgrade whose chart loses the default of `kiln.heat`, which the user sets in a file and as a parameter. */
function upgrade(before: Render, after: Render, files: ReadonlyMap<string, string> = new Map()): Comparison {
  const layers: ValuesLayer[] = [
    {
      kind: 'values',
      file: 'values.yaml',
      tree: { kiln: { heat: 1250, door: 'oak' } },
      lines: new Map([['["kiln","heat"]', 2]]),
    },
    { kind: 'parameter', file: 'app.yaml', line: 9, key: 'kiln.heat', value: '1260', asString: false },
  ]
  const side = (values: ValueMap, render: Render) => ({
    ok: true as const,
    value: { chart: aChart({ values, files }), renders: [render] },
  })
  return {
    upgrade: {
      component: 'pottery',
      environment: 'dev',
      source: HELM,
      pins: [],
      from: '1.0.0',
      to: aRelease('1.1.0'),
    },
    before: side({ kiln: { heat: 900, door: '' } }, before),
    after: side({ kiln: { door: '' } }, after),
    installs: [anInstall({ values: layers })],
    followers: [],
    resources: [],
    kubernetes: null,
    notes: [],
  }
}

function rendered(data: Record<string, Value>, kind = 'ConfigMap'): Render {
  const object: KubeObject = { apiVersion: 'v1', kind, metadata: { name: 'kiln' }, data }
  return { ok: true, objects: [object] }
}

const FAILED: Render = { ok: false, reason: 'helm exited 1: kiln.heat has been removed' }

function proof(input: Comparison, before: Render, after: Render): Fact | undefined {
  const facts = compare(input)
  const answers = probes(facts, input).map(probe => ({ ...probe, before, after }))
  return proven(facts, input, answers).find(({ kind }) => kind === 'value')
}

const [HOT, COLD] = [rendered({ heat: 1260 }), rendered({ heat: 900 })]

describe('a key that only hints speak about', () => {
  test('is left out of every layer, and nothing else is', () => {
    const input = upgrade(HOT, COLD)
    expect(probes(compare(input), input).map(({ without }) => without.values)).toEqual([
      [expect.objectContaining({ kind: 'values', tree: { kiln: { door: 'oak' } } })],
    ])
  })

  test('is lost when leaving it out changes the old render and not the new one', () => {
    expect(proof(upgrade(HOT, COLD), COLD, COLD)).toMatchObject({ status: 'removed', effect: 'lost' })
  })

  test('still counts when leaving it out changes the new render', () => {
    expect(proof(upgrade(HOT, HOT), COLD, COLD)).toMatchObject({ status: 'still-honoured', effect: 'kept' })
  })

  test('never counted when leaving it out changes neither, and is no loss', () => {
    const fact = proof(upgrade(COLD, COLD), COLD, COLD)
    expect(fact).toMatchObject({ status: 'removed', effect: 'idle' })
    expect(judge(fact ? [fact] : []).map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(['low value-removed'])
  })

  test('is what the chart refuses when it renders without it', () => {
    expect(proof(upgrade(HOT, FAILED), COLD, COLD)).toMatchObject({ status: 'refused', effect: 'lost' })
  })

  test('stays a hint when the probes fail to render', () => {
    expect(proof(upgrade(HOT, COLD), FAILED, FAILED)).toMatchObject({ status: 'removed', effect: 'unknown' })
  })

  test('stays a hint when all that differs is what the chart makes anew at each render', () => {
    const random = new Map([['templates/secret.yaml', '{{ randAlphaNum 20 }} {{ .Values.other }}']])
    const secret = (word: string) => rendered({ password: word }, 'Secret')
    expect(proof(upgrade(secret('a'), secret('b'), random), secret('c'), secret('d'))).toMatchObject({
      effect: 'unknown',
    })
    expect(proof(upgrade(secret('a'), secret('b')), secret('c'), secret('d'))).toMatchObject({ effect: 'kept' })
  })

  test('is not asked about when the installed chart does not render', () => {
    const input = upgrade(FAILED, COLD)
    expect(probes(compare(input), input)).toEqual([])
  })
})

describe('a chart that fails and names the key', () => {
  test('refuses it, at the place that sets it', () => {
    const found = compare(upgrade(HOT, FAILED)).filter(({ kind }) => kind === 'value')
    expect(found).toMatchObject([{ key: 'kiln.heat', status: 'refused', file: 'app.yaml', line: 9 }])
  })

  test('and a key that it does not name is not blamed', () => {
    const found = compare(upgrade(HOT, { ok: false, reason: 'helm exited 1: nil pointer at heat of the wheel' }))
    expect(found.filter(({ kind }) => kind === 'value')).toMatchObject([{ key: 'kiln.heat', status: 'removed' }])
  })
})
