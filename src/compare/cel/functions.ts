import { BASICS } from './basics.ts'
import { FORMAT_FUNCTIONS } from './formats.ts'
import type { CelFunction, Functions } from './function.ts'
import { LISTS_AND_SETS } from './lists.ts'
import { NETWORKS } from './networks.ts'
import { NUMBERS } from './numbers.ts'
import { OPTIONALS } from './optionals.ts'
import { QUANTITIES } from './quantities.ts'
import { STRINGS } from './strings.ts'
import { TIMES } from './times.ts'
import { URLS } from './urls.ts'

const LIBRARIES: readonly Functions[] = [
  BASICS,
  NUMBERS,
  TIMES,
  STRINGS,
  LISTS_AND_SETS,
  QUANTITIES,
  NETWORKS,
  URLS,
  FORMAT_FUNCTIONS,
  OPTIONALS,
]

/** The first of several functions of one name that is for the values at hand. */
function overloads(all: readonly CelFunction[]): CelFunction {
  const [only] = all
  if (only && all.length === 1) return only
  return (args, budget) => {
    for (const one of all) {
      const result = one(args, budget)
      if (result !== undefined) return result
    }
    return undefined
  }
}

/**
 * Every function that a rule of a CRD may call: the standard ones, and the libraries that Kubernetes adds
 * (https://kubernetes.io/docs/reference/using-api/cel/). A method's name begins with a dot.
 */
export const FUNCTIONS: Functions = new Map(
  [
    ...Map.groupBy(
      LIBRARIES.flatMap(library => [...library]),
      ([name]) => name,
    ),
  ].map(([name, all]) => [name, overloads(all.map(([, work]) => work))]),
)
