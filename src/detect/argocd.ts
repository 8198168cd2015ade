import { posix } from 'node:path'
import type { CrdPolicy, Path, PinKind, Source, Value } from '../model.ts'
import { cloneUrl } from '../text/git-url.ts'
import { at, listAt, scalarAt, textAt } from './at.ts'
import type { Detector, Fact, InstallFact, LayerFact, Manifest } from './facts.ts'
import { chartSource, lastElement, ociSource, unknownSource } from './source.ts'
import { floatingChart, floatingRevision, note } from './version.ts'

/** A repoURL without a scheme is an OCI registry (Argo CD, user-guide/helm: "the oci:// syntax is not included"). */
export function sourceOf(repository: string, chart: string | null): Source {
  if (chart === null) return ociSource(repository)
  if (/^(?:git@|ssh:)/.test(repository))
    return unknownSource(chart, `${repository} is a git repository, not a chart repository`)
  return chartSource(repository.includes('://') ? repository : `oci://${repository}`, chart)
}

/** `$ref/path` is a path from the root of another source of the Application; other names lie inside the chart. */
function valueFile(manifest: Manifest, path: Path, name: string): LayerFact {
  const { file } = manifest
  const line = manifest.lineOf(path)
  const missing = (reason: string): LayerFact => ({ kind: 'missing', file, line, reason })
  const [, ref, rest] = /^\$([^/]+)\/(.+)$/.exec(name) ?? []
  if (ref === undefined || rest === undefined)
    return missing(
      /^[a-z]+:\/\//i.test(name)
        ? `the values file ${name} is remote and was not fetched`
        : `the values file ${name} lies inside the chart`,
    )
  const refs = listAt(manifest.body, ['spec', 'sources']).filter(source => at(source, ['ref']) === ref)
  if (refs.length === 0)
    return missing(`no source of this Application has ref: ${ref}, which the values file ${name} names`)
  if (/[*?[]/.test(rest)) return missing(`the values files ${name} are a pattern and were not read`)
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
function layers(manifest: Manifest, source: Path): readonly LayerFact[] {
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
function applied(body: Value): CrdPolicy {
  const options = listAt(body, ['spec', 'syncPolicy', 'syncOptions'])
  const spares = options.some(option => option === 'ServerSideApply=true' || option === 'Replace=true')
  return spares ? 'applied' : 'applied-client-side'
}

function install(manifest: Manifest, source: Path): InstallFact {
  const { body, file } = manifest
  return {
    engine: 'argocd',
    name: scalarAt(body, [...source, 'helm', 'releaseName']) ?? scalarAt(body, ['metadata', 'name']) ?? 'release',
    namespace: scalarAt(body, [...source, 'helm', 'namespace']) ?? scalarAt(body, ['spec', 'destination', 'namespace']),
    values: layers(manifest, source),
    crds: at(body, [...source, 'helm', 'skipCrds']) === true ? 'skipped' : applied(body),
    file,
    line: manifest.lineOf(source),
  }
}

/** A source that is a git repository; its own repository and branches are left alone without a word. */
function gitFacts(manifest: Manifest, place: Path, repository: string, kind: PinKind): readonly Fact[] {
  const url = cloneUrl(repository)
  if (url === null || floatingRevision(scalarAt(manifest.body, place)) !== null) return []
  const version = manifest.version(place)
  if (version === null) return []
  const source = { type: 'git', url, chart: null } as const
  return [{ fact: 'pin', component: lastElement(url), kind, version, source, installs: [], object: null }]
}

/** What one source of an Application says, or of the template of an ApplicationSet: that one has no installs of its own. */
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
  const installs = kind === 'argocd-application' ? [install(manifest, path)] : []
  return [{ fact: 'pin', component, kind, version, source, installs, object: null }]
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
