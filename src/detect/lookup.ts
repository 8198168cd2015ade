import { posix } from 'node:path'
import type { ObjectRef } from './facts.ts'

/** Something that is found by kind and name, and the file it stands in. */
export type Named = { readonly object: ObjectRef; readonly file: string }
/** The namespace that an object ends up in; null when nothing says. */
export type NamespaceOf = (named: Named) => string | null
/** The best candidates for a reference made in a file: one, or several that are equally near. */
export type Find<T> = (wanted: ObjectRef, from: string) => readonly T[]

function shared(a: string, b: string): number {
  const [left, right] = [posix.dirname(a).split('/'), posix.dirname(b).split('/')]
  const differs = left.findIndex((part, i) => part !== right[i])
  return differs < 0 ? left.length : differs
}

function best<T>(all: readonly T[], score: (item: T) => number): readonly T[] {
  const scored = all.map(item => [item, score(item)] as const)
  const top = scored.reduce((high, [, value]) => Math.max(high, value), 0)
  return scored.filter(([, value]) => value === top).map(([item]) => item)
}

/**
 * Looks objects up the way a cluster does, by kind, name and namespace, as far as files can tell: a namespace is often
 * given from outside, and each environment may have its own object of one name. So the namespace decides where it is
 * known on both sides, and then the nearest folder.
 */
export function finder<T extends Named>(all: readonly T[], namespaceOf: NamespaceOf): Find<T> {
  const byName = Map.groupBy(all, ({ object }) => `${object.kind}/${object.name}`)
  const look = (wanted: ObjectRef, from: string): readonly T[] => {
    const named = byName.get(`${wanted.kind}/${wanted.name}`) ?? []
    const namespace = namespaceOf({ object: wanted, file: from })
    const fits = best(named, candidate => {
      const theirs = namespaceOf(candidate)
      return theirs === namespace ? 2 : theirs === null || namespace === null ? 1 : 0
    })
    return best(fits, candidate => shared(candidate.file, from))
  }
  const answers = new Map<string, readonly T[]>()
  return (wanted, from) => {
    const question = JSON.stringify([wanted.kind, wanted.name, wanted.namespace, posix.dirname(from)])
    const answer = answers.get(question) ?? look(wanted, from)
    answers.set(question, answer)
    return answer
  }
}

/** The namespace of the nearest kustomization above that gives one, for objects that do not write their own. */
export function namespaces(folders: ReadonlyMap<string, string>): NamespaceOf {
  const above = (folder: string): string | null =>
    folders.get(folder) ?? (folder === '.' || folder === '/' ? null : above(posix.dirname(folder)))
  return ({ object, file }) => object.namespace ?? above(posix.dirname(file))
}
