import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Comparison } from '../../compare/index.ts'
import { DEFAULT_POLICY } from '../../config/defaults.ts'
import { detect } from '../../detect/index.ts'
import { valuesLayer } from '../../detect/manifests.ts'
import type {
  Chart,
  Install,
  KubeObject,
  Note,
  Problem,
  Render,
  RepoFile,
  Side,
  Upgrade,
  Value,
  ValueMap,
} from '../../model.ts'
import { clean } from '../../reason/sanitize.ts'
import { splitDocuments } from '../../text/documents.ts'
import { isMap } from '../../text/is-map.ts'
import { readYaml } from '../../text/yaml.ts'
import { decode, MAX_FILE_BYTES, tooLarge } from '../git/git-files.ts'
import { tagged } from '../registries/listed.ts'

/** An upgrade as files in a folder tell it, and what of them could not be read. */
export type CaseFolder = {
  readonly comparison: Comparison
  /** What the user has: the resources and the values. */
  readonly files: readonly RepoFile[]
  /** The versions that the name of the folder says; null when it says none. */
  readonly named: { readonly from: string; readonly to: string } | null
  readonly problems: readonly Problem[]
}

/** Which of the two sides a file is about. */
type Which = 'before' | 'after'

/** The files of one folder as text; whatever cannot be read becomes a problem and is absent. */
type Reader = {
  /** The text of a file below the folder, null when there is none. */
  text(path: string): string | null
  /** Names in a folder below it, sorted; none when there is no such folder. */
  list(path: string): readonly string[]
  say(file: string, line: number | null, reason: string): void
}

function reader(dir: string, problems: Problem[]): Reader {
  const say = (file: string, line: number | null, reason: string) => void problems.push({ file, line, reason })
  const known = new Map<string, string | null>()
  const read = (path: string): string | null => {
    const info = statSync(join(dir, path), { throwIfNoEntry: false })
    if (!info?.isFile()) return null
    const content = info.size > MAX_FILE_BYTES ? tooLarge(path, info.size) : decode(path, readFileSync(join(dir, path)))
    if ('text' in content) return content.text
    problems.push(content)
    return null
  }
  return {
    say,
    list: path => (isFolder(join(dir, path)) ? readdirSync(join(dir, path)).sort() : []),
    text(path) {
      const text = known.get(path) ?? (known.has(path) ? null : read(path))
      known.set(path, text)
      return text
    },
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** The documents of a YAML file; one that cannot be read costs only itself. */
function documents(from: Reader, path: string): readonly Value[] {
  return splitDocuments(from.text(path) ?? '').flatMap(chunk => {
    const read = readYaml(chunk.text)
    if (read.ok) return read.value === null ? [] : [read.value]
    from.say(path, chunk.line + read.line - 1, read.reason)
    return []
  })
}

/** The one map of a YAML file; null when there is none, or none that can be read. */
function map(from: Reader, path: string): ValueMap | null {
  const [first] = documents(from, path)
  if (first === undefined) return null
  if (isMap(first)) return first
  from.say(path, 1, 'is not a map of keys: not looked at')
  return null
}

function objects(from: Reader, path: string): readonly KubeObject[] {
  return documents(from, path).flatMap(value => {
    const isObject =
      isMap(value) &&
      typeof value.apiVersion === 'string' &&
      typeof value.kind === 'string' &&
      isMap(value.metadata) &&
      typeof value.metadata.name === 'string'
    if (isObject) return [value as unknown as KubeObject]
    from.say(path, 1, 'a document has no apiVersion, kind or metadata.name: not looked at')
    return []
  })
}

function json(from: Reader, path: string): Value {
  const text = from.text(path)
  if (text === null) return null
  try {
    return JSON.parse(text) as Value
  } catch {
    from.say(path, null, 'is not valid JSON: not looked at')
    return null
  }
}

/** `<name>-<from>-to-<to>`: what the folder's own name says of the versions, for sides without a Chart.yaml. */
function named(dir: string): { readonly name: string; readonly from: string; readonly to: string } {
  const name = dir.split(/[/\\]/).filter(Boolean).at(-1) ?? 'case'
  const [, component = name, from = 'unknown', to = 'unknown'] = /^(.+?)-v?(\d[\w.]*)-to-v?(\d[\w.]*)$/.exec(name) ?? []
  return { name: component, from, to }
}

function word(value: Value | undefined): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

function chart(from: Reader, which: Which, fallback: { readonly name: string; readonly version: string }): Chart {
  const about = map(from, `chart-${which}.yaml`) ?? {}
  const values = `values-${which}.yaml`
  const folder = `templates-${which}`
  const templates = from.list(folder).map(file => [`templates/${file}`, from.text(`${folder}/${file}`) ?? ''] as const)
  const dependencies = Array.isArray(about.dependencies) ? about.dependencies.filter(isMap) : []
  return {
    name: word(about.name) ?? fallback.name,
    version: word(about.version) ?? fallback.version,
    appVersion: word(about.appVersion),
    kubeVersion: word(about.kubeVersion),
    deprecated: about.deprecated === true,
    digest: `case:${which}`,
    annotations: {},
    dependencies: dependencies.map(({ name, version, repository }) => ({
      name: word(name) ?? '',
      version: word(version) ?? '',
      repository: word(repository) ?? '',
    })),
    values: map(from, values) ?? {},
    valuesText: from.text(values) ?? '',
    schema: json(from, which === 'before' ? 'values.schema-before.json' : 'values.schema.json'),
    crds: from.list(`crds-${which}`).flatMap(file => objects(from, `crds-${which}/${file}`)),
    files: new Map(templates),
  }
}

function side(from: Reader, which: Which, fallback: { readonly name: string; readonly version: string }): Side {
  const render: Render = { ok: true, objects: objects(from, `rendered-${which}.yaml`) }
  return { chart: chart(from, which, fallback), renders: [render] }
}

/** The user's own release of the chart: a case folder says nothing of the engine, only of the values. */
function install(from: Reader, name: string): Install {
  const file = 'user-values.yaml'
  const text = from.text(file)
  const values = text === null ? [] : [valuesLayer(file, text, () => ({ line: 1, stepwise: true }))]
  return { engine: 'helm', name, namespace: 'default', values, crds: 'unknown', file, line: 1 }
}

function upgrade(before: Chart, after: Chart): Upgrade {
  const to = { ...tagged(after.version), appVersion: after.appVersion, deprecated: after.deprecated }
  return {
    component: after.name,
    environment: null,
    kind: 'other',
    source: { type: 'helm', url: 'https://charts.invalid', chart: after.name },
    pins: [],
    from: before.version,
    to,
    available: [after.version],
    path: [{ to: after.version, because: null, source: null }],
    followers: [],
    notYet: [],
  }
}

function notes(from: Reader): readonly Note[] {
  const file = 'release-notes.md'
  const text = clean(from.text(file) ?? '').text
  return text === '' ? [] : [{ origin: file, version: null, text }]
}

function filesOf(from: Reader): readonly RepoFile[] {
  const paths = ['user-values.yaml', ...from.list('crs').map(name => `crs/${name}`)]
  return paths.flatMap(path => {
    const text = from.text(path)
    return text === null ? [] : [{ path, blob: '', text }]
  })
}

function resources(from: Reader) {
  const files = filesOf(from).filter(({ path }) => path.startsWith('crs/'))
  const { resources, skipped } = detect({ commit: '', files, skipped: [] }, DEFAULT_POLICY)
  for (const { file, line, reason } of skipped) from.say(file, line, reason)
  return resources
}

function byFile({ file: a }: Problem, { file: b }: Problem): number {
  return (a ?? '') < (b ?? '') ? -1 : a === b ? 0 : 1
}

/**
 * Reads an upgrade from a folder: `crds-before/`, `crds-after/`, `crs/`, `values-*.yaml`, `values.schema*.json`, `chart-*.yaml`, `templates-*`,
 * `rendered-*.yaml`, `user-values.yaml`, `release-notes.md`, and `cluster.yaml` with the Kubernetes version. A file that is not there does not exist on
 * that side; one that cannot be read is a problem with file and line, and everything else is still compared.
 */
export function readCaseFolder(dir: string): CaseFolder {
  const problems: Problem[] = []
  const from = reader(dir, problems)
  const { name, from: first, to: last } = named(dir)
  const before = side(from, 'before', { name, version: first })
  const after = side(from, 'after', { name, version: last })
  const comparison: Comparison = {
    upgrade: upgrade(before.chart, after.chart),
    before: { ok: true, value: before },
    after: { ok: true, value: after },
    installs: [install(from, name)],
    followers: [],
    resources: resources(from),
    kubernetes: word(map(from, 'cluster.yaml')?.kubernetes),
    notes: notes(from),
  }
  const versions = first === 'unknown' ? null : { from: first, to: last }
  return { comparison, files: filesOf(from), named: versions, problems: problems.toSorted(byFile) }
}
