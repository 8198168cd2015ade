import type { Policy } from '../config.ts'
import type { Pin } from '../model.ts'
import { compareTexts } from '../text/order.ts'

/** The order that people mean by these names when a policy does not say one (lower goes first). */
const KNOWN_ORDER: readonly (readonly string[])[] = [
  ['sandbox', 'local'],
  ['dev', 'development'],
  ['test', 'testing', 'qa', 'int', 'integration'],
  ['stage', 'staging', 'uat', 'preprod', 'pre-production'],
  ['prod', 'production', 'live'],
]

/** The place of an environment in the order of promotion; null when nothing says one, and then it waits for nobody. */
export function rank(environment: string | null, policy: Pick<Policy, 'environments'>): number | null {
  const listed = policy.environments.findIndex(({ name }) => name === environment)
  if (listed >= 0) return listed
  if (environment === null || policy.environments.length > 0) return null
  const known = KNOWN_ORDER.findIndex(names => names.includes(environment.toLowerCase()))
  return known < 0 ? null : known
}

/** What an environment waits for: the lowest version of the same component in the environments before it. */
export type Ceiling = { readonly version: string; readonly environment: string }

type Promoted = { readonly component: string; readonly environment: string | null; readonly pins: readonly Pin[] }

/** The pins of the same component from the same source in every environment that goes before; empty when there is none. */
export function earlierPins(
  group: Promoted,
  all: readonly Pin[],
  policy: Pick<Policy, 'environments'>,
): readonly Pin[] {
  const own = rank(group.environment, policy)
  const [first] = group.pins
  if (own === null || first === undefined) return []
  return all.filter(pin => {
    const theirs = rank(pin.environment, policy)
    return (
      theirs !== null && theirs < own && pin.source.url === first.source.url && pin.source.chart === first.source.chart
    )
  })
}

/**
 * The version that an environment may move to at most: what every earlier environment with the same component
 * from the same source runs already on the default branch. Null when there is no earlier one.
 */
export function ceiling(group: Promoted, all: readonly Pin[], policy: Pick<Policy, 'environments'>): Ceiling | null {
  const [lowest] = earlierPins(group, all, policy).toSorted((a, b) => compareTexts(a.version, b.version))
  return lowest ? { version: lowest.version, environment: lowest.environment ?? '' } : null
}
