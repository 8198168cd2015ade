import { posix } from 'node:path'
import type { Path, Value } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { chartUser, sourceFacts, sourcesAt } from './argocd.ts'
import { at, listAt, scalarAt, textAt } from './at.ts'
import type { Detector, Fact, Manifest } from './facts.ts'
import { type ParameterFiles, parameterAt, parameterPin, type TemplatedSource } from './parameter-files.ts'

/** One generator wherever it is nested, and where it stands. */
type Generator = { readonly body: Value; readonly path: Path }

/** All generators, those inside matrix and merge included. */
function generators(body: Value, list: Path): readonly Generator[] {
  return listAt(body, list).flatMap((generator, i) => {
    const path = [...list, i]
    const nested = ['matrix', 'merge'].flatMap(kind => generators(body, [...path, kind, 'generators']))
    return [{ body: generator, path }, ...nested]
  })
}

/** Every set of parameters that is written in the ApplicationSet itself. */
function parameterSets({ body, path }: Generator): readonly Generator[] {
  if (!isMap(body)) return []
  const elements = listAt(body, ['list', 'elements']).map((element, i) => ({
    body: element,
    path: [...path, 'list', 'elements', i],
  }))
  const values = Object.keys(body).flatMap(kind => {
    const given = at(body, [kind, 'values'])
    return isMap(given) ? [{ body: { values: given }, path: [...path, kind] }] : []
  })
  return [...elements, ...values]
}

function fileGlobs(all: readonly Generator[]): readonly string[] {
  return all.flatMap(({ body }) => listAt(body, ['git', 'files']).flatMap(file => textAt(file, ['path']) ?? []))
}

/** A source whose revision is a parameter: each place that gives the parameter its value is a pin. */
function parameterFacts(manifest: Manifest, source: TemplatedSource, all: readonly Generator[]): readonly Fact[] {
  const sets = all.flatMap(parameterSets)
  const bodies = sets.map(({ body }) => body)
  const pins = sets.flatMap(({ body, path }) =>
    scalarAt(body, source.key) === null
      ? []
      : (parameterPin(manifest, [...path, ...source.key], source, [body, ...bodies]) ?? []),
  )
  const globs = fileGlobs(all)
  const inFiles: ParameterFiles = { fact: 'parameter-files', globs, ...source }
  return globs.length > 0 ? [...pins, inFiles] : pins
}

/** The folder that a git generator goes through, whole (Argo CD, applicationset/Generators-Git). */
const FOLDER = /\{\{-?\s*\.?path(?:\.path)?\s*-?\}\}/g

/** The charts of this repository that a source installs: in every folder that a git generator names, where that is its path. */
function chartUsers(manifest: Manifest, source: Path, all: readonly Generator[]): readonly Fact[] {
  const path = textAt(manifest.body, [...source, 'path'])
  if (path === null || path.search(FOLDER) < 0) return chartUser(manifest, source, path)
  const folders = all.flatMap(({ body }) => [
    ...listAt(body, ['git', 'directories']).flatMap(item =>
      at(item, ['exclude']) === true ? [] : (textAt(item, ['path']) ?? []),
    ),
    ...listAt(body, ['git', 'files']).map(item => posix.dirname(textAt(item, ['path']) ?? '.')),
  ])
  return folders.flatMap(folder =>
    chartUser(
      manifest,
      source,
      path.replace(FOLDER, () => folder),
    ),
  )
}

function templateFacts(manifest: Manifest, path: Path, all: readonly Generator[]): readonly Fact[] {
  const { body } = manifest
  const key = parameterAt(scalarAt(body, [...path, 'targetRevision']))
  const repository = textAt(body, [...path, 'repoURL'])
  if (key === null || repository === null)
    return [...sourceFacts(manifest, path, 'argocd-applicationset'), ...chartUsers(manifest, path, all)]
  const chart = textAt(body, [...path, 'chart'])
  return parameterFacts(manifest, { key, chart, repository }, all)
}

/** An ApplicationSet: versions in its template, in the templates of its generators, and in the parameters they give. */
export const argocdApplicationSet: Detector = manifest => {
  const { body } = manifest
  if (body.kind !== 'ApplicationSet' || !textAt(body, ['apiVersion'])?.startsWith('argoproj.io/')) return []
  const all = generators(body, ['spec', 'generators'])
  const templates = [
    ['spec', 'template', 'spec'],
    ...all.flatMap(({ body: generator, path }) =>
      isMap(generator) ? Object.keys(generator).map(kind => [...path, kind, 'template', 'spec']) : [],
    ),
  ]
  return templates
    .filter(spec => isMap(at(body, spec)))
    .flatMap(spec => sourcesAt(body, spec).flatMap(path => templateFacts(manifest, path, all)))
}
