import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compare, type Part } from '../src/compare/index.ts'
import { judge } from '../src/judge/index.ts'
import type { Chart, Install, Side } from '../src/model.ts'
import { createRenderer, RENDER_LIMITS } from '../src/outside/helm/render.ts'
import { findHelm, type Tool } from '../src/outside/helm/tools.ts'
import { rawFiles, readChart } from '../src/outside/registries/chart.ts'
import { writeFiles } from '../src/outside/registries/chart-write.ts'
import { makeChart, packChart } from '../test/support/make-chart.ts'

/** What the analysis of one upgrade costs beside its two renders; wall time, for helm is another process. */
const RUNS = 5

const INSTALL: Install = {
  engine: 'flux',
  name: 'bench',
  namespace: 'bench',
  values: [],
  crds: 'applied',
  file: 'release.yaml',
  line: 1,
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** What a generated chart renders: how many objects, and how many lines of text each. */
type Shape = { readonly name: string; readonly objects: number; readonly panels: number }

/** Sizes of well-known charts, from a small controller to a stack of dashboards with 5 MB. */
const SHAPES: readonly Shape[] = [
  { name: '13 objects, 10 KB', objects: 13, panels: 5 },
  { name: '25 objects, 90 KB', objects: 25, panels: 36 },
  { name: '46 objects, 45 KB', objects: 46, panels: 8 },
  { name: '56 objects, 0.4 MB', objects: 56, panels: 78 },
  { name: '59 objects, 1.9 MB', objects: 59, panels: 320 },
  { name: '85 objects, 3.2 MB', objects: 85, panels: 375 },
]
const LARGEST: Shape = { name: '150 objects, 5 MB', objects: 150, panels: 330 }

/** A chart with the version among the labels of each object, as helm's own labels are. */
function generated({ objects, panels }: Shape, version: string): Buffer {
  const template = `{{- range $i := until ${objects} }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: dashboard-{{ $i }}
  labels: { helm.sh/chart: "generated-{{ $.Chart.Version }}" }
data:
  {{- range $j := until ${panels} }}
  panel-{{ $j }}: {{ printf "panel %d of dashboard %d shows requests by code and route over five minutes, as a rate" $j $i | quote }}
  {{- end }}
{{- end }}
`
  return makeChart({ name: 'generated', version, files: { 'values.yaml': '{}\n', 'templates/all.yaml': template } })
}

async function charts(root: string): Promise<readonly (readonly [name: string, before: Buffer, after: Buffer])[]> {
  const pack = (name: string, version: string) =>
    packChart(join(root, 'manifests-fixtures/charts', `${name}-${version}`), name, version)
  return [
    ['beacon', await pack('beacon', '3.2.0'), await pack('beacon', '3.2.1')],
    ['vaultsync', await pack('vaultsync', '1.8.2'), await pack('vaultsync', '2.0.0')],
    ['agentflow-operator', await pack('agentflow-operator', '0.4.1'), await pack('agentflow-operator', '0.5.0')],
    ...[...SHAPES, LARGEST].map(shape => [shape.name, generated(shape, '1.0.0'), generated(shape, '1.1.0')] as const),
  ]
}

async function read(tgz: Buffer): Promise<Chart> {
  const chart = await readChart(tgz)
  if (!chart.ok) throw new Error(chart.reason)
  return chart.value
}

function renderer(helm: Tool, scratch: string) {
  const fetchSchema = async (url: string) => ({ ok: false as const, reason: url, retry: false })
  return createRenderer({ helm, fetchSchema, scratch, limits: RENDER_LIMITS })
}

function upgrade(before: Chart, after: Chart): Part['upgrade'] {
  const plain = { digest: null, publishedAt: null, appVersion: null, urls: [], deprecated: false, prerelease: false }
  return {
    component: after.name,
    environment: null,
    source: { type: 'helm', url: 'https://charts.invalid', chart: after.name },
    pins: [],
    from: before.version,
    to: { version: after.version, ...plain },
  }
}

type Render = ReturnType<typeof createRenderer>

/** Both sides rendered at once, compared and judged, as a pass does it. */
async function analyse(render: Render, before: Chart, after: Chart): Promise<number> {
  const side = async (chart: Chart): Promise<Side> => ({ chart, renders: [await render.render(chart, INSTALL, null)] })
  const [old, next] = await Promise.all([side(before), side(after)])
  const [failed] = [...old.renders, ...next.renders].flatMap(one => (one.ok ? [] : [one.reason]))
  if (failed !== undefined) throw new Error(failed)
  const sides = { before: { ok: true as const, value: old }, after: { ok: true as const, value: next } }
  const facts = compare({
    upgrade: upgrade(before, after),
    ...sides,
    installs: [INSTALL],
    followers: [],
    resources: [],
    kubernetes: null,
    notes: [],
  })
  return judge(facts).length
}

/** The least that an analysis needs: helm alone, run for both sides at once on charts that are on disk already. */
async function bareRenders(helm: Tool, scratch: string, sides: readonly Chart[]): Promise<() => Promise<unknown>> {
  const folders = sides.map(({ version }) => join(scratch, version))
  mkdirSync(scratch, { recursive: true })
  await Promise.all(sides.map((chart, i) => writeFiles(rawFiles(chart), folders[i] ?? scratch)))
  const run = promisify(execFile)
  const options = { maxBuffer: RENDER_LIMITS.maxOutput, env: { HOME: scratch, HELM_NO_PLUGINS: '1' } }
  return () => Promise.all(folders.map(folder => run(helm.path, ['template', 'bench', folder], options)))
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** One line for each upgrade: two helm runs alone, the whole analysis, their ratio, and the analysis once more with a warm cache. */
export async function benchUpgrades(root: string, scratch: string): Promise<readonly string[]> {
  const helm = await findHelm(process.env)
  if (!helm.ok) return [`upgrades were not measured: ${helm.reason}`]
  mkdirSync(scratch, { recursive: true })
  const lines = ['upgrade                renders   analysis   ratio   again']
  for (const [name, ...packed] of await charts(root)) {
    const [before, after] = [await read(packed[0]), await read(packed[1])]
    const bare = await bareRenders(helm.value, join(scratch, name), [before, after])
    const rows: { alone: number; whole: number; again: number }[] = []
    for (let run = 0; run < RUNS; run++) {
      const alone = await time(bare)
      const fresh = renderer(helm.value, scratch)
      const whole = await time(() => analyse(fresh, before, after))
      rows.push({ alone, whole, again: await time(() => analyse(fresh, before, after)) })
    }
    const of = (pick: (row: (typeof rows)[number]) => number) => median(rows.map(pick))
    const ms = (value: number) => `${Math.round(value)} ms`
    lines.push(
      [
        name.padEnd(20),
        ms(of(row => row.alone)).padStart(9),
        ms(of(row => row.whole)).padStart(10),
        `${of(row => row.whole / row.alone).toFixed(2)}x`.padStart(7),
        ms(of(row => row.again)).padStart(7),
      ].join(' '),
    )
  }
  const peak = execFileSync(process.execPath, [fileURLToPath(import.meta.url), join(scratch, 'peak')], {
    encoding: 'utf8',
  })
  return [...lines, `peak RSS of a process that analyses ${LARGEST.name}: ${peak.trim()}`]
}

/** Analyses the largest upgrade once and prints what this process needed at most; helm's own memory is not in it. */
async function peak(scratch: string): Promise<void> {
  const helm = await findHelm(process.env)
  if (!helm.ok) throw new Error(helm.reason)
  mkdirSync(scratch, { recursive: true })
  const [before, after] = [await read(generated(LARGEST, '1.0.0')), await read(generated(LARGEST, '1.1.0'))]
  await analyse(renderer(helm.value, scratch), before, after)
  console.log(`${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`)
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2]) await peak(process.argv[2])
