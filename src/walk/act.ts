import type { Done } from '../decide/afterwards.ts'
import type { Action } from '../model.ts'
import type { World } from '../world.ts'

/**
 * Does every action; one that fails does not keep the others waiting, except those that follow on its pull request: what was not done must
 * not be called done, neither in a reply nor in the memory. The next pass finds all of it to do.
 */
export async function performEach(world: World, actions: readonly Action[]) {
  const done: Done[] = []
  const failures: unknown[] = []
  const failed = new Set<number>()
  for (const action of actions) {
    const about = 'number' in action ? action.number : null
    if (about !== null && failed.has(about)) continue
    try {
      done.push({ action, number: await world.perform(action) })
    } catch (error) {
      failures.push(error)
      if (about !== null) failed.add(about)
    }
  }
  return { done, failures }
}

/** What failed is thrown together, when everything else is done. */
export function failTogether(failures: readonly unknown[], of: number): void {
  if (failures.length === 0) return
  throw new AggregateError(failures, `${failures.length} of ${of} actions failed: ${failures.map(String).join('; ')}`)
}
