import type { Policy } from '../config.ts'
import type { Detected, Install, Pin, RepoFile, Source } from '../model.ts'
import { at } from './at.ts'
import { environmentOf } from './environments.ts'
import type { ChartAt, Fact, FileFacts, InstallFact, ObjectRef } from './facts.ts'
import { resolveHelmfiles } from './helmfile-resolve.ts'
import { type HintPin, hintPin } from './hint-merge.ts'
import { layerReader } from './layers.ts'
import { type Find, finder, type NamespaceOf, namespaces } from './lookup.ts'
import { parameterPins } from './parameter-files.ts'
import { isWhole, joinReleases } from './releases.ts'
import { inEnvironment } from './resources.ts'
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

/** The pins with the installs of the releases that point to them by `chartRef`. */
function withReferences(
  pins: readonly PinFact[],
  references: readonly {
    readonly release: { object: ObjectRef; of: ObjectRef | null; file: string }
    readonly installs: readonly InstallFact[]
  }[],
  namespaceOf: NamespaceOf,
): readonly PinFact[] {
  const named = pins.flatMap(pin => (pin.object ? [{ pin, object: pin.object, file: pin.version.place.file }] : []))
  const find = finder(named, namespaceOf)
  const added = new Map(pins.map(pin => [pin, [...pin.installs]]))
  for (const { release, installs } of references)
    for (const { pin } of release.of ? find(release.of, release.file) : []) added.get(pin)?.push(...installs)
  return pins.map(pin => ({ ...pin, installs: added.get(pin) ?? [] }))
}

function referenceTo({ kind, name, namespace }: ObjectRef): ObjectRef {
  return { kind, name, namespace }
}

/** Looks up across files what each file could only name: sources, values, namespaces and environments. Pure. */
export function resolve(
  read: readonly FileFacts[],
  files: ReadonlyMap<string, RepoFile>,
  environments: Policy['environments'],
): Detected & { readonly hints: readonly HintPin[] } {
  const facts = read.flatMap(file => file.facts)
  const namespaceOf = namespaces(new Map(only(facts, 'namespace').map(({ folder, namespace }) => [folder, namespace])))
  const releases = only(facts, 'release')
  const joined = joinReleases(releases, finder(releases.filter(isWhole), namespaceOf))
  const findRepository = finder(only(facts, 'repository'), namespaceOf)
  const standing = only(facts, 'resource').map(({ resource }) => resource)
  const configs = standing
    .filter(({ kind }) => kind === 'ConfigMap')
    .map(resource => ({ object: referenceTo(resource), file: resource.file, files: null, resource }))
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
  const pin = ({ component, kind, version, source, installs, aliases }: PinFact): Pin => ({
    component,
    kind,
    ...version,
    source: source.type === 'object' ? sourceAt(source, version.place.file, findRepository) : source,
    environment: environmentOf(version.place.file, environments),
    installs: installs.map(install),
    ...(aliases ? { aliases } : {}),
  })
  const helmfiles = resolveHelmfiles(only(facts, 'helmfile'), files)
  const terraform = resolveTerraform(only(facts, 'terraform-use'), only(facts, 'terraform-value'))
  const known = [
    ...helmfiles.pins,
    ...terraform.pins,
    ...only(facts, 'pin'),
    ...joined.pins,
    ...umbrellaPins(only(facts, 'dependency'), only(facts, 'chart-user'), files),
    ...parameterPins(only(facts, 'parameter-files'), files),
  ]
  const environment = (file: string): string | null => environmentOf(file, environments)
  const placed = atVariables(
    withReferences(known, joined.references, namespaceOf).map(pin),
    only(facts, 'variable'),
    environment,
  )
  return {
    pins: placed.pins,
    hints: only(facts, 'hint').map(hint => hintPin(hint, environmentOf(hint.version.place.file, environments))),
    resources: standing.map(resource => inEnvironment(resource, environmentOf(resource.file, environments))),
    skipped: [
      ...only(facts, 'skipped').map(({ skipped }) => skipped),
      ...joined.skipped,
      ...placed.skipped,
      ...helmfiles.skipped,
      ...terraform.skipped,
    ],
  }
}
