import type { Policy } from '../config.ts'
import {
  type Action,
  type Check,
  type Memory,
  NOTHING_SAID,
  type Outcome,
  type Plan,
  type Proposal,
  type PullRequest,
} from '../model.ts'
import { compareTexts } from '../text/order.ts'

/** How a plan reads as a pull request; given by the report room, so that deciding stays free of wording. */
export type Wording = {
  pullRequest(plan: Plan, memory: Memory): PullRequest
  check(plan: Plan): Check
  message(plan: Plan): string
  closed(proposal: Proposal, reason: string): Pick<PullRequest, 'labels' | 'body'>
  /** The text as it stands, with the labels that the memory asks for. */
  kept(proposal: Proposal): Pick<PullRequest, 'labels' | 'body'>
  edited(proposal: Proposal, author: string): string
}

export type Standing = {
  readonly outcomes: readonly Outcome[]
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

/** A fresh memory for a plan; what people said on the pull request before is kept. */
function memoryFor(plan: Plan, earlier: Memory | null): Memory {
  const { component, environment, from, to } = plan.upgrade
  return {
    ...(earlier ?? NOTHING_SAID),
    component,
    environment,
    from,
    to: to.version,
    inputs: plan.inputs,
    saidEdited: null,
    closed: null,
  }
}

/** How many pull requests may still be opened in this pass. 0 in a limit means no limit, as users of such bots know it. */
function room({ proposals, policy, now }: Standing): { left: number; reason: string } {
  const open = proposals.filter(({ state }) => state === 'open').length
  const recent = proposals.filter(({ openedAt }) => now.getTime() - Date.parse(openedAt) < HOUR).length
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

function update(proposal: Proposal, plan: Plan, wording: Wording): Action {
  const memory = memoryFor(plan, proposal.memory)
  return {
    do: 'update',
    number: proposal.number,
    head: proposal.head,
    pullRequest: wording.pullRequest(plan, memory),
    commit: { message: wording.message(plan), base: plan.commit, files: plan.files },
    check: wording.check(plan),
    memory,
  }
}

function close(proposal: Proposal, reason: string, wording: Wording): Action {
  return {
    do: 'close',
    number: proposal.number,
    branch: proposal.branch,
    reason,
    pullRequest: wording.closed(proposal, reason),
    memory: { ...proposal.memory, closed: reason },
  }
}

/** A person's commit on our branch: we stop, and say so once for each head. */
function standAside(proposal: Proposal, wording: Wording): Action[] {
  const { humanCommit, memory, number } = proposal
  if (humanCommit === null || memory.saidEdited === humanCommit.sha) return []
  return [
    { do: 'notice', number, key: `edited ${humanCommit.sha}`, text: wording.edited(proposal, humanCommit.author) },
    { do: 'remember', number, pullRequest: wording.kept(proposal), memory: { ...memory, saidEdited: humanCommit.sha } },
  ]
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

function remember(proposal: Proposal, pullRequest: Pick<PullRequest, 'labels' | 'body'>): Action {
  return { do: 'remember', number: proposal.number, pullRequest, memory: proposal.memory }
}

/** What to do about one open pull request. */
function tend(proposal: Proposal, outcome: Outcome | undefined, wording: Wording, commanded: boolean): Action[] {
  if (outcome?.kind !== 'planned') {
    const ending = withoutPlan(proposal, outcome, wording)
    if (ending.length > 0) return ending
  }
  if (proposal.humanCommit) return standAside(proposal, wording)
  const stale = outcome?.kind === 'planned' && proposal.memory.inputs !== outcome.plan.inputs
  if (stale && proposal.memory.hold === null) return [update(proposal, outcome.plan, wording)]
  if (!commanded) return []
  const pullRequest =
    outcome?.kind === 'planned' && !stale ? wording.pullRequest(outcome.plan, proposal.memory) : wording.kept(proposal)
  return [remember(proposal, pullRequest)]
}

/**
 * Plans x pull requests x policy x now -> actions. Level-triggered: called twice on the same state, the second answer is
 * nothing. Upgrades that find no room under the limits are held with the reason.
 */
export function decide(standing: Standing, wording: Wording): Decision {
  const open_ = standing.proposals.filter(({ state }) => state === 'open')
  const actions: Action[] = open_.flatMap(proposal => {
    const outcome = standing.outcomes.find(({ branch }) => branch === proposal.branch)
    return tend(proposal, outcome, wording, standing.commanded.has(proposal.number))
  })
  const past = standing.proposals.filter(({ state, number }) => state !== 'open' && standing.commanded.has(number))
  actions.push(...past.map(proposal => remember(proposal, wording.kept(proposal))))
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
