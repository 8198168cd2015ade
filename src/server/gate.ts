import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds that anyone waits at the gate: a pass that hangs must not hold up all the others. */
const PATIENCE = 30_000

/**
 * Runs work, shared or alone. Work that runs alone waits for all that came before it, and all that comes after waits for it, each
 * for 30 s at most. A pass suspected of killing the process runs alone, so that its neighbours are not blamed for its death.
 */
export type Gate = <T>(alone: boolean, work: () => Promise<T>) => Promise<T>

export function createGate(): Gate {
  let barrier: Promise<unknown> = Promise.resolve()
  const running = new Set<Promise<unknown>>()
  return (alone, work) => {
    const before = alone ? Promise.all([barrier, ...running]) : barrier
    const result = Promise.race([before, sleep(PATIENCE, undefined, { ref: false })]).then(work)
    const settled = result.then(
      () => {},
      () => {},
    )
    if (alone) barrier = settled
    running.add(settled)
    settled.then(() => running.delete(settled))
    return result
  }
}
