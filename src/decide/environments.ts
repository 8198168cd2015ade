import type { Policy } from '../config.ts'
import type { Grant, Memory, Obstacle, Pin, Proposal } from '../model.ts'
import { suggest } from '../text/suggest.ts'
import { rank } from './promote.ts'

/** What is known when a command is read: the policy, where components stand, what was proposed, and what the dashboard grants. */
export type Known = {
  readonly policy: Pick<Policy, 'environments'>
  readonly pins: readonly Pick<Pin, 'component' | 'environment'>[]
  readonly proposals: readonly Proposal[]
  readonly granted: readonly Grant[]
}

function names({ policy, pins, proposals }: Known): readonly string[] {
  const all = [
    ...policy.environments.map(({ name }) => name),
    ...pins.map(({ environment }) => environment),
    ...proposals.map(({ memory }) => memory.environment),
  ]
  return [...new Set(all.filter(name => name !== null))]
}

/** The environment that a person names, in any case; `written` is null for the next one after that of the upgrade, where its component stands. */
export function environmentAfter(
  { environment, component }: Pick<Memory, 'environment' | 'component'>,
  written: string | null,
  known: Known,
): string | Obstacle {
  const all = names(known)
  const place = (name: string | null) => rank(name, known.policy) ?? Number.NaN
  const isAfter = (name: string) => place(name) > place(environment)
  if (written === null) {
    const later = all.filter(isAfter).toSorted((a, b) => place(a) - place(b))
    const stands = new Set(known.pins.filter(pin => pin.component === component).map(pin => pin.environment))
    return later.find(name => stands.has(name)) ?? later[0] ?? { kind: 'nothing-after' }
  }
  const named = all.find(name => name.toLowerCase() === written.toLowerCase())
  if (named === undefined) return { kind: 'unknown-environment', written, meant: suggest(written, all), known: all }
  return isAfter(named) ? named : { kind: 'not-after', environment: named }
}
