import type { Policy } from '../config.ts'
import type { Install, Pin, Skipped, Source } from '../model.ts'
import { at } from './at.ts'
import { environmentOf } from './environments.ts'
import type { ChartAt, Fact, InstallFact, ObjectRef } from './facts.ts'
import type { Files } from './files.ts'
import { resolveHelmfiles } from './helmfile-resolve.ts'
import type { HubChart } from './hint-facts.ts'
import { type HintPin, hintPin } from './hint-merge.ts'
import { layerReader } from './layers.ts'
import { type Find, finder, type NamespaceOf, namespaces } from './lookup.ts'
import type { Numbered } from './own.ts'
import { parameterPins } from './parameter-files.ts'
import { isWhole, joinReleases } from './releases.ts'
import { chartSource, unknownSource } from './source.ts'
import { variablesIn } from './substitute.ts'
import { resolveTerraform } from './terraform-resolve.ts'
import { umbrellaPins } from './umbrella.ts'
import { atVariables } from './variables.ts'

type PinFact = Extract<Fact, { fact: 'pin' }>
type Repository = Extract<Fact, { fact: 'repository' }>

function only<K extends Fact['fact']>(facts: readonly Fact[], kind: K): readonly Extract<Fact, { fact: K }>[] {
  return facts.filter((fact): fact is Extract<Fact, { fact: K }> => fact.fact === kind)
}

/** Where a HelmRepository's chart comes from; several that are equally near must agree. */
function sourceAt(wanted: ChartAt, from: string, find: Find<Repository>): Source {
  const { object, chart } = wanted
  const found = find(object, from)
  const urls = [...new Set(found.map(({ url }) => url))]
  const [url] = urls
  if (url === undefined) return unknownSource(chart, `HelmRepository ${object.name} is not in this repository`)
  if (urls.length === 1) return chartSource(url, chart)
  return unknownSource(
    chart,
    `several HelmRepository objects are called ${object.name}: ${found.map(({ file }) => file).join(', ')}`,
  )
}

/**
 * Where a chart that is only named by its page comes from: the repository is one of this repository's own, called as the
 * page calls it or else like the chart, as people do.
 */
function sourceOfHubChart({ repository, chart }: HubChart, from: string, find: Find<Repository>): Source {
  const named = [repository, chart].map(name => find({ kind: 'HelmRepository', name, namespace: null }, from))
  const urls = new Set((named.find(found => found.length > 0) ?? []).map(({ url }) => url))
  const [url] = urls
  return url !== undefined && urls.size === 1
    ? chartSource(url, chart)
    : unknownSource(chart, 'the comment beside the version names a page, not the chart repository')
}

/** What releases that point to pins by `chartRef` add to their installs. */
function referred(
  pins: readonly PinFact[],
  references: readonly {
    readonly release: { object: ObjectRef; of: ObjectRef | null; file: string }
    readonly installs: readonly InstallFact[]
  }[],
  namespaceOf: NamespaceOf,
): (pin: PinFact) => readonly InstallFact[] {
  const named = pins.flatMap(pin => (pin.object ? [{ pin, object: pin.object, file: pin.version.place.file }] : []))
  const find = finder(named, namespaceOf)
  const added = new Map(named.map(({ pin }) => [pin, [] as InstallFact[]]))
  for (const { release, installs } of references)
    for (const { pin } of release.of ? find(release.of, release.file) : []) added.get(pin)?.push(...installs)
  return pin => [...pin.installs, ...(added.get(pin) ?? [])]
}

/** Where a pin comes from in the order of all facts: from one of a file, or from several that come before or after those. */
export type Origin = 'before' | 'after' | { readonly file: string; readonly index: number }

/** A pin that several files had a part in. */
export type LinkedPin = { readonly pin: Pin; readonly from: Origin }

function referenceTo({ kind, name, namespace }: ObjectRef): ObjectRef {
  return { kind, name, namespace }
}

/** Looks up across files what each file could only name: sources, values, namespaces and environments. Pure. */
export function resolve(
  numbered: readonly Numbered[],
  files: Files,
  environments: Policy['environments'],
): { readonly pins: readonly LinkedPin[]; readonly hints: readonly HintPin[]; readonly skipped: readonly Skipped[] } {
  const facts = numbered.map(({ fact }) => fact)
  const namespaceOf = namespaces(new Map(only(facts, 'namespace').map(({ folder, namespace }) => [folder, namespace])))
  const releases = only(facts, 'release')
  const joined = joinReleases(releases, finder(releases.filter(isWhole), namespaceOf))
  const findRepository = finder(only(facts, 'repository'), namespaceOf)
  const configs = only(facts, 'resource').map(({ resource }) => ({
    object: referenceTo(resource),
    file: resource.file,
    files: null,
    resource,
  }))
  const findConfigMap = finder(configs, namespaceOf)
  const variables = variablesIn(only(facts, 'flux-build'), (object, from) => {
    const [config, another] = findConfigMap(object, from)
    return (config && !another ? at(config.resource.body, ['data']) : null) ?? null
  })
  const readLayer = layerReader(files, finder([...configs, ...only(facts, 'generator')], namespaceOf), variables)

  const crdsPatched = facts.some(({ fact }) => fact === 'crds-patched')
  const install = (fact: InstallFact): Install => ({
    ...fact,
    crds: fact.engine === 'flux' && fact.crds === 'skipped' && crdsPatched ? 'unknown' : fact.crds,
    namespace: namespaceOf({ object: { kind: '', name: '', namespace: fact.namespace }, file: fact.file }) ?? 'default',
    values: fact.values.map(readLayer),
  })
  const helmfiles = resolveHelmfiles(only(facts, 'helmfile'), files)
  const terraform = resolveTerraform(only(facts, 'terraform-use'), only(facts, 'terraform-value'))
  const outside = (from: 'before' | 'after') => (fact: PinFact) => ({ fact, from })
  const known: readonly { readonly fact: PinFact; readonly from: Origin }[] = [
    ...[...helmfiles.pins, ...terraform.pins].map(outside('before')),
    ...numbered.flatMap(({ fact, index }) =>
      fact.fact === 'pin' ? [{ fact, from: { file: fact.version.place.file, index } }] : [],
    ),
    ...[
      ...joined.pins,
      ...umbrellaPins(only(facts, 'dependency'), only(facts, 'chart-user'), files),
      ...parameterPins(only(facts, 'parameter-files'), files),
    ].map(outside('after')),
  ]
  const environment = (file: string): string | null => environmentOf(file, environments)
  const installsOf = referred(
    known.map(({ fact }) => fact),
    joined.references,
    namespaceOf,
  )
  const pin = (fact: PinFact): Pin => ({
    component: fact.component,
    kind: fact.kind,
    ...fact.version,
    source:
      fact.source.type === 'object' ? sourceAt(fact.source, fact.version.place.file, findRepository) : fact.source,
    environment: environment(fact.version.place.file),
    installs: installsOf(fact).map(install),
    aliases: fact.aliases,
  })
  const placesOf = atVariables(only(facts, 'variable'), environment)
  const placed = known.map(({ fact, from }) => ({ from, ...placesOf(pin(fact)) }))
  return {
    pins: placed.flatMap(({ pins, from }) => pins.map(one => ({ pin: one, from }))),
    hints: only(facts, 'hint').map(hint => {
      const { file } = hint.version.place
      const { source } = hint
      const from = source.type === 'artifact-hub' ? sourceOfHubChart(source, file, findRepository) : source
      return hintPin(hint, from, environment(file))
    }),
    skipped: [
      ...joined.skipped,
      ...placed.flatMap(({ skipped }) => skipped),
      ...helmfiles.skipped,
      ...terraform.skipped,
    ],
  }
}
