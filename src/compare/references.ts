import type { FactOf, Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import type { Crd, Crds } from './crd.ts'
import { child, isDeep, isList, text } from './data.ts'

type Why = FactOf<'resource'>['why'][number]

/** Kinds (`group/Kind`) and versions of kinds (`group/version/Kind`) that were served and are not any more, with what to say of them. */
export type Gone = ReadonlyMap<string, string>

/** What can no longer be referred to. Nothing is concluded while a render is missing. */
export function goneFrom({ before, after, complete }: Crds): Gone {
  if (!complete) return new Map()
  const next = new Map([...after.values()].map(crd => [`${crd.group}/${crd.kind}`, crd]))
  return new Map([...before.values()].flatMap(crd => gone(crd, next.get(`${crd.group}/${crd.kind}`))))
}

function gone({ group, kind, versions }: Crd, next: Crd | undefined): readonly (readonly [string, string])[] {
  if (!next) return [[`${group}/${kind}`, `the kind ${kind} of ${group} is removed`]]
  const served = new Set(next.versions.flatMap(version => (version.served ? version.name : [])))
  return versions
    .filter(version => version.served && !served.has(version.name))
    .map(({ name }) => [`${group}/${name}/${kind}`, `${kind} is not served as ${group}/${name} any more`])
}

/** Maps of one resource that are looked at. */
const MOST_MAPS = 50_000
const MOST_TOLD = 20

/**
 * Where a resource names a kind that is gone: a map with a `kind`, and the group beside it (`apiVersion`, `apiGroup`, `group`), or
 * none and the resource's own group is meant. The resource itself is left out.
 */
export function references(body: ValueMap, ownGroup: string, gone: Gone): readonly Why[] {
  if (gone.size === 0 || isDeep(body)) return []
  const found: Why[] = []
  const open: { readonly value: Value; readonly path: string }[] = Object.entries(body).map(([path, value]) => ({
    value,
    path,
  }))
  for (let i = 0; i < open.length && i < MOST_MAPS && found.length < MOST_TOLD; i++) {
    const { value, path } = open[i] ?? { value: null, path: '' }
    const detail = isMap(value) ? named(value, ownGroup, gone) : undefined
    if (detail !== undefined) found.push({ kind: 'reference', path, detail: `names something that is gone: ${detail}` })
    if (isList(value)) open.push(...value.map((item, at) => ({ value: item, path: `${path}[${at}]` })))
    if (isMap(value))
      for (const [key, part] of Object.entries(value)) open.push({ value: part, path: `${path}.${key}` })
  }
  return found
}

function named(value: ValueMap, ownGroup: string, gone: Gone): string | undefined {
  const kind = text(child(value, 'kind'))
  if (kind === '' || child(value, 'name') === undefined) return undefined
  const apiVersion = text(child(value, 'apiVersion'))
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : [groupOf(value) ?? ownGroup, undefined]
  return gone.get(`${group}/${kind}`) ?? (version === undefined ? undefined : gone.get(`${group}/${version}/${kind}`))
}

function groupOf(value: ValueMap): string | null {
  const group = child(value, 'apiGroup') ?? child(value, 'group')
  return typeof group === 'string' ? group : null
}
