import type { Done } from '../decide/afterwards.ts'
import type { Action } from '../model.ts'
import type { World } from '../world.ts'

/**
 * Does every action; one that fails does not keep the others waiting, except the replies on its pull request: what was not done must not be
 * called done, and an unanswered command is read again.
 */
export async function performEach(world: World, actions: readonly Action[]) {
  const done: Done[] = []
  const failures: unknown[] = []
  const failed = new Set<number>()
  for (const action of actions) {
    if (action.do === 'reply' && failed.has(action.number)) continue
    try {
      done.push({ action, number: await world.perform(action) })
    } catch (error) {
      failures.push(error)
      if ('number' in action && action.number !== null) failed.add(action.number)
    }
  }
  return { done, failures }
}

/** What failed is thrown together, when everything else is done. */
export function failTogether(failures: readonly unknown[], of: number): void {
  if (failures.length === 0) return
  throw new AggregateError(failures, `${failures.length} of ${of} actions failed: ${failures.map(String).join('; ')}`)
}
