import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

/** A part that must work before we can: resolves when it does, rejects with the reason. */
export type Check = () => Promise<void>

export type Readiness = {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, 'ok' | 'failed, see the log'>>
}

/** Milliseconds that a check may take, and that an answer is reused: anyone who reaches the port can ask, and a check may ask GitHub. */
const PATIENCE = 5_000
const FRESH = 10_000

/** Asks every part at the same time. Why one failed goes to the log only: reasons name inner hosts. */
export function createReadiness(checks: Readonly<Record<string, Check>>, log: Logger): () => Promise<Readiness> {
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | null = null
  return () => {
    if (last === null || Date.now() - last.at > FRESH) last = { at: Date.now(), answer: ask(checks, log) }
    return last.answer
  }
}

async function ask(checks: Readonly<Record<string, Check>>, log: Logger): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await works(name, check, log)] as const),
  )
  return {
    ready: results.every(([, ok]) => ok),
    checks: Object.fromEntries(results.map(([name, ok]) => [name, ok ? 'ok' : 'failed, see the log'])),
  }
}

async function works(name: string, check: Check, log: Logger): Promise<boolean> {
  const giveUp = new AbortController()
  try {
    const late = sleep(PATIENCE, undefined, { signal: giveUp.signal }).then(() => {
      throw new Error(`no answer within ${PATIENCE / 1000} s`)
    })
    await Promise.race([check(), late])
    return true
  } catch (error) {
    log.warn({ check: name, err: error }, 'not ready')
    return false
  } finally {
    giveUp.abort()
  }
}
