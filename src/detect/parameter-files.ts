import type { Path, RepoFile, Value } from '../model.ts'
import { sourceOf } from './argocd.ts'
import { scalarAt } from './at.ts'
import type { Fact, Manifest } from './facts.ts'
import type { Files } from './files.ts'
import { readManifests } from './manifests.ts'
import { perFile } from './per-file.ts'
import { lastElement } from './source.ts'
import { floatingChart } from './version.ts'

type PinFact = Extract<Fact, { fact: 'pin' }>

/** A source of an ApplicationSet whose version is a parameter, as the templates are written. */
export type TemplatedSource = { readonly key: Path; readonly chart: string | null; readonly repository: string }

/** The version of a source stands in the files that a git generator reads; `globs` are from the root of the repository. */
export type ParameterFiles = TemplatedSource & { readonly fact: 'parameter-files'; readonly globs: readonly string[] }

const PLACEHOLDER = /\{\{-?\s*\.?([\w.-]+)\s*-?\}\}/g

/** The path of a value that is nothing but one parameter, `{{version}}` or `{{ .app.version }}`; null when it is not. */
export function parameterAt(text: string | null): Path | null {
  const found = text === null ? null : /^\{\{-?\s*\.?([\w.-]+)\s*-?\}\}$/.exec(text)
  return found?.[1] === undefined ? null : found[1].split('.')
}

/** A text with its parameters filled in from the first of the sets that has them; null when one is missing. */
export function filled(text: string | null, sets: readonly Value[]): string | null {
  if (text === null) return null
  let isWhole = true
  const done = text.replace(PLACEHOLDER, (_, name: string) => {
    const value = sets.map(set => scalarAt(set, name.split('.'))).find(found => found !== null)
    if (value === undefined) isWhole = false
    return value ?? ''
  })
  return isWhole && !done.includes('{{') ? done : null
}

/** The pin at a parameter's own place; null when it is not exact, or when nothing says which chart it is of. */
export function parameterPin(
  manifest: Manifest,
  place: Path,
  source: TemplatedSource,
  sets: readonly Value[],
): PinFact | null {
  const version = manifest.version(place)
  const chart = filled(source.chart, sets)
  const repository = filled(source.repository, sets)
  if (version === null || repository === null || (source.chart !== null && chart === null)) return null
  if (floatingChart(version.version) !== null) return null
  const component = lastElement(chart ?? repository)
  return {
    fact: 'pin',
    component,
    kind: 'argocd-applicationset',
    version,
    source: sourceOf(repository, chart),
    installs: [],
    object: null,
    aliases: [],
  }
}

const pinsOf = perFile<readonly PinFact[]>()

function pinsIn(file: RepoFile, { key, chart, repository }: TemplatedSource): readonly PinFact[] {
  const source = { key, chart, repository }
  return pinsOf(file, JSON.stringify(source), () =>
    readManifests(file).manifests.flatMap(manifest => parameterPin(manifest, key, source, [manifest.body]) ?? []),
  )
}

/** The pins in the files that git generators read. */
export function parameterPins(all: readonly ParameterFiles[], files: Files): readonly PinFact[] {
  return all.flatMap(source => files.matching(source.globs).flatMap(file => pinsIn(file, source)))
}
