import type { Logger } from 'pino'
import type { Repository } from '../app.ts'
import { laterOf } from '../later.ts'
import { DEATHS } from '../outside/store/attempts.ts'
import type { Delivery } from '../outside/store/deliveries.ts'
import type { Store } from '../outside/store/store.ts'
import { Final } from './final.ts'
import type { Gate } from './gate.ts'

/** Failures in a row after which we wait for the next event or sweep: some 17 minutes of retries. */
const FAILURES = 10

/** Causes named in the record of one pass; a burst may have hundreds. */
const CAUSES = 20

/**
 * One level-triggered pass over a repository, with the store to remember in. `cause` names the deliveries or the sweep, for the record;
 * `job` is what holds the repository. Rejects with Final when only new inputs can help, with Later when it must come again, with
 * anything else to be retried.
 */
export type Reconcile = (repository: Repository, cause: string, store: Store, job: string) => Promise<void>

/** How a pass ended; `retried` comes again by itself, as does `later`, which is no failure; `busy` found the repository in other hands. */
export type PassEnd = 'done' | 'stopped' | 'failed' | 'parked' | 'retried' | 'later' | 'busy'

/** Seconds until a pass comes again at the latest, because a wake that arrives meanwhile merges with the one that waits. */
const LATER = 60

export type PassJob = { readonly id: string; readonly repository: Repository; readonly cause: string }

/** What came of a pass; `again` is the delay in seconds after which the queue must wake the repository, null for never. */
export type PassResult = { readonly end: PassEnd; readonly again: number | null }

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
  const begun = await store.attempts.begin(name, job.id)
  if (begun === null) return { end: 'busy', again: 1 }
  const deliveries = await store.unfinishedOf(name)
  if (begun.parked && deliveries.length === 0) return untried(store, name, job)
  const error = begun.deaths >= DEATHS ? PARKED : await failure(world, job, deliveries)
  return conclude(world, job, deliveries, error, begun.failures + 1)
}

/** A sweep, or a wake left over from before, is no new reason to try what killed us. */
async function untried(store: Store, repository: string, job: PassJob): Promise<PassResult> {
  await store.attempts.end(repository, job.id, 'untried')
  return { end: 'parked', again: null }
}

const PARKED = Symbol('parked')

async function failure(world: PassWorld, job: PassJob, deliveries: readonly Delivery[]): Promise<unknown> {
  try {
    await world.reconcile(job.repository, causes(deliveries) || job.cause, world.store, job.id)
    return null
  } catch (error) {
    return error ?? new Error('the pass failed without a reason')
  }
}

async function conclude(
  world: PassWorld,
  job: PassJob,
  deliveries: readonly Delivery[],
  error: unknown,
  failures: number,
): Promise<PassResult> {
  const { store, log } = world
  const repository = nameOf(job.repository)
  const guids = deliveries.map(({ guid }) => guid)
  if (error === null) {
    await store.finish(guids, 'done', null)
    await store.attempts.end(repository, job.id, 'done')
    return { end: 'done', again: null }
  }
  if (error === PARKED) {
    log.error({ repository }, `parked: the process died ${DEATHS} times in its pass; the next event tries once more`)
    await store.finish(guids, 'parked', `the process died ${DEATHS} times in its pass`)
    await store.attempts.end(repository, job.id, 'parked')
    return { end: 'parked', again: null }
  }
  const reason = error instanceof Error ? error.message : String(error)
  const later = laterOf(error)
  if (later !== null) {
    log.info({ repository, reason, later }, 'the pass comes again')
    await store.attempts.end(repository, job.id, 'untried')
    return { end: 'later', again: Math.min(Math.ceil(later), LATER) }
  }
  if (error instanceof Final) {
    log.warn({ repository, reason }, 'stopped until something changes')
    await store.finish(guids, 'stopped', reason)
    await store.attempts.end(repository, job.id, 'done')
    return { end: 'stopped', again: null }
  }
  if (failures >= FAILURES) {
    log.error({ repository, err: error }, `gave up after ${FAILURES} attempts; the next event or sweep tries again`)
    await store.finish(guids, 'failed', reason)
    await store.attempts.end(repository, job.id, 'done')
    return { end: 'failed', again: null }
  }
  const again = backoff(failures)
  log.warn({ repository, err: error, failures, again }, 'the pass failed and will be retried')
  await store.attempts.end(repository, job.id, 'failed')
  return { end: 'retried', again }
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
