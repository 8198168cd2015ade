import { posix } from 'node:path'
import type { Path, Value } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { MASK, maskTemplates } from '../text/templates.ts'
import { listAt, scalarAt, textAt } from './at.ts'
import type { Fact, InstallFact, LayerFact, Manifest } from './facts.ts'
import type { HelmfileFact, HelmfileRelease, StateValues } from './helmfile-facts.ts'
import { readManifests } from './manifests.ts'
import { lastElement } from './source.ts'
import type { FileText } from './text-file.ts'
import { note } from './version.ts'

const MARKER = /^\uFEFF?["']?(?:releases|repositories|environments|bases)["']?:/m
/** `{{ .Values.key.path }}`, under each of the names that helmfile gives its state values. */
const STATE_VALUE =
  /^\{\{-?\s*\.(?:Values|StateValues|Environment\.Values)\.([\w-]+(?:\.[\w-]+)*)\s*(?:\|\s*(?:quote|squote|toString)\s*)?-?\}\}$/

function besides({ file }: Manifest, name: string): string {
  return posix.join(posix.dirname(file), name)
}

function isTemplated(text: string): boolean {
  return text.includes(MASK)
}

function repositories({ body }: Manifest): HelmfileFact['repositories'] {
  return listAt(body, ['repositories']).flatMap(entry => {
    const [name, url] = [textAt(entry, ['name']), textAt(entry, ['url'])]
    return isMap(entry) && name !== null && url !== null ? [{ name, url, oci: entry.oci === true }] : []
  })
}

/** The items of a list of values: paths beside the helmfile, and maps as they stand. */
function valueItems(manifest: Manifest, path: Path): readonly StateValues[] {
  const { file, document } = manifest
  return listAt(manifest.body, path).flatMap((item, i): StateValues[] => {
    if (isMap(item)) return [{ type: 'inline', file, document, path: [...path, i] }]
    return typeof item === 'string' && !isTemplated(item) ? [{ type: 'file', path: besides(manifest, item) }] : []
  })
}

function stateValues(manifest: Manifest): readonly StateValues[] {
  const environments = isMap(manifest.body.environments) ? Object.keys(manifest.body.environments) : []
  return [
    ...valueItems(manifest, ['values']),
    ...environments.flatMap(name => valueItems(manifest, ['environments', name, 'values'])),
  ]
}

function layer(manifest: Manifest, path: Path, item: Value): LayerFact | null {
  const { file } = manifest
  const line = manifest.lineOf(path)
  if (isMap(item)) return manifest.values(path)
  if (typeof item !== 'string') return null
  if (isTemplated(item) || /\.gotmpl$/.test(item))
    return { kind: 'missing', file, line, reason: 'these values are a template, which only helmfile fills in' }
  return { kind: 'file', path: besides(manifest, item), file, line }
}

function layers(manifest: Manifest, release: Path): readonly LayerFact[] {
  const values = listAt(manifest.body, [...release, 'values'])
  const computed = ['valuesTemplate', 'set', 'setTemplate', 'secrets'].filter(
    key => listAt(manifest.body, [...release, key]).length > 0,
  )
  return [
    ...values.flatMap((item, i) => layer(manifest, [...release, 'values', i], item) ?? []),
    ...computed.map((key): LayerFact => {
      const line = manifest.lineOf([...release, key])
      return { kind: 'missing', file: manifest.file, line, reason: `the ${key} of this release are not read` }
    }),
  ]
}

/** Where a key of a release stands: in the release, else in the first template that it inherits and that has it. */
function placeOf({ body }: Manifest, release: Path, key: string): Path | null {
  const inherited = listAt(body, [...release, 'inherit']).flatMap(entry => textAt(entry, ['template']) ?? [])
  const places: Path[] = [[...release, key], ...inherited.map(name => ['templates', name, key])]
  return places.find(path => scalarAt(body, path) !== null) ?? null
}

/** Helm leaves the `crds/` folder of a chart alone when it upgrades, and so does helmfile. */
function installOf(manifest: Manifest, path: Path, chart: string): InstallFact {
  const { body, file } = manifest
  return {
    engine: 'helm',
    name: scalarAt(body, [...path, 'name']) ?? lastElement(chart),
    namespace: scalarAt(body, [...path, 'namespace']),
    values: layers(manifest, path),
    crds: 'skipped',
    file,
    line: manifest.lineOf(path),
  }
}

function release(file: FileText, manifest: Manifest, path: Path): HelmfileRelease | Fact | null {
  const chartAt = placeOf(manifest, path, 'chart')
  const chart = chartAt && textAt(manifest.body, chartAt)
  if (chart === null || /^\.{0,2}\//.test(chart)) return null
  if (isTemplated(chart)) return note(manifest, path, 'the chart of this release is filled in by helmfile')
  const versionAt = placeOf(manifest, path, 'version')
  if (versionAt === null)
    return note(manifest, path, `${chart}: no version is given, so the newest is taken: nothing to edit`)
  const version = manifest.version(versionAt)
  if (version === null)
    return note(manifest, versionAt, `${chart}: the version is written in a way that cannot be edited`)
  const install = installOf(manifest, path, chart)
  const line = manifest.lineOf(path)
  if (!isTemplated(version.version)) return { chart, version, line, install }
  const key = STATE_VALUE.exec(file.text.slice(version.place.start, version.place.end))?.[1]
  return key === undefined
    ? note(manifest, versionAt, `${chart}: the version is computed by a template`)
    : { chart, version: key.split('.'), line, install }
}

function isFact(read: HelmfileRelease | Fact): read is Fact {
  return 'fact' in read
}

function ofDocument(file: FileText, manifest: Manifest): readonly Fact[] {
  const { body } = manifest
  if (body.apiVersion !== undefined || body.kind !== undefined) return []
  const found = listAt(body, ['releases']).flatMap((_, i) => release(file, manifest, ['releases', i]) ?? [])
  const named = repositories(manifest)
  const values = stateValues(manifest)
  const bases = listAt(body, ['bases']).flatMap(base => (typeof base === 'string' ? [besides(manifest, base)] : []))
  if (found.length + named.length + values.length + bases.length === 0) return []
  const releases = found.flatMap(read => (isFact(read) ? [] : [read]))
  return [
    { fact: 'helmfile', file: manifest.file, repositories: named, releases, values, bases },
    ...found.filter(isFact),
  ]
}

/** Helmfiles, templated or not, recognised by their keys: releases with charts, and what their versions are filled in from. */
export function helmfile(file: FileText): readonly Fact[] {
  if (!/\.(?:ya?ml|gotmpl)$/i.test(file.path) || !MARKER.test(file.text)) return []
  const { manifests } = readManifests({ path: file.path, text: maskTemplates(file.text) })
  if (manifests.length === 0 && /^releases:/m.test(file.text)) {
    const reason = 'looks like a helmfile, and no YAML parser accepts it even without its templates'
    return [{ fact: 'skipped', skipped: { file: file.path, line: null, reason } }]
  }
  return manifests.flatMap(manifest => ofDocument(file, manifest))
}
