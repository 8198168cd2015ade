import type { Policy } from '../config.ts'
import type { Action, Outcome, Plan, Proposal, TakeBack } from '../model.ts'
import { compareTexts } from '../text/order.ts'
import { close, memoryFor, remember, standAside, update, type Wording } from './acts.ts'
import { isOwnHold, released } from './answer.ts'
import { replan } from './replan.ts'
import { isRollback, takeBack } from './rollback.ts'

export type { Wording }

export type Standing = {
  readonly outcomes: readonly Outcome[]
  /** Merged upgrades that are to be taken back. */
  readonly takeBacks: readonly TakeBack[]
  readonly proposals: readonly Proposal[]
  /** Numbers of pull requests whose memory a command has changed in this pass. */
  readonly commanded: ReadonlySet<number>
  /** Branches with our names that hold somebody else's commit. */
  readonly foreign: ReadonlySet<string>
  readonly policy: Policy
  readonly now: Date
}

export type Decision = {
  readonly actions: readonly Action[]
  readonly held: readonly { outcome: Outcome; reason: string }[]
}

const HOUR = 3_600_000

/** How many upgrades may still be opened in this pass; rollbacks do not count. 0 in a limit means no limit, as users of such bots know it. */
function room({ proposals, policy, now }: Standing): { left: number; reason: string } {
  const upgrades = proposals.filter(proposal => !isRollback(proposal))
  const open = upgrades.filter(({ state }) => state === 'open').length
  const recent = upgrades.filter(({ openedAt }) => now.getTime() - Date.parse(openedAt) < HOUR).length
  const concurrent = policy.prConcurrentLimit === 0 ? Number.POSITIVE_INFINITY : policy.prConcurrentLimit - open
  const hourly = policy.prHourlyLimit === 0 ? Number.POSITIVE_INFINITY : policy.prHourlyLimit - recent
  return hourly < concurrent
    ? { left: hourly, reason: `prHourlyLimit ${policy.prHourlyLimit} is reached; it follows within the hour` }
    : {
        left: concurrent,
        reason: `prConcurrentLimit ${policy.prConcurrentLimit} is reached; it follows when one is merged or closed`,
      }
}

/** The action that opens the pull request of a plan. */
export function open(
  plan: Plan,
  wording: Pick<Wording, 'pullRequest' | 'message' | 'check'>,
): Extract<Action, { do: 'open' }> {
  const memory = memoryFor(plan, null)
  return {
    do: 'open',
    pullRequest: wording.pullRequest(plan, memory),
    commit: { message: wording.message(plan), base: plan.commit, files: plan.files },
    check: wording.check(plan),
    memory,
  }
}

/** What to do about an open pull request whose upgrade is not planned in this pass. Unknown is no reason to close. */
function withoutPlan(proposal: Proposal, outcome: Outcome | undefined, wording: Wording): Action[] {
  if (outcome === undefined)
    return [close(proposal, `${proposal.memory.component} is not in the repository any more.`, wording)]
  if (outcome.kind === 'current' || compareTexts(outcome.from, proposal.memory.to) >= 0) {
    return [
      close(
        proposal,
        `The default branch already has ${outcome.component} ${outcome.from}: nothing is left to do here.`,
        wording,
      ),
    ]
  }
  if (outcome.kind === 'follows')
    return [
      close(proposal, `${outcome.component} moves together with ${outcome.leader} now, in one pull request.`, wording),
    ]
  if (outcome.kind === 'declined') return [close(proposal, outcome.reason, wording)]
  return []
}

/** What to do about one open pull request. */
function tend(
  proposal: Proposal,
  outcome: Outcome | undefined,
  wording: Wording,
  commanded: boolean,
): readonly Action[] {
  if (outcome?.kind !== 'planned') {
    const ending = withoutPlan(proposal, outcome, wording)
    if (ending.length > 0) return ending
  }
  if (proposal.humanCommit) return standAside(proposal, wording)
  const answered = replan(proposal, outcome, wording)
  if (answered !== null) return answered
  const { memory } = proposal
  const stale = outcome?.kind === 'planned' && memory.inputs !== outcome.plan.inputs
  if (stale && released(memory).hold === null) return [update(proposal, outcome.plan, wording)]
  const isGreenAgain = isOwnHold(memory) && proposal.ci.kind === 'passed'
  if (!commanded && !isGreenAgain) return []
  const kept = isGreenAgain ? released(memory) : memory
  const pullRequest =
    outcome?.kind === 'planned' && !stale
      ? wording.pullRequest(outcome.plan, kept)
      : wording.kept({ ...proposal, memory: kept })
  return [remember(proposal, kept, pullRequest)]
}

/**
 * Plans x pull requests x policy x now -> actions. Level-triggered: called twice on the same state, the second answer is
 * nothing. Upgrades that find no room under the limits are held with the reason.
 */
export function decide(standing: Standing, wording: Wording): Decision {
  const open_ = standing.proposals.filter(({ state }) => state === 'open')
  const upgrades = open_.filter(proposal => !isRollback(proposal))
  const tended = upgrades.flatMap(proposal => {
    const outcome = standing.outcomes.find(({ branch }) => branch === proposal.branch)
    return tend(proposal, outcome, wording, standing.commanded.has(proposal.number))
  })
  const actions: Action[] = [...takeBack(standing, wording), ...tended]
  const held: { outcome: Outcome; reason: string }[] = []
  const { left, reason } = room(standing)
  let opened = 0
  for (const outcome of standing.outcomes) {
    if (outcome.kind !== 'planned' || open_.some(({ branch }) => branch === outcome.branch)) continue
    if (standing.foreign.has(outcome.branch)) {
      held.push({ outcome, reason: 'the branch exists and its last commit is not ours: delete or rename it' })
    } else if (opened < left) {
      actions.push(open(outcome.plan, wording))
      opened += 1
    } else held.push({ outcome, reason })
  }
  return { actions, held }
}
