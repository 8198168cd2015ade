import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Comparison } from '../../src/compare/index.ts'
import type { Chart, Install, KubeObject, Looked, Resource, Side, Upgrade, Value, ValueMap } from '../../src/model.ts'
import { splitDocuments } from '../../src/text/documents.ts'
import { lineIndex } from '../../src/text/lines.ts'
import { locate } from '../../src/text/located.ts'
import { readYaml } from '../../src/text/yaml.ts'

/** What a case folder says must come out. */
export type Expected = {
  readonly risk: string
  readonly crdChanges: readonly string[]
  readonly resources: Readonly<Record<string, string>>
  readonly values: Readonly<Record<string, string>>
  readonly findings: readonly string[]
  readonly objects?: {
    readonly added?: readonly string[]
    readonly removed?: readonly string[]
    readonly changed?: Readonly<Record<string, readonly string[]>>
    readonly labelsOnly?: readonly string[]
  }
}

const ROOT = join(import.meta.dirname, '../../manifests-fixtures/upgrades')

/** The names of all case folders. */
export const CASES = readdirSync(ROOT)
  .filter(name => existsSync(join(ROOT, name, 'expected.yaml')))
  .sort()

export function expected(name: string): Expected {
  return documents(join(ROOT, name, 'expected.yaml'))[0] as unknown as Expected
}

/** A case folder as what goes into the comparison. */
export function comparison(name: string): Comparison {
  const dir = join(ROOT, name)
  const cluster = documents(join(dir, 'cluster.yaml'))[0] as ValueMap | undefined
  const before = side(dir, 'before')
  const after = side(dir, 'after')
  return {
    upgrade: upgrade(before, after),
    before: { ok: true, value: before },
    after: { ok: true, value: after },
    installs: [install(dir)],
    followers: [],
    resources: resources(dir),
    kubernetes: (cluster?.kubernetes ?? null) as string | null,
  } satisfies Comparison & { before: Looked<Side> }
}

function documents(file: string): readonly Value[] {
  if (!existsSync(file)) return []
  return splitDocuments(readFileSync(file, 'utf8')).map(({ text }) => {
    const read = readYaml(text)
    if (!read.ok) throw new Error(`${file}: ${read.reason}`)
    return read.value
  })
}

function folder(dir: string): readonly string[] {
  return existsSync(dir) ? readdirSync(dir).sort() : []
}

function side(dir: string, which: 'before' | 'after'): Side {
  const about = (documents(join(dir, `chart-${which}.yaml`))[0] ?? {}) as ValueMap
  const schema = join(dir, which === 'before' ? 'values.schema-before.json' : 'values.schema.json')
  const files = folder(join(dir, `templates-${which}`)).map(
    file => [`templates/${file}`, readFileSync(join(dir, `templates-${which}`, file), 'utf8')] as const,
  )
  const chart: Chart = {
    name: String(about.name),
    version: String(about.version),
    appVersion: null,
    kubeVersion: (about.kubeVersion ?? null) as string | null,
    deprecated: false,
    digest: 'sha256:0',
    annotations: {},
    dependencies: [],
    values: (documents(join(dir, `values-${which}.yaml`))[0] ?? {}) as ValueMap,
    valuesText: '',
    schema: existsSync(schema) ? JSON.parse(readFileSync(schema, 'utf8')) : null,
    crds: folder(join(dir, `crds-${which}`)).flatMap(
      file => documents(join(dir, `crds-${which}`, file)) as readonly unknown[] as readonly KubeObject[],
    ),
    files: new Map(files),
  }
  const objects = documents(join(dir, `rendered-${which}.yaml`)) as readonly unknown[] as readonly KubeObject[]
  return { chart, renders: [{ ok: true, objects }] }
}

function upgrade(before: Side, after: Side): Upgrade {
  return {
    component: before.chart.name,
    environment: 'dev',
    kind: 'flux-helmrelease',
    source: { type: 'helm', url: 'https://charts.example.com', chart: before.chart.name },
    pins: [],
    from: before.chart.version,
    to: {
      version: after.chart.version,
      digest: null,
      publishedAt: null,
      appVersion: null,
      urls: [],
      deprecated: false,
      prerelease: false,
    },
    available: [after.chart.version],
    followers: [],
    notYet: [],
  }
}

function install(dir: string): Install {
  const file = 'user-values.yaml'
  const path = join(dir, file)
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = locate({ text, start: 0, line: 1, contentLine: 1 }, lineIndex(text)).lines([])
  const tree = (documents(path)[0] ?? {}) as ValueMap
  const values = text === '' ? [] : [{ kind: 'values' as const, file, tree, lines }]
  return {
    engine: 'flux',
    name: 'pottery',
    namespace: 'studio',
    values,
    crds: 'applied',
    file: 'release.yaml',
    line: 1,
  }
}

function resources(dir: string): readonly Resource[] {
  return folder(join(dir, 'crs')).flatMap(name =>
    (documents(join(dir, 'crs', name)) as readonly unknown[] as readonly KubeObject[]).map((body, document) => ({
      apiVersion: body.apiVersion,
      kind: body.kind,
      namespace: null,
      name: body.metadata.name,
      file: `crs/${name}`,
      document,
      line: 1,
      environment: null,
      body,
    })),
  )
}
