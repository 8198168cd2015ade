import type { Memory, Plan, Proposal, PullRequest } from '../model.ts'
import { code, neutralise } from '../text/markdown.ts'
import { title } from './headline.ts'
import { ourText } from './memory.ts'
import { check, pullRequest as planned } from './pull-request.ts'
import { stillRed, withCi } from './replan.ts'
import { oneWay, rollback, rollbackCheck, rollbackMessage } from './rollback.ts'

function heldLabels({ labels, memory }: Proposal): readonly string[] {
  const others = labels.filter(label => label !== 'windlass/hold' && label !== 'windlass/waits')
  return [
    ...others,
    ...(memory.hold === null ? [] : ['windlass/hold']),
    ...(memory.waits === null ? [] : ['windlass/waits']),
  ]
}

/** The body of a pull request that we close: its text as it was, with the reason above it. */
function closed(proposal: Proposal, reason: string): Pick<PullRequest, 'labels' | 'body'> {
  return { labels: proposal.labels, body: `> **Closed**: ${neutralise(reason)}\n\n${ourText(proposal.body)}` }
}

/** The text as it stands, with what the memory says about CI and the labels that it asks for. */
function kept(proposal: Proposal): Pick<PullRequest, 'labels' | 'body'> {
  return { labels: heldLabels(proposal), body: withCi(ourText(proposal.body), proposal.memory) }
}

/** The pull request of a plan, with what its memory says about CI. */
function pullRequest(plan: Plan, memory: Memory, gate?: Parameters<typeof planned>[2]): PullRequest {
  const made = planned(plan, memory, gate)
  return { ...made, body: withCi(made.body, memory) }
}

/** Said once when a person has committed to our branch. */
function edited(proposal: Proposal, author: string): string {
  return [
    `${code(author)} has committed to ${code(proposal.branch)}, so I leave this branch alone from now on: nothing of it will be overwritten.`,
    'To hand it back, remove that commit from the branch, or close this pull request and delete the branch.',
  ].join(' ')
}

/** All wording that deciding needs, in one value. */
export const wording = {
  pullRequest,
  check,
  message: title,
  closed,
  kept,
  edited,
  stillRed,
  rollback,
  rollbackCheck,
  rollbackMessage,
  oneWay,
}

export { because, labels, title } from './headline.ts'
