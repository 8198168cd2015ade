import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Comparison, compare } from '../src/compare/index.ts'
import type { Chart, Install, Looked, Side, ValuesLayer } from '../src/model.ts'
import { createRenderer, RENDER_LIMITS } from '../src/outside/helm/render.ts'
import { findHelm } from '../src/outside/helm/tools.ts'
import { readChart } from '../src/outside/registries/chart.ts'
import { proveValues } from '../src/walk/prove-values.ts'
import type { Renderer } from '../src/world.ts'
import { makeChart } from './support/make-chart.ts'
import { anInstall, aRelease, HELM } from './support/plans.ts'

/** The whole way with a real helm: what text can only guess about a chart's templates, the renders show. */

let dir = ''
let renderer: Renderer = { render: async () => ({ ok: false, reason: 'not ready' }) }
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'prove-values-'))
  const helm = await findHelm(process.env)
  if (!helm.ok) throw new Error(helm.reason)
  const fetchSchema = async (url: string) => ({ ok: false as const, reason: url, retry: false })
  renderer = createRenderer({ helm: helm.value, fetchSchema, scratch: dir, limits: RENDER_LIMITS })
}, 60_000)
afterAll(() => rm(dir, { recursive: true, force: true }))

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: kiln }\ndata:\n'

async function chart(version: string, values: string, data: string): Promise<Chart> {
  const read = await readChart(
    makeChart({
      name: 'pottery',
      version,
      files: { 'values.yaml': values, 'templates/kiln.yaml': `${CONFIG}${data}` },
    }),
  )
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

async function side(of: Chart, install: Install): Promise<Looked<Side>> {
  return { ok: true, value: { chart: of, renders: [await renderer.render(of, install, null)] } }
}

/** What is proven of each key that the user sets: its status and effect. */
async function proofs(before: Chart, after: Chart, layer: ValuesLayer): Promise<Record<string, string>> {
  const install = anInstall({ values: [layer] })
  const input: Comparison = {
    upgrade: { component: 'pottery', environment: 'dev', source: HELM, pins: [], from: '1.0.0', to: aRelease('1.1.0') },
    before: await side(before, install),
    after: await side(after, install),
    installs: [install],
    followers: [],
    resources: [],
    kubernetes: null,
    notes: [],
  }
  const facts = await proveValues(renderer, input, compare(input))
  return Object.fromEntries(
    facts.flatMap(fact => (fact.kind === 'value' ? [[fact.key, `${fact.status} ${fact.effect}`]] : [])),
  )
}

const layer: ValuesLayer = {
  kind: 'values',
  file: 'values.yaml',
  tree: { heat: 1250, fan: 7, glaze: 'ash', door: 'oak' },
  lines: new Map([
    ['["heat"]', 1],
    ['["fan"]', 2],
    ['["glaze"]', 3],
    ['["door"]', 4],
  ]),
}

test('lost, kept and idle keys are told apart, however the templates read them', async () => {
  const before = await chart(
    '1.0.0',
    'heat: 900\nfan: 1\nglaze: blue\ndoor: ""\n',
    '  heat: "{{ .Values.heat }}"\n  fan: "{{ index .Values (print "f" "an") }}"\n{{ if .Values.door }}{{ else }}  glaze: "{{ .Values.glaze }}"\n{{ end }}  door: "{{ .Values.door }}"\n',
  )
  const after = await chart(
    '1.1.0',
    'door: ""\n',
    // Reads `fan` in a way that no text shows, and names `heat` where it is never reached.
    '  fan: "{{ index .Values (print "f" "an") }}"\n{{ if false }}  heat: "{{ .Values.heat }}"\n{{ end }}  door: "{{ .Values.door }}"\n',
  )
  expect(await proofs(before, after, layer)).toEqual({
    heat: 'removed lost',
    fan: 'still-honoured kept',
    glaze: 'removed idle',
  })
})

test('a chart that fails because of one key is told from one that only names it', async () => {
  const before = await chart('1.0.0', 'heat: 900\nfan: 1\nglaze: blue\ndoor: ""\n', '  heat: "{{ .Values.heat }}"\n')
  const after = await chart(
    '1.1.0',
    'fan: 1\nglaze: blue\ndoor: ""\n',
    '{{ if hasKey .Values "heat" }}{{ fail "set the temperature elsewhere" }}{{ end }}  a: b\n',
  )
  expect(await proofs(before, after, layer)).toEqual({ heat: 'refused lost' })
})
