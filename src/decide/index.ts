import type { Policy } from '../config.ts'
import type { Action, Grant, Hold, Outcome, Plan, Proposal, TakeBack } from '../model.ts'
import { compareTexts } from '../text/order.ts'
import { close, memoryFor, remember, standAside, update, type Wording } from './acts.ts'
import { isOwnHold, released } from './answer.ts'
import { elder } from './elder.ts'
import { type Gate, OPEN_GATE } from './gate.ts'
import { replan } from './replan.ts'
import { isRollback, takeBack } from './rollback.ts'
import { awaiting, isUrgent, room } from './room.ts'

export type { Wording }

export type Standing = {
  readonly outcomes: readonly Outcome[]
  /** Merged upgrades that are to be taken back. */
  readonly takeBacks: readonly TakeBack[]
  readonly proposals: readonly Proposal[]
  /** Numbers of pull requests whose text does not say their memory: it was changed in this pass, or somebody removed the note. */
  readonly unsaid: ReadonlySet<number>
  /** Branches with our names that hold somebody else's commit. */
  readonly foreign: ReadonlySet<string>
  /** What the gates between environments say of planned upgrades, by branch; one that is not listed is open. */
  readonly gates: ReadonlyMap<string, Gate>
  readonly grants: readonly Grant[]
  readonly policy: Policy
  readonly now: Date
}

export type Decision = {
  readonly actions: readonly Action[]
  /** Upgrades that are not proposed now, whoever found that out. */
  readonly held: readonly Held[]
}

/** An upgrade that waits, to which version, and why. */
export type Held = { readonly outcome: Outcome; readonly to: string } & Hold

/** The action that opens the pull request of a plan. */
export function open(
  plan: Plan,
  wording: Pick<Wording, 'pullRequest' | 'message' | 'check'>,
  gate: Gate = OPEN_GATE,
): Extract<Action, { do: 'open' }> {
  const memory = memoryFor(plan, null)
  return {
    do: 'open',
    pullRequest: wording.pullRequest(plan, memory, gate),
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

/** Whether opening it ended before its last write, which has the text and the labels: what is held gets them all the same. */
function isUnfinished({ memory }: Proposal, { upgrade }: Plan): boolean {
  return memory.inputs === '' && memory.to === upgrade.to.version
}

/** What to do about one open pull request. */
function tend(
  proposal: Proposal,
  outcome: Outcome | undefined,
  wording: Wording,
  { unsaid, gates }: Standing,
): readonly Action[] {
  if (outcome?.kind !== 'planned') {
    const ending = withoutPlan(proposal, outcome, wording)
    if (ending.length > 0) return ending
  }
  if (proposal.humanCommit) return standAside(proposal, unsaid.has(proposal.number), wording)
  const planned = outcome?.kind === 'planned' ? outcome.plan : null
  const gate = gates.get(proposal.branch) ?? OPEN_GATE
  const answered = replan(proposal, outcome, gate, wording)
  if (answered !== null) return answered
  const stale = planned !== null && proposal.memory.inputs !== planned.inputs
  if (stale && released(proposal.memory).hold === null) return [update(proposal, planned, wording, gate)]
  const waits = planned === null ? proposal.memory.waits : (gate.hold?.reason ?? null)
  const isGreenAgain = isOwnHold(proposal.memory) && proposal.ci.kind === 'passed'
  if (!unsaid.has(proposal.number) && waits === proposal.memory.waits && !isGreenAgain) return []
  const memory = { ...(isGreenAgain ? released(proposal.memory) : proposal.memory), waits }
  const isSame = planned !== null && (!stale || isUnfinished(proposal, planned))
  const pullRequest = isSame ? wording.pullRequest(planned, memory, gate) : wording.kept({ ...proposal, memory })
  return [remember(proposal, memory, pullRequest)]
}

/**
 * Plans x pull requests x gates x policy x now -> actions. Level-triggered: called twice on the same state, the second answer is
 * nothing. Upgrades that find no room under the limits are held with the reason.
 */
export function decide(standing: Standing, wording: Wording): Decision {
  const open_ = standing.proposals.filter(({ state }) => state === 'open')
  const doubles = open_.flatMap(proposal => {
    const first = elder(proposal, open_)
    return first ? [close(proposal, `#${first.number} is the pull request for this already.`, wording)] : []
  })
  const tended = open_
    .filter(proposal => !isRollback(proposal) && !elder(proposal, open_))
    .flatMap(proposal => {
      const outcome = standing.outcomes.find(({ branch }) => branch === proposal.branch)
      return tend(proposal, outcome, wording, standing)
    })
  const past = standing.proposals
    .filter(({ state, number }) => state !== 'open' && standing.unsaid.has(number))
    .map(proposal => remember(proposal, proposal.memory, wording.kept(proposal)))
  const fresh = standing.outcomes.filter(
    (outcome): outcome is Planned =>
      outcome.kind === 'planned' && !open_.some(({ branch }) => branch === outcome.branch),
  )
  const { opened, held } = admit(fresh, standing)
  const waiting = standing.outcomes.flatMap(outcome => (outcome.kind === 'held' ? [{ ...outcome, outcome }] : []))
  return {
    actions: [
      ...past,
      ...doubles,
      ...takeBack(standing, wording),
      ...tended,
      ...opened.map(({ plan, branch }) => open(plan, wording, standing.gates.get(branch))),
    ],
    held: [...waiting, ...held],
  }
}

type Planned = Outcome & { readonly kind: 'planned' }

/** Which of the upgrades without a pull request get one now: those that a person asked for first, the others while there is room. */
function admit(fresh: readonly Planned[], standing: Standing): { opened: Planned[]; held: Held[] } {
  const { grants, proposals, policy, now } = standing
  const { left, full } = room(proposals, policy, now)
  const opened: Planned[] = []
  const held: Held[] = []
  const urgent = fresh.filter(outcome => isUrgent(outcome, grants))
  for (const outcome of [...urgent, ...fresh.filter(each => !urgent.includes(each))]) {
    const isAsked = urgent.includes(outcome)
    const hold =
      obstacle(outcome, standing) ??
      (isAsked ? null : (awaiting(outcome, policy, now) ?? (opened.length < left ? null : full)))
    if (hold === null) opened.push(outcome)
    else held.push({ outcome, to: outcome.plan.upgrade.to.version, ...hold })
  }
  return { opened, held }
}

/** What nobody can overrule by asking for it. */
function obstacle({ branch }: Planned, { foreign, gates }: Standing): Hold | null {
  if (!foreign.has(branch)) return gates.get(branch)?.hold ?? null
  const reason = 'the branch exists and its last commit is not ours: delete or rename it'
  return { because: 'foreign', reason, until: null }
}
