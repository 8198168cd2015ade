import { posix } from 'node:path'
import type { CrdPolicy, Path, PinKind, Source, Value } from '../model.ts'
import { cloneUrl } from '../text/git-url.ts'
import { at, listAt, scalarAt, textAt } from './at.ts'
import type { ChartLayerFact, ChartUserFact, Detector, Fact, LayerFact, Manifest } from './facts.ts'
import { chartSource, lastElement, ociSource, unknownSource } from './source.ts'
import { floatingChart, floatingRevision, note } from './version.ts'

/** A repoURL without a scheme is an OCI registry (Argo CD, user-guide/helm: "the oci:// syntax is not included"). */
export function sourceOf(repository: string, chart: string | null): Source {
  if (chart === null) return ociSource(repository)
  if (/^(?:git@|ssh:)/.test(repository))
    return unknownSource(chart, `${repository} is a git repository, not a chart repository`)
  return chartSource(repository.includes('://') ? repository : `oci://${repository}`, chart)
}

/**
 * `$ref/path` is a path from the root of another source of the Application, `/path` one from the root of this one; other names lie in the
 * folder of the chart (Argo CD, user-guide/helm, "Values Files").
 */
function valueFile(manifest: Manifest, path: Path, name: string): ChartLayerFact {
  const { file } = manifest
  const line = manifest.lineOf(path)
  const missing = (reason: string): LayerFact => ({ kind: 'missing', file, line, reason })
  const [, ref, rest] = /^\$([^/]+)\/(.+)$/.exec(name) ?? []
  if (/^[a-z]+:\/\//i.test(name)) return missing(`the values file ${name} is remote and was not fetched`)
  if (/[*?[]|\{\{/.test(rest ?? name)) return missing(`the values files ${name} are a pattern and were not read`)
  if (ref === undefined || rest === undefined) return { kind: 'in-chart', name, file, line }
  const refs = listAt(manifest.body, ['spec', 'sources']).filter(source => at(source, ['ref']) === ref)
  if (refs.length === 0)
    return missing(`no source of this Application has ref: ${ref}, which the values file ${name} names`)
  return { kind: 'file', path: posix.normalize(rest), file, line }
}

function parameter(manifest: Manifest, path: Path, body: Value): LayerFact {
  const { file } = manifest
  const line = manifest.lineOf(path)
  const key = textAt(body, ['name'])
  if (key === null) return { kind: 'missing', file, line, reason: 'this parameter has no name' }
  return {
    kind: 'parameter',
    file,
    line,
    key,
    value: scalarAt(body, ['value']) ?? '',
    asString: at(body, ['forceString']) === true,
  }
}

/**
 * parameters > valuesObject > values > valueFiles (Argo CD, user-guide/helm); and a valuesObject takes the place of
 * values, they are not merged (ApplicationSourceHelm.ValuesYAML).
 */
function layers(manifest: Manifest, source: Path): readonly ChartLayerFact[] {
  const helm = [...source, 'helm']
  const object = manifest.values([...helm, 'valuesObject'])
  const inline = object ?? manifest.embedded([...helm, 'values'])
  const list = (key: string): readonly (readonly [Path, Value])[] =>
    listAt(manifest.body, [...helm, key]).map((value, i) => [[...helm, key, i], value] as const)
  return [
    ...list('valueFiles').flatMap(([path, name]) =>
      typeof name === 'string' ? [valueFile(manifest, path, name)] : [],
    ),
    ...(inline ? [inline] : []),
    ...list('parameters').map(([path, body]) => parameter(manifest, path, body)),
    ...list('fileParameters').map(
      ([path]): LayerFact => ({
        kind: 'missing',
        file: manifest.file,
        line: manifest.lineOf(path),
        reason: 'fileParameters are not read',
      }),
    ),
  ]
}

/** Argo CD applies as `kubectl apply` does, unless a sync option says otherwise (user-guide/sync-options). */
function applied(body: Value, spec: Path): CrdPolicy {
  const options = listAt(body, [...spec, 'syncPolicy', 'syncOptions'])
  const spares = options.some(option => option === 'ServerSideApply=true' || option === 'Replace=true')
  return spares ? 'applied' : 'applied-client-side'
}

/** What the generators of an ApplicationSet fill in is not known here. */
function isFilledIn(text: string | null): boolean {
  return text?.includes('{{') ?? false
}

function filledIn(layer: ChartLayerFact): ChartLayerFact {
  const text = layer.kind === 'values' ? JSON.stringify(layer.tree) : layer.kind === 'parameter' ? layer.value : null
  if (!isFilledIn(text) || !('file' in layer)) return layer
  const line = 'line' in layer ? layer.line : 1
  return { kind: 'missing', file: layer.file, line, reason: 'generators of the ApplicationSet fill in these values' }
}

/** What a source installs; its Application is written around it, in an ApplicationSet as a template. */
function install(manifest: Manifest, source: Path): ChartUserFact['install'] {
  const { body, file } = manifest
  const spec = source.slice(0, source.lastIndexOf(source.includes('sources') ? 'sources' : 'source'))
  const written = (path: Path) => {
    const text = scalarAt(body, path)
    return isFilledIn(text) ? null : text
  }
  return {
    engine: 'argocd',
    name: written([...source, 'helm', 'releaseName']) ?? written([...spec.slice(0, -1), 'metadata', 'name']),
    namespace: written([...source, 'helm', 'namespace']) ?? written([...spec, 'destination', 'namespace']),
    values: layers(manifest, source).map(filledIn),
    crds: at(body, [...source, 'helm', 'skipCrds']) === true ? 'skipped' : applied(body, spec),
    file,
    line: manifest.lineOf(source),
  }
}

const TEMPLATE = /\{\{.*?\}\}/g

/** The install of a chart that is kept at a path of a git repository, if it is this one: a folder with a chart of that path will show. */
export function chartUser(manifest: Manifest, source: Path, path: string | null): readonly ChartUserFact[] {
  if (path === null) return []
  const folder = posix.normalize(path.replace(TEMPLATE, '*')).replace(/\/+$/, '')
  return [{ fact: 'chart-user', folder, install: install(manifest, source) }]
}

/** A source that is a git repository; its own repository and branches are no pins. */
function gitFacts(manifest: Manifest, place: Path, repository: string, kind: PinKind): readonly Fact[] {
  const source = place.slice(0, -1)
  const users =
    kind === 'argocd-application' ? chartUser(manifest, source, textAt(manifest.body, [...source, 'path'])) : []
  const url = cloneUrl(repository)
  if (url === null || floatingRevision(scalarAt(manifest.body, place)) !== null) return users
  const version = manifest.version(place)
  if (version === null) return users
  const from = { type: 'git', url, chart: null } as const
  return [
    { fact: 'pin', component: lastElement(url), kind, version, source: from, installs: [], object: null, aliases: [] },
    ...users,
  ]
}

/** What one source of an Application says, or of the template of an ApplicationSet. */
export function sourceFacts(manifest: Manifest, path: Path, kind: PinKind): readonly Fact[] {
  const { body } = manifest
  const chart = textAt(body, [...path, 'chart'])
  const repository = textAt(body, [...path, 'repoURL'])
  const place = [...path, 'targetRevision']
  const revision = scalarAt(body, place)
  if (chart === null && repository === null && revision !== null)
    return [note(manifest, place, 'a patch of an Application: which chart this version belongs to is not known here')]
  if (repository === null) return []
  if (chart === null && !repository.startsWith('oci://')) return gitFacts(manifest, place, repository, kind)
  const version = manifest.version(place)
  const component = chart === null ? lastElement(repository) : lastElement(chart)
  const floating = floatingChart(version?.version ?? revision)
  if (floating !== null || version === null)
    return [
      note(manifest, place, `${component}: ${floating ?? 'the version is written in a way that cannot be edited'}`),
    ]
  const source = sourceOf(repository, chart)
  const made = install(manifest, path)
  const installs = [{ ...made, name: made.name ?? component }]
  return [{ fact: 'pin', component, kind, version, source, installs, object: null, aliases: [] }]
}

/** The sources of an Argo CD Application that are charts or stand at a tag; `sources` makes Argo CD ignore `source`. */
export const argocdApplication: Detector = manifest => {
  const { body } = manifest
  if (body.kind !== 'Application' || !textAt(body, ['apiVersion'])?.startsWith('argoproj.io/')) return []
  return sourcesAt(body, ['spec']).flatMap(path => sourceFacts(manifest, path, 'argocd-application'))
}

/** Where the sources of an Application's spec stand. */
export function sourcesAt(body: Value, spec: Path): readonly Path[] {
  const sources = listAt(body, [...spec, 'sources'])
  return sources.length > 0 ? sources.map((_, i) => [...spec, 'sources', i]) : [[...spec, 'source']]
}
