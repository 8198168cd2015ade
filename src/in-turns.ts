import { setImmediate } from 'node:timers/promises'

/** Milliseconds of work after which others are let in: a webhook is answered within a few of them. */
const TURN_MS = 10

/** Does a long piece of work step by step and lets the event loop turn in between, so that webhooks are answered meanwhile. */
export async function inTurns(steps: Iterable<void>): Promise<void> {
  let since = performance.now()
  for (const _ of steps) {
    if (performance.now() - since < TURN_MS) continue
    await setImmediate()
    since = performance.now()
  }
}
