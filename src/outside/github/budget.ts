import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { inSeconds, Later } from '../../server/later.ts'
import type { Budget } from '../store/writes.ts'

/**
 * What GitHub asks of one installation (GitHub: "Rate limits for the REST API", "Best practices"): 900 points a minute, reads 1 and
 * writes 5; 80 content-creating requests a minute and 500 an hour, as which we count every write; a second between writes.
 */
export const GITHUB_BUDGET: Budget = {
  pointsPerMinute: 900,
  writesPerMinute: 80,
  writesPerHour: 500,
  open: 10,
  apart: 1,
}

/** The share of each budget that what can wait may use, so that replies and holds still go through. */
const LOW_SHARE = 0.6

/** Seconds of one wait, and of all waits for one request, that are waited out; for more the pass ends and comes again. */
const PATIENCE = 10
const PATIENCE_IN_ALL = 30

const lane = new AsyncLocalStorage<'low'>()

/** Runs work whose requests may use only a part of the budgets. */
export function withLowPriority<T>(work: () => Promise<T>): Promise<T> {
  return lane.run('low', work)
}

/** What the present work may use of a budget. */
export function roomOf(budget: Budget): Budget {
  if (lane.getStore() !== 'low') return budget
  const part = (most: number) => Math.max(Math.floor(most * LOW_SHARE), 1)
  const { pointsPerMinute, writesPerMinute, writesPerHour, open, apart } = budget
  return {
    pointsPerMinute: part(pointsPerMinute),
    writesPerMinute: part(writesPerMinute),
    writesPerHour: part(writesPerHour),
    open: part(open),
    apart,
  }
}

/** Waits until `ask` answers 0, the seconds to wait otherwise; rejects with Later when that takes too long. */
export async function inTime(ask: () => Promise<number>): Promise<void> {
  const began = performance.now()
  for (;;) {
    const seconds = await ask()
    if (seconds === 0) return
    const waited = (performance.now() - began) / 1000
    if (seconds > PATIENCE || waited + seconds > PATIENCE_IN_ALL)
      throw new Later(`GitHub's limits leave no room for ${Math.ceil(seconds)} s`, inSeconds(seconds))
    await sleep(seconds * 1000)
  }
}
