import { AsyncLocalStorage } from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import promises from 'node:timers/promises'

/** When every trial begins. */
export const BEGINNING = Date.parse('2026-02-02T09:00:00Z')

/** A timer of the product. `owner` is the replica that set it, null for nobody's; background timers keep nothing alive. */
export type Timer = {
  at: number
  readonly owner: unknown
  readonly every: number | null
  background: boolean
  readonly run: () => void
}

const real = { Date, setTimeout: globalThis.setTimeout, random: Math.random }
/** Whoever sets a timer inside this has none. */
const NO_TIMERS = Symbol('no timers')
const owners = new AsyncLocalStorage<unknown>()
const timers = new Set<Timer>()
let time = BEGINNING

class SimulatedDate extends real.Date {
  constructor(...parts: readonly unknown[]) {
    if (parts.length === 0) super(time)
    else super(...(parts as [number]))
  }
  static override now(): number {
    return time
  }
}

function start(run: () => void, delay: number, every: number | null) {
  const ms = Number.isFinite(delay) && delay > 0 ? delay : 0
  const timer: Timer = { at: time + ms, owner: owners.getStore() ?? null, every, background: every !== null, run }
  if (timer.owner !== NO_TIMERS) timers.add(timer)
  const handle = {
    timer,
    ref() {
      timer.background = false
      return handle
    },
    unref() {
      timer.background = true
      return handle
    },
  }
  return handle
}

function stop(handle: unknown): void {
  if (typeof handle === 'object' && handle !== null && 'timer' in handle) timers.delete(handle.timer as Timer)
}

function pause<T>(delay = 0, value?: T, options: { readonly ref?: boolean } = {}): Promise<T | undefined> {
  return new Promise(resolve => {
    const handle = start(() => resolve(value), delay, null)
    if (options.ref === false) handle.unref()
  })
}

/** Puts simulated time in the place of the clock and the timers of this process, for good. `setImmediate` stays real. */
export function takeOverTime(): void {
  const after = (run: (...rest: unknown[]) => void, delay = 0, ...rest: unknown[]) =>
    start(() => run(...rest), delay, null)
  const every = (run: (...rest: unknown[]) => void, delay = 0, ...rest: unknown[]) =>
    start(() => run(...rest), delay, delay)
  Object.assign(globalThis, {
    Date: SimulatedDate,
    setTimeout: after,
    setInterval: every,
    clearTimeout: stop,
    clearInterval: stop,
  })
  Object.defineProperty(performance, 'now', { value: () => time - BEGINNING, configurable: true })
  Object.assign(promises, { setTimeout: pause })
  // Every request of the simulation is answered, or its process is dead.
  AbortSignal.timeout = () => new AbortController().signal
  syncBuiltinESMExports()
}

/** Milliseconds of real time since some moment, for speed and for limits of our own. */
export function realMilliseconds(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}

/** Simulated time, and who set which timer. */
export const clock = {
  /** Milliseconds since the epoch. */
  now: (): number => time,
  /** ISO 8601 without milliseconds, as GitHub writes it. */
  stamp: (at: number = time): string => `${new real.Date(at).toISOString().slice(0, 19)}Z`,
  advanceTo(at: number): void {
    time = Math.max(time, at)
  },
  /** Forgets every timer and begins anew. */
  reset(random: () => number): void {
    timers.clear()
    time = BEGINNING
    Math.random = random
  },
  /** Runs work whose timers belong to `owner`. */
  as: <T>(owner: unknown, work: () => T): T => owners.run(owner, work),
  /** Runs work that must not act by itself later: the database sets alarms of its own, in real time. */
  without: <T>(work: () => T): T => owners.run(NO_TIMERS, work),
  /** Timers of owners that `mayRun`, the earliest first. */
  pending: (mayRun: (owner: unknown) => boolean): readonly Timer[] =>
    [...timers].filter(timer => mayRun(timer.owner)).toSorted((a, b) => a.at - b.at),
  fire(timer: Timer): void {
    if (timer.every === null) timers.delete(timer)
    else timer.at = time + Math.max(1, timer.every)
    owners.run(timer.owner, timer.run)
  },
}
