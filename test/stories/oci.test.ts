import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Outcome } from '../../src/model.ts'
import { openLocalWorld } from '../../src/outside/local/world-local.ts'
import { sha256 } from '../../src/outside/registries/chart.ts'
import { openServices, type SharedServices } from '../../src/outside/services.ts'
import { type Survey, survey } from '../../src/reconcile.ts'
import { pullRequest } from '../../src/report/pull-request.ts'
import { readToolSettings } from '../../src/settings.ts'
import { type ChartRepository, startChartRepository } from '../support/chart-repository.ts'
import { makeCheckout } from '../support/checkout.ts'
import { startDockerRegistry } from '../support/docker-registry.ts'
import { packChart } from '../support/make-chart.ts'

const CHARTS = join(import.meta.dirname, '../../manifests-fixtures/charts')
const WRONG = `sha256:${'1'.repeat(64)}`

/** Null, and said on stderr, where the Debian package is not installed. */
const docker = await startDockerRegistry()

let index: ChartRepository
let services: SharedServices
let folder: string
let pushed: { readonly old: Pushed; readonly new: Pushed }
type Pushed = { readonly manifest: string; readonly archive: string }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'windlass-oci-'))
  index = await startChartRepository()
  const [old, next] = await Promise.all(
    ['3.2.0', '3.2.1'].map(version => packChart(join(CHARTS, `beacon-${version}`), 'beacon', version)),
  )
  if (!old || !next) throw new Error('no charts')
  await index.add(old)
  await index.add(next)
  const nothing = { manifest: '', archive: '' }
  pushed = {
    old: (await docker?.push('platform/beacon', '3.2.0', old)) ?? nothing,
    new: (await docker?.push('platform/beacon', '3.2.1', next)) ?? nothing,
  }
  const mirrors = join(folder, 'mirrors.yaml')
  await writeFile(
    mirrors,
    `https://charts.example.com: ${index.url}\noci://registry.example.com: ${docker?.url ?? index.url}\n`,
  )
  const read = readToolSettings({ WINDLASS_DATA: join(folder, 'data'), WINDLASS_REGISTRY_MIRRORS: mirrors })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const opened = await openServices(read.settings, process.env)
  if (!opened.ok) throw new Error(opened.problems.join('\n'))
  services = opened.services
})

afterAll(async () => {
  await services?.close()
  await index?.stop()
  await docker?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** What a checkout with this one file comes to, asked of the registries anew. */
async function planned(text: string): Promise<Survey> {
  const checkout = makeCheckout({ [FILE]: text })
  try {
    const now = () => new Date()
    const own = { now, firstSeen: async () => now().toISOString(), progress: () => {} }
    const world = await openLocalWorld(checkout.root, { ...services, ...services.registries(), ...own }, 'files')
    return await survey(world)
  } finally {
    checkout.remove()
  }
}

function only({ outcomes, problems }: Survey): Extract<Outcome, { kind: 'planned' }> {
  const [outcome, ...more] = outcomes
  if (outcome?.kind !== 'planned' || more.length > 0) throw new Error(JSON.stringify({ outcomes, problems }))
  return outcome
}

const FILE = 'clusters/dev/beacon.yaml'

const release = (chart: string) => `---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: beacon, namespace: beacon }
spec:
  ${chart}
  values: { replicas: 2 }
`

const fromOci = (tag: string, digest: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: { name: beacon, namespace: beacon }
spec:
  url: oci://registry.example.com/platform/beacon
  ref:
    tag: "${tag}"   # the two move together
    digest: ${digest}
${release('chartRef: { kind: OCIRepository, name: beacon }')}`

const FROM_INDEX = `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: charts, namespace: beacon }
spec: { url: https://charts.example.com }
${release(`chart:
    spec:
      chart: beacon
      version: 3.2.0
      sourceRef: { kind: HelmRepository, name: charts }`)}`

describe.skipIf(docker === null)('a chart from docker-registry', () => {
  test('whose tag and digest are pinned moves in both, and in nothing else, after both versions were rendered', async () => {
    const before = fromOci('3.2.0', pushed.old.manifest)
    const { plan } = only(await planned(before))
    expect(plan.files.get(FILE)).toBe(fromOci('3.2.1', pushed.new.manifest))
    expect([...plan.files.keys()]).toEqual([FILE])
    expect(plan.facts.filter(({ kind }) => ['not-rendered', 'render-failed'].includes(kind))).toEqual([])
    expect(plan.facts.map(({ kind }) => kind)).toContain('image-changed')
    expect(plan.assessed.final).toBe('low')
  })

  test('whose pinned digest is not that of its tag is refused, with both digests named', async () => {
    const { plan } = only(await planned(fromOci('3.2.0', WRONG)))
    const { body, labels } = pullRequest(plan, { hold: null })
    for (const digest of [WRONG, pushed.old.manifest]) expect(body).toContain(digest)
    expect(body).toContain('refused')
    expect(labels).toContain('risk/high')
    expect(plan.files.get(FILE)).toBe(fromOci('3.2.1', pushed.new.manifest))
  })
})

describe('a chart from a plain HTTP index', () => {
  test('moves in its version and in nothing else, after both versions were rendered', async () => {
    const { plan } = only(await planned(FROM_INDEX))
    expect(plan.files.get(FILE)).toBe(FROM_INDEX.replace('3.2.0', '3.2.1'))
    expect(plan.facts.map(({ kind }) => kind)).toContain('image-changed')
    expect(plan.facts.filter(({ kind }) => ['not-rendered', 'render-failed'].includes(kind))).toEqual([])
  })

  test('gives the same plan as the registry does, but for where it comes from', async context => {
    if (docker === null) return context.skip()
    const [http, oci] = [only(await planned(FROM_INDEX)), only(await planned(fromOci('3.2.0', pushed.old.manifest)))]
    expect(http.plan.facts).toEqual(oci.plan.facts)
    expect(http.plan.findings).toEqual(oci.plan.findings)
  })

  test('whose archive is not what the index says is refused, with both digests named', async () => {
    const [honest, other] = await Promise.all(
      ['beacon-3.2.1', 'beacon-3.2.0'].map(chart => packChart(join(CHARTS, chart), 'beacon', '3.2.2')),
    )
    if (!honest || !other) throw new Error('no charts')
    await index.add(honest)
    index.tamper('beacon', '3.2.2', other)
    const { plan } = only(await planned(FROM_INDEX))
    const { body, labels } = pullRequest(plan, { hold: null })
    for (const digest of [sha256(honest), sha256(other)]) expect(body).toContain(digest)
    expect(body).toContain('refused')
    expect(labels).toContain('risk/high')
  })
})
