import type { CrdChangeKind, Fact, FactOf, FieldChange, ObjectId, Value, ValueStatus } from '../model.ts'
import { cut } from '../text/hidden.ts'
import { hasSecretName } from '../text/secret-words.ts'

/** How many fields of a changed object, or objects of a list, are named before the rest is counted. */
const NAMED = 8

/** What a fact says, in plain words; may be long and may hold hidden characters. */
export function sentence(fact: Fact): string {
  switch (fact.kind) {
    case 'resource':
      return resource(fact)
    case 'value':
      return `value ${fact.key} set in ${fact.file}:${fact.line} ${VALUE[fact.status](fact.to ?? '')}${because(fact.detail)}`
    case 'value-not-checked':
      return `${fact.key === '' ? 'the values' : `value ${fact.key}`} set in ${fact.file}:${fact.line} could not be checked in full: ${fact.reason}`
    case 'api-removed':
    case 'api-deprecated':
      return oldApi(fact)
    case 'crds-not-delivered':
      return `CRDs ${some(fact.crds, ', ')} change and may not reach the cluster (${fact.cause}, ${fact.engine}, ${fact.file}:${fact.line})${because(fact.detail)}`
    case 'eviction-blocked':
      return `${named(fact.object)} lets no pod go: ${fact.why}`
    case 'hook-added':
      return `${named(fact.object)} is a new hook, run at ${fact.when}`
    case 'object-added':
      return `${named(fact.object)} is added`
    case 'object-removed':
      return `${named(fact.object)} is removed`
    case 'object-changed':
      return `${named(fact.object)} changes: ${some(
        fact.changes.map(change => field(fact.object, change)),
        '; ',
      )}`
    case 'objects-labels-only':
      return `${fact.objects.length} objects change only in labels and annotations: ${some(fact.objects.map(named), ', ')}`
    case 'objects-made-anew':
      return `${fact.objects.length} objects differ only in passwords or certificates that the chart makes anew at each render: ${some(fact.objects.map(named), ', ')}`
    case 'image-changed':
      return `${named(fact.object)} changes its image from ${fact.from} to ${fact.to}`
    case 'default-changed':
      return `default value ${fact.key} ${fromTo(fact, hasSecretName(fact.key))}`
    case 'render-failed':
      return `the ${fact.side === 'before' ? 'installed' : 'new'} version does not render for ${fact.install}: ${fact.reason}`
    case 'not-rendered':
      return `not rendered: ${fact.reason}`
    case 'kube-version':
      return kubeVersion(fact)
    case 'kube-unsupported':
      return `${fact.tool} ${fact.version} is supported on Kubernetes ${fact.range} (${fact.source}); the cluster has ${fact.cluster}`
    case 'deprecated-chart':
      return `chart ${fact.chart} is marked as deprecated in version ${fact.version}`
    case 'note':
      return `${fact.origin} announces ${fact.says === 'breaking' ? 'breaking changes' : 'changed defaults'} (${fact.count}): "${fact.quote}"`
    case 'version-step':
      return `the version moves from ${fact.from} to ${fact.to}: ${STEP[fact.step]}`
    default:
      return `${CRD[fact.kind](fact.crd, fact.path)}${because(fact.detail)}`
  }
}

const CRD: Readonly<Record<CrdChangeKind, (crd: string, path: string) => string>> = {
  'crd-added': crd => `CRD ${crd} is new`,
  'crd-removed': crd => `CRD ${crd} is removed`,
  'version-added': (crd, path) => `CRD ${crd} gets version ${path}`,
  'version-removed': (crd, path) => `CRD ${crd} loses version ${path}`,
  'version-unserved': (crd, path) => `CRD ${crd} no longer serves version ${path}`,
  'version-deprecated': (crd, path) => `CRD ${crd} deprecates version ${path}`,
  'storage-version-changed': (crd, path) => `CRD ${crd} changes its storage version to ${path}`,
  'scope-changed': crd => `CRD ${crd} changes its scope`,
  'conversion-changed': crd => `CRD ${crd} changes its conversion`,
  'stored-version-removed': (crd, path) => `CRD ${crd} loses version ${path}, in which objects are stored`,
  'conversion-unused-changed': crd => `CRD ${crd} changes a conversion that it does not use`,
  'field-removed': (crd, path) => `CRD ${crd} loses field ${path}`,
  'field-removed-but-preserved': (crd, path) => `CRD ${crd} no longer names field ${path}`,
  'field-type-changed': (crd, path) => `CRD ${crd} changes the type of ${path}`,
  'field-type-widened': (crd, path) => `CRD ${crd} widens the type of ${path}`,
  'field-required-added': (crd, path) => `CRD ${crd} requires ${path}`,
  'required-removed': (crd, path) => `CRD ${crd} no longer requires ${path}`,
  'enum-narrowed': (crd, path) => `CRD ${crd} allows fewer values at ${path}`,
  'validation-tightened': (crd, path) => `CRD ${crd} checks ${path} more strictly`,
  'schema-loosened': (crd, path) => `CRD ${crd} checks ${path} less strictly`,
  'field-default-changed': (crd, path) => `CRD ${crd} changes the default of ${path}`,
  'field-default-rewritten': (crd, path) => `CRD ${crd} writes the default of ${path} in another way`,
  'preserve-lost': (crd, path) => `CRD ${crd} no longer keeps unknown fields at ${path}`,
  'list-type-changed': (crd, path) => `CRD ${crd} merges ${path} in another way`,
  'schema-changed': (crd, path) => `CRD ${crd} changes its schema at ${path}`,
}

const VALUE: Readonly<Record<ValueStatus, (to: string) => string>> = {
  removed: () => 'is no longer read by the chart',
  renamed: to => `is renamed to ${to}`,
  'type-changed': () => 'has another type now',
  refused: () => 'is refused by the schema of the chart',
  'default-changed': () => 'has another default now',
  'still-honoured': () => 'is still honoured',
}

const STEP: Readonly<Record<FactOf<'version-step'>['step'], string>> = {
  major: 'a major step',
  minor: 'a minor step',
  patch: 'a patch step',
  prerelease: 'a step between pre-releases',
  digest: 'the same version with another digest',
  other: 'not comparable as semantic versions',
}

function resource({ resource, status, why }: FactOf<'resource'>): string {
  const where = `${named(resource)} in ${resource.file}:${resource.line}`
  const says = status === 'not-checked' ? 'was not checked' : `is ${status.replace('-', ' ')}`
  return `${where} ${says}${because(
    some(
      why.map(({ path, detail }) => (path === '' ? detail : `${path}: ${detail}`)),
      '; ',
    ),
  )}`
}

function oldApi({
  kind,
  object,
  place,
  deprecated,
  removed,
  replacement,
}: FactOf<'api-removed' | 'api-deprecated'>): string {
  const where = place === null ? 'rendered by the chart' : `in ${place.file}:${place.line}`
  const fate =
    kind === 'api-removed' ? `removed in Kubernetes 1.${removed}` : `deprecated in Kubernetes 1.${deprecated}`
  return `${named(object)} ${where} uses an API that is ${fate}; ${replacement === null ? 'nothing replaces it' : `${replacement} replaces it`}`
}

function kubeVersion({ from, to, cluster, satisfied }: FactOf<'kube-version'>): string {
  const wants = `the new version wants Kubernetes ${to}${from === null || from === to ? '' : `, the installed one ${from}`}`
  if (satisfied === null) return `${wants}; the version of the cluster is not known`
  return `${wants}; the cluster has ${cluster}, which ${satisfied ? 'is enough' : 'does not satisfy it'}`
}

function named({ apiVersion, kind, namespace, name }: ObjectId): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name} (${apiVersion})`
}

/** Places whose values may hold secrets whatever their names are. */
const UNQUOTED = /(?:^|[.[\]"'/])(?:env|args|command|data|stringData|binaryData)(?:$|[.[\]"'/])/

function field({ kind }: ObjectId, change: FieldChange): string {
  const last = change.path.split(/[.[\]"']+/).findLast(word => word !== '') ?? ''
  return `${change.path} ${fromTo(change, kind === 'Secret' || UNQUOTED.test(change.path) || hasSecretName(last))}`
}

function fromTo(
  { from, to }: { readonly from: Value | undefined; readonly to: Value | undefined },
  secret: boolean,
): string {
  if (from === undefined) return secret ? 'is added' : `is added: ${shown(to)}`
  if (to === undefined) return secret ? 'is removed' : `is removed, it was ${shown(from)}`
  return secret ? 'changes' : `changes from ${shown(from)} to ${shown(to)}`
}

function shown(value: Value | undefined): string {
  return cut(JSON.stringify(value ?? null), 80)
}

function some(parts: readonly string[], between: string): string {
  const left = parts.length - NAMED
  return parts.slice(0, NAMED).join(between) + (left > 0 ? `${between}and ${left} more` : '')
}

function because(detail: string): string {
  return detail === '' ? '' : `: ${detail}`
}
