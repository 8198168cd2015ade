import type { Path, RepoFile, Skipped, Source } from '../model.ts'
import { remembered } from '../text/remembered.ts'
import { maskTemplates } from '../text/templates.ts'
import type { Fact, Version } from './facts.ts'
import type { Files } from './files.ts'
import type { HelmfileFact, HelmfileRelease, StateValues } from './helmfile-facts.ts'
import { readManifests } from './manifests.ts'
import { perFile } from './per-file.ts'
import { chartSource, lastElement, ociSource, unknownSource } from './source.ts'
import { floatingChart } from './version.ts'

type PinFact = Extract<Fact, { fact: 'pin' }>
type Found = { readonly pins: readonly PinFact[]; readonly skipped: readonly Skipped[] }

/** Bases of bases end somewhere. */
const MAX_BASES = 20

/** A helmfile and everything that its `bases` add to it; documents of one file share what they say. */
function withBases(file: string, byFile: ReadonlyMap<string, readonly HelmfileFact[]>): readonly HelmfileFact[] {
  const seen = new Set([file])
  for (const path of seen) {
    const bases = (byFile.get(path) ?? []).flatMap(fact => fact.bases)
    for (const base of bases) if (seen.size < MAX_BASES) seen.add(base)
  }
  return [...seen].flatMap(path => byFile.get(path) ?? [])
}

/** `repository/chart` by the repository of that name; `oci://` names the chart itself. */
function sourceOf(chart: string, all: readonly HelmfileFact[]): Source {
  if (chart.startsWith('oci://')) return ociSource(chart)
  const [alias = '', ...rest] = chart.split('/')
  const found = all.flatMap(({ repositories }) => repositories).find(({ name }) => name === alias)
  const name = rest.join('/')
  if (found === undefined || name === '')
    return unknownSource(lastElement(chart), `no repository of this helmfile is called ${alias}`)
  return chartSource(found.oci && !found.url.includes('://') ? `oci://${found.url}` : found.url, name)
}

const versionAt = perFile<Version | null>()

/** Everything that a state value is set to, in the environments and in the files that they name. */
function valueReader(files: Files) {
  const manifestsOf = remembered((file: RepoFile) => {
    return readManifests({ path: file.path, text: maskTemplates(file.text) }).manifests
  })
  return (from: StateValues, key: Path): Version | null => {
    const [path, document, place] =
      from.type === 'file' ? [from.path, null, key] : [from.file, from.document, [...from.path, ...key]]
    const file = files.get(path)
    if (!file) return null
    return versionAt(file, JSON.stringify([document, place]), () => {
      const found = manifestsOf(file).find(one => document === null || one.document === document)
      return found?.version(place) ?? null
    })
  }
}

function pinsOf(
  { chart, version, line, install }: HelmfileRelease,
  file: string,
  all: readonly HelmfileFact[],
  valueAt: ReturnType<typeof valueReader>,
): Found {
  const source = sourceOf(chart, all)
  const component = source.chart ?? lastElement(chart)
  const isKey = (given: typeof version): given is readonly string[] => Array.isArray(given)
  const versions = isKey(version)
    ? all.flatMap(({ values }) => values).flatMap(values => valueAt(values, version) ?? [])
    : [version]
  const reasons = versions.map(one => floatingChart(one.version))
  if (isKey(version) && versions.length === 0) {
    const reason = `${component}: no environment of this helmfile gives ${version.join('.')}`
    return { pins: [], skipped: [{ file, line, reason }] }
  }
  return {
    pins: versions
      .filter((_, i) => reasons[i] === null)
      .map(one => ({
        fact: 'pin',
        component,
        kind: 'helmfile',
        version: one,
        source,
        installs: [install],
        object: null,
        aliases: [chart],
      })),
    skipped: versions.flatMap(({ place }, i) => {
      const reason = reasons[i] ?? null
      return reason === null ? [] : [{ file: place.file, line: place.line, reason: `${component}: ${reason}` }]
    }),
  }
}

/** Pins of helmfiles, once repositories and state values have been found in the files that may hold them. */
export function resolveHelmfiles(facts: readonly HelmfileFact[], files: Files): Found {
  const byFile = Map.groupBy(facts, ({ file }) => file)
  const valueAt = valueReader(files)
  const found = facts.flatMap(({ file, releases }) =>
    releases.map(release => pinsOf(release, file, withBases(file, byFile), valueAt)),
  )
  return { pins: found.flatMap(({ pins }) => pins), skipped: found.flatMap(({ skipped }) => skipped) }
}
