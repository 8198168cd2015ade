import type { Logger } from 'pino'
import type { Repository } from '../app.ts'
import { DEATHS } from '../outside/store/attempts.ts'
import type { Delivery } from '../outside/store/deliveries.ts'
import type { Store } from '../outside/store/store.ts'
import { Final } from './final.ts'
import type { Gate } from './gate.ts'
import { laterOf } from './later.ts'

/** Failures in a row after which we wait for the next event or sweep: some 17 minutes of retries. */
const FAILURES = 10

/** Causes named in the record of one pass; a burst may have hundreds. */
const CAUSES = 20

/** Why a pass runs, and whether it may still act. */
export type Waking = {
  /** The deliveries, the sweep or the date by name, for the record. */
  readonly cause: string
  /** The deliveries' events by their names at GitHub; `sweep` for the timer, `due` for a date that an earlier pass asked for. */
  readonly events: ReadonlySet<string>
  /** This attempt alone (a UUID). Each write must show that it still has the repository: another may take over when this process is silent for too long. */
  readonly holder: string
}

/** What a pass wants of the queue: when to be woken next, null for not before something happens. */
export type Reconciled = { readonly again: Date | null }

/**
 * One level-triggered pass over a repository, with the store to remember in. Rejects with Later when it has to wait, with Final when only
 * new inputs can help, with anything else to be retried.
 */
export type Reconcile = (repository: Repository, waking: Waking, store: Store) => Promise<Reconciled>

/** How a pass ended; `retried` and `later` come again by themselves, `busy` found the repository in other hands. */
export type PassEnd = 'done' | 'stopped' | 'failed' | 'parked' | 'retried' | 'later' | 'busy'

export type PassJob = {
  readonly id: string
  /** This attempt alone, a UUID. */
  readonly holder: string
  readonly repository: Repository
  readonly cause: string
  /** The event that only this job tells of; null when deliveries tell. */
  readonly event: string | null
}

/**
 * What came of a pass; `again` is the delay in seconds after which the queue must wake the repository, null for never; `isParked` is null
 * where people need not be told that we gave up on the repository (true) or are back (false).
 */
export type PassResult = { readonly end: PassEnd; readonly again: number | null; readonly isParked: boolean | null }

export type PassWorld = {
  readonly store: Store
  readonly reconcile: Reconcile
  readonly gate: Gate
  readonly log: Logger
}

/**
 * Runs one pass and brings the deliveries that had arrived before it to their end. The attempt is written down before it is made,
 * so that a repository whose pass kills the process is known, runs alone, and is parked when it does so again.
 * Rejects only when the store does not answer.
 */
export async function pass(world: PassWorld, job: PassJob): Promise<PassResult> {
  const suspect = await world.store.attempts.isSuspect(nameOf(job.repository))
  return world.gate(suspect, () => attempt(world, job))
}

async function attempt(world: PassWorld, job: PassJob): Promise<PassResult> {
  const { store } = world
  const name = nameOf(job.repository)
  const begun = await store.attempts.begin(name, job.id, job.holder)
  if (begun === null) return { ...NO_MORE, end: 'busy', again: 1 }
  const deliveries = await store.unfinishedOf(name)
  if (begun.parked && deliveries.length === 0) return untried(store, name, job)
  const came = begun.deaths >= DEATHS ? PARKED : await outcome(world, job, deliveries)
  if (!(await store.attempts.holds(name, job.holder))) return lost(world, name)
  const result = await conclude(world, job, deliveries, came, begun.failures + 1)
  return begun.parked && result.end === 'done' ? { ...result, isParked: false } : result
}

const NO_MORE = { again: null, isParked: null }

/** Whoever has it now does all of it again, and answers for the deliveries. */
function lost({ log }: PassWorld, repository: string): PassResult {
  log.warn({ repository }, 'another replica took the repository over: this one was silent for too long')
  return { ...NO_MORE, end: 'busy' }
}

/** A sweep, or a wake left over from before, is no new reason to try what killed us. */
async function untried(store: Store, repository: string, job: PassJob): Promise<PassResult> {
  await store.attempts.end(repository, job.holder, 'untried')
  return { ...NO_MORE, end: 'parked' }
}

type Came =
  | { readonly kind: 'done'; readonly again: Date | null }
  | { readonly kind: 'later'; readonly until: Date; readonly reason: string }
  | { readonly kind: 'final' | 'error'; readonly reason: string; readonly error: unknown }
  | { readonly kind: 'parked' }

const PARKED: Came = { kind: 'parked' }

async function outcome({ reconcile, store }: PassWorld, job: PassJob, deliveries: readonly Delivery[]): Promise<Came> {
  const events = new Set(deliveries.map(({ event }) => event))
  if (job.event !== null) events.add(job.event)
  const waking = {
    cause: causes(deliveries) || job.cause,
    events,
    holder: job.holder,
  }
  try {
    return { kind: 'done', ...(await reconcile(job.repository, waking, store)) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const until = laterOf(error)
    if (until !== null) return { kind: 'later', until, reason }
    return { kind: error instanceof Final ? 'final' : 'error', reason, error }
  }
}

async function conclude(
  { store, log }: PassWorld,
  { repository: at, holder }: PassJob,
  deliveries: readonly Delivery[],
  came: Came,
  failures: number,
): Promise<PassResult> {
  const repository = nameOf(at)
  const guids = deliveries.map(({ guid }) => guid)
  switch (came.kind) {
    case 'done':
      await store.due.set(at, came.again)
      await store.finish(guids, 'done', null)
      await store.attempts.end(repository, holder, 'done')
      return { ...NO_MORE, end: 'done' }
    case 'later':
      log.info({ repository, until: came.until, reason: came.reason }, 'has to wait')
      await store.due.set(at, came.until)
      await store.attempts.end(repository, holder, 'untried')
      return { ...NO_MORE, end: 'later' }
    case 'parked':
      log.error({ repository }, `parked: the process died ${DEATHS} times in its pass; the next event tries once more`)
      await store.finish(guids, 'parked', `the process died ${DEATHS} times in its pass`)
      await store.attempts.end(repository, holder, 'parked')
      return { ...NO_MORE, end: 'parked', isParked: true }
    case 'final':
      log.warn({ repository, reason: came.reason }, 'stopped until something changes')
      await store.finish(guids, 'stopped', came.reason)
      await store.attempts.end(repository, holder, 'done')
      return { ...NO_MORE, end: 'stopped' }
    case 'error':
      return failed({ store, log }, { repository, holder, guids, came, failures })
  }
}

type Failure = {
  readonly repository: string
  readonly holder: string
  readonly guids: readonly string[]
  readonly came: Extract<Came, { error: unknown }>
  readonly failures: number
}

async function failed(
  { store, log }: Pick<PassWorld, 'store' | 'log'>,
  { repository, holder, guids, came, failures }: Failure,
): Promise<PassResult> {
  if (failures >= FAILURES) {
    log.error(
      { repository, err: came.error },
      `gave up after ${FAILURES} attempts; the next event or sweep tries again`,
    )
    await store.finish(guids, 'failed', came.reason)
    await store.attempts.end(repository, holder, 'done')
    return { ...NO_MORE, end: 'failed' }
  }
  const again = backoff(failures)
  log.warn({ repository, err: came.error, failures, again }, 'the pass failed and will be retried')
  await store.attempts.end(repository, holder, 'failed')
  return { ...NO_MORE, end: 'retried', again }
}

/** Seconds: 1-2, 2-4, 4-8 … with jitter, so that repositories that failed together do not come back together. */
function backoff(failures: number): number {
  return Math.ceil(2 ** failures * (0.5 + Math.random() / 2))
}

function causes(deliveries: readonly Delivery[]): string {
  const named = deliveries.slice(0, CAUSES).map(({ event, guid }) => `${event} ${guid}`)
  const rest = deliveries.length - named.length
  return rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ')
}

/** `owner/name`. */
export function nameOf({ owner, name }: Repository): string {
  return `${owner}/${name}`
}
