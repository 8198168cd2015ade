import type { Action, Branch, Outcome, Proposal } from '../model.ts'
import { ONBOARDING_BRANCH } from './onboard.ts'

/** What is known of branches when a pass has decided what it does; `actions` are those. */
export type Left = {
  readonly branches: readonly Branch[]
  readonly proposals: readonly Proposal[]
  readonly outcomes: readonly Outcome[]
  readonly actions: readonly Action[]
  readonly now: Date
}

/** Milliseconds after closing in which its branch is deleted; whoever keeps it from that for longer means it. */
const DAY = 24 * 3_600_000

/**
 * Branches of ours that an interrupted pass has left behind: that of a pull request that we closed, or one for which none was opened and
 * none will be. What a person closed or merged keeps its branch.
 */
export function leftovers(left: Left): readonly Action[] {
  const opening = new Set(left.actions.flatMap(action => (action.do === 'open' ? [action.pullRequest.branch] : [])))
  return left.branches
    .filter(({ name, isOurs, isAsked }) => isOurs && !isAsked && !opening.has(name) && name !== ONBOARDING_BRANCH)
    .filter(branch => isOver(branch, left))
    .map(({ name, head }) => ({ do: 'delete', branch: name, head }))
}

function isOver({ name, head }: Branch, { proposals, outcomes, now }: Left): boolean {
  const ended = proposals.filter(proposal => proposal.branch === name && proposal.head === head)
  const isOurEnd = ({ state, memory, closedAt }: Proposal) =>
    state === 'closed' && memory.closed !== null && now.getTime() - Date.parse(closedAt ?? '') < DAY
  if (ended.length > 0) return ended.every(isOurEnd)
  const outcome = outcomes.find(({ branch }) => branch === name)
  return outcome === undefined || ['current', 'follows', 'declined'].includes(outcome.kind)
}
