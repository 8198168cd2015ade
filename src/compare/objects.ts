import type { Fact, KubeObject, ObjectId } from '../model.ts'
import { chartOf, pairs, type Sides } from './comparison.ts'
import { isCrd } from './crd.ts'
import { at, child, text } from './data.ts'
import { type Change, diff } from './diff.ts'
import { maskChange } from './mask.ts'
import { groupOf } from './old-apis.ts'
import { isMadeAnew, isRandom } from './random.ts'

/** What an object is to the API server: the version of its API may move, the object stays the same. */
function keyOf(object: KubeObject): string {
  const { kind, metadata } = object
  return JSON.stringify([groupOf(object), kind, text(metadata.namespace), metadata.name])
}

/** An object as facts name it. */
export function idOf({ apiVersion, kind, metadata }: KubeObject): ObjectId {
  return { apiVersion, kind, namespace: text(metadata.namespace) || null, name: metadata.name }
}

/** Both renders of an object that both sides have, and what differs between them. */
export type Changed = { readonly before: KubeObject; readonly after: KubeObject; readonly changes: readonly Change[] }

/** Every object that both sides have and that differs, CRDs left out: their own comparer speaks for them. */
export function changedObjects(input: Sides): Changed[] {
  return pairs(input).flatMap(pair => {
    const old = new Map(pair.before.map(object => [keyOf(object), object]))
    return [...new Map(pair.after.map(object => [keyOf(object), object]))].flatMap(([key, after]) => {
      const before = old.get(key)
      if (!before || isCrd(after)) return []
      const changes = diff(before, after)
      return changes.length === 0 ? [] : [{ before, after, changes }]
    })
  })
}

/**
 * Objects that come, go and change, install by install; differences that only say which version it is are one fact, and so are
 * those that a chart makes anew at each render.
 */
export function compareObjects(input: Sides): readonly Fact[] {
  const chart = chartOf(input.after)
  const changed = changedObjects(input).map(({ before, after, changes }) => {
    const kept = changes.filter(change => !isNoise(after, change))
    const isAnew =
      kept.length > 0 && chart !== null && isRandom(chart) && kept.every(change => isMadeAnew(after, change))
    return { object: idOf(after), isAnew, changes: (isHook(after) ? asOne(before, after, kept) : kept).map(plain) }
  })
  const quiet = changed.filter(({ changes }) => changes.length === 0).map(({ object }) => object)
  const anew = changed.filter(({ isAnew }) => isAnew).map(({ object }) => object)
  return [
    ...comeAndGone(input),
    ...changed.flatMap(({ object, isAnew, changes }): Fact[] =>
      changes.length === 0 || isAnew ? [] : [{ kind: 'object-changed', object, changes }],
    ),
    ...(quiet.length === 0 ? [] : [{ kind: 'objects-labels-only', objects: quiet } as const]),
    ...(anew.length === 0 ? [] : [{ kind: 'objects-made-anew', objects: anew } as const]),
  ]
}

function comeAndGone(input: Sides): Fact[] {
  return pairs(input).flatMap(({ before, after }) => {
    const [old, next] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))]
    const gone = before.filter(object => !next.has(keyOf(object)))
    const come = after.filter(object => !old.has(keyOf(object)) && !isCrd(object))
    return [
      ...gone.map((object): Fact => ({ kind: 'object-removed', object: idOf(object) })),
      ...come.map((object): Fact => ({ kind: 'object-added', object: idOf(object) })),
      ...come.flatMap((object): Fact[] => {
        const when = text(at(object.metadata, ['annotations', 'helm.sh/hook']))
        return when === '' || isTest(when) ? [] : [{ kind: 'hook-added', object: idOf(object), when }]
      }),
    ]
  })
}

const LABELS = new Set([
  'helm.sh/chart',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
  'chart',
  'heritage',
])

/**
 * Whether a change only says which version it is: charts put that on every object, and a checksum says that something
 * else changed, which is said by itself. In the template of a Job, which may not change, it is no noise.
 */
function isNoise({ kind }: KubeObject, { keys }: Change): boolean {
  const [parent, group, key] = keys.slice(-3)
  if (parent !== 'metadata' || (kind === 'Job' && keys.length > 3)) return false
  if (group === 'annotations') return typeof key === 'string' && key.startsWith('checksum/')
  return group === 'labels' && typeof key === 'string' && LABELS.has(key)
}

/** Helm and Argo CD make hooks anew each time, so nothing of them is immutable: their spec changes as one. */
function isHook({ metadata }: KubeObject): boolean {
  return at(metadata, ['annotations', 'helm.sh/hook']) !== undefined
}

/** Tests run when somebody asks for them. */
function isTest(when: string): boolean {
  return when.split(',').every(event => /^test/.test(event.trim()))
}

function asOne(before: KubeObject, after: KubeObject, changes: readonly Change[]): readonly Change[] {
  const outside = changes.filter(({ keys }) => keys[0] !== 'spec')
  if (outside.length === changes.length) return changes
  const spec = maskChange({ path: 'spec', from: child(before, 'spec'), to: child(after, 'spec') }, false)
  return [...outside, { ...spec, keys: ['spec'] }]
}

function plain({ path, from, to }: Change) {
  return { path, from, to }
}
