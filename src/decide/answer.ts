import type { Cause } from '../knowledge/ci-wordings.ts'
import { ATTEMPTS, type Ci, type FailedJob, type Memory, type Proposal, type Replan } from '../model.ts'
import { cut, oneLine } from '../text/hidden.ts'
import { diagnose } from './diagnose.ts'

/** The name under which we hold something ourselves. */
const OURS = 'windlass'

/** Longest name of a job and longest line of a log that a memory keeps, the newest and those before it, in UTF-16 units. */
const KEPT = { job: 80, line: 240, earlier: 60 } as const

/** What is to be answered to a red CI. `jobs` are those that are run again; `why` is a reason to hold in our own words. */
export type Answer = { readonly replan: Replan; readonly jobs: readonly number[]; readonly why: string }

/** What was not answered yet: on this head, after the last time that we had it run again. */
function unanswered(ci: Ci, head: string, { replans }: Memory): readonly FailedJob[] {
  const earlier = replans.filter(replan => replan.head === head)
  if (ci.kind !== 'failed' || earlier.some(({ did }) => did !== 'rerun')) return []
  const last = Math.max(...earlier.map(({ at }) => Date.parse(at)))
  return ci.jobs.filter(({ endedAt }) => Date.parse(endedAt) > last)
}

/** Whether the pull request is ours to change: nobody has committed to it or holds it, and it is finished. */
function isOursToChange({ state, humanCommit, memory }: Proposal): boolean {
  return state === 'open' && humanCommit === null && memory.hold === null && memory.inputs !== ''
}

/**
 * What is to be answered to the CI of an open pull request, null when there is nothing to answer: the same failure is answered
 * once. `lower` asks for another version; whether there is one is not known here.
 */
export function answerTo(proposal: Proposal): Answer | null {
  const { ci, head, memory } = proposal
  const [first, ...more] = isOursToChange(proposal) ? unanswered(ci, head, memory) : []
  if (first === undefined) return null
  const fresh = [first, ...more] as const
  const { cause, job, line } = diagnose(fresh)
  const entry = {
    at:
      fresh
        .map(({ endedAt }) => endedAt)
        .toSorted()
        .at(-1) ?? first.endedAt,
    version: memory.to,
    head,
    cause,
    job: cut(oneLine(job.name), KEPT.job),
    line: cut(oneLine(line), KEPT.line),
  }
  const jobs = fresh.flatMap(failed => failed.job ?? [])
  const { did, why } = way(proposal, cause, jobs)
  return { replan: { ...entry, did }, jobs: did === 'rerun' ? jobs : [], why }
}

/** How a failure is answered: run again once, then another version, then nothing more. */
function way(
  { memory, head }: Proposal,
  cause: Cause,
  jobs: readonly number[],
): Pick<Replan, 'did'> & Pick<Answer, 'why'> {
  if (memory.replans.filter(({ did }) => did !== 'hold').length >= ATTEMPTS)
    return { did: 'hold', why: `CI is still red after ${ATTEMPTS} attempts` }
  if (cause === 'flake' || cause === 'unknown') {
    const wasRerun = memory.replans.some(replan => replan.head === head)
    if (wasRerun) return { did: 'hold', why: 'CI is red again after the job was run once more' }
    if (jobs.length === 0) return { did: 'hold', why: 'CI is red, and only that CI itself can run it again' }
    return { did: 'rerun', why: '' }
  }
  if (memory.wanted !== null) return { did: 'hold', why: `CI is red, and ${memory.wanted.by} asked for this version` }
  return { did: 'lower', why: '' }
}

/** The memory with one more answer; of holds only the newest is kept, so that the list stays short. Notes have little room. */
export function remembered(memory: Memory, replan: Replan): Memory {
  const kept = replan.did === 'hold' ? memory.replans.filter(({ did }) => did !== 'hold') : memory.replans
  const earlier = kept.map(one => ({ ...one, line: cut(one.line, KEPT.earlier) }))
  return { ...memory, replans: [...earlier, replan] }
}

/** The memory of a pull request that we hold because of its CI. */
export function heldFor(memory: Memory, replan: Replan, reason: string): Memory {
  const answered = remembered(memory, { ...replan, did: 'hold' })
  return { ...answered, hold: { by: OURS, at: replan.at, reason } }
}

/** Whether we hold the pull request ourselves because of its CI: a new version or other inputs end that. */
export function isOwnHold({ hold, replans }: Pick<Memory, 'hold' | 'replans'>): boolean {
  const last = replans.at(-1)
  return hold !== null && hold.by === OURS && last?.did === 'hold' && last.at === hold.at
}

/** The memory without a hold of our own; a hold of a person stays. */
export function released(memory: Memory): Memory {
  return isOwnHold(memory) ? { ...memory, hold: null } : memory
}

/** The memory after `/windlass retry`: every version and every job may be tried again. */
export function retried(memory: Memory): Memory {
  return { ...released(memory), replans: [] }
}

/**
 * Why a version of a branch is not proposed: its CI was red and we went to another one, or are about to. Null when nothing is known
 * against it, so that a newer version is tried.
 */
export function ciObjection(branch: string, proposals: readonly Proposal[]): (version: string) => string | null {
  const failed = proposals
    .filter(proposal => proposal.branch === branch)
    .flatMap(proposal => {
      const now = answerTo(proposal)?.replan
      const all = now === undefined ? proposal.memory.replans : [...proposal.memory.replans, now]
      return all.filter(({ did }) => did === 'lower').map(replan => ({ ...replan, number: proposal.number }))
    })
  return version => {
    const found = failed.findLast(replan => replan.version === version)
    return found === undefined ? null : `CI failed with ${version} in #${found.number} (${found.cause})`
  }
}
