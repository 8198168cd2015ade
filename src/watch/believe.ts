import type { HealthContext } from '../config.ts'
import type { Signal } from '../model.ts'

/** What the reporter of a signal that came signed to a hook is called; nobody at GitHub can be it. */
const HOOK = 'hook'

/**
 * Why a signal is not believed, null when it is: with `from` only those are, else only who was the first to report this name.
 * An App is meant by its slug (`my-app`) or by its login (`my-app[bot]`).
 */
export function disbelief(signal: Signal, from: readonly string[], first: string | undefined): string | null {
  const believed = from.length > 0 ? from : first === undefined ? [] : [first]
  if (believed.some(name => isBy(signal, name))) return null
  if (from.length > 0)
    return `${signal.by} is not among those whom the policy believes (${from.join(', ')}): add it to "from" if it should be`
  if (first === undefined) return `nobody is known yet who reports ${signal.name}`
  return `${first} was the first to report ${signal.name}; name ${signal.by} under "from" in the policy if it should be believed`
}

function isBy({ via, by }: Signal, name: string): boolean {
  const isHook = via === 'flux' || via === 'generic'
  const asked = name.toLowerCase()
  if (isHook || asked === HOOK) return isHook && asked === HOOK
  const login = by.toLowerCase()
  if (via === 'check') return login === asked.replace(/\[bot\]$/, '')
  return login === asked || login === `${asked}[bot]`
}

/** Everybody whom the patterns that match a name believe; empty when none of them names anybody. */
export function believedFor(patterns: readonly HealthContext[]): readonly string[] {
  return [...new Set(patterns.flatMap(({ from }) => from))]
}
