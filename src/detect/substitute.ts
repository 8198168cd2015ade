import { posix } from 'node:path'
import type { Value } from '../model.ts'
import type { ObjectRef } from './facts.ts'
import type { BuildFact } from './flux-build.ts'
import { variablesOf } from './flux-build.ts'

/** `${name}`, with what to take where the name has no value (`:=`, `:-`, `=`, `-`), and `$${name}`, which stays as `${name}` (drone/envsubst, as Flux uses it). */
const VARIABLE = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]{0,99})(?:(:?[-=])([^{}\n]{0,500}))?\}/g

/** The text with its variables replaced; one that has no value here and no default stays as it is written. */
export function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(VARIABLE, (whole, escaped: string, name: string, operator?: string, fallback?: string) => {
    if (escaped !== '') return whole.slice(1)
    const value = variables.get(name)
    const isUnset = operator?.startsWith(':') ? !value : value === undefined
    return isUnset ? (fallback ?? whole) : (value ?? whole)
  })
}

/** The variables that Flux replaces in a file; null when nothing replaces any. */
export type VariablesIn = (file: string) => ReadonlyMap<string, string> | null

/**
 * Who builds a file is the Kustomization with the longest path above it. Where several build the same folder, for several clusters, a variable counts
 * when they agree. `dataOf` reads the data of a ConfigMap of this repository, null when there is none.
 */
export function variablesIn(
  builds: readonly BuildFact[],
  dataOf: (object: ObjectRef, from: string) => Value | null,
): VariablesIn {
  const byFolder = Map.groupBy(builds, ({ folder }) => folder)
  const all = new Map([...byFolder].map(([folder, same]) => [folder, agreed(same.map(build => given(build, dataOf)))]))
  const above = (folder: string): ReadonlyMap<string, string> | null =>
    all.get(folder) ?? (folder === '.' || folder === '/' ? null : above(posix.dirname(folder)))
  return file => above(posix.dirname(file))
}

/** Later ones win, and what is written in the Kustomization itself wins over all (kustomize-controller, substituteFrom). */
function given(
  { variables, from, file }: BuildFact,
  dataOf: (object: ObjectRef, from: string) => Value | null,
): ReadonlyMap<string, string> {
  const found = from.flatMap(object => [...variablesOf((object && dataOf(object, file)) ?? undefined)])
  return new Map([...found, ...variables])
}

function agreed(all: readonly ReadonlyMap<string, string>[]): ReadonlyMap<string, string> {
  const [first = new Map<string, string>(), ...others] = all
  return new Map([...first].filter(([name, value]) => others.every(other => other.get(name) === value)))
}
