import type { Proposal, PullRequest } from '../model.ts'
import { code, neutralise } from '../text/markdown.ts'
import { title } from './headline.ts'
import { ourText } from './memory.ts'
import { check, pullRequest } from './pull-request.ts'

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

/** The text as it stands, with the labels that the memory asks for. */
function kept(proposal: Proposal): Pick<PullRequest, 'labels' | 'body'> {
  return { labels: heldLabels(proposal), body: ourText(proposal.body) }
}

/** Said once when a person has committed to our branch. */
function edited(proposal: Proposal, author: string): string {
  return [
    `${code(author)} has committed to ${code(proposal.branch)}, so I leave this branch alone from now on: nothing of it will be overwritten.`,
    'To hand it back, remove that commit from the branch, or close this pull request and delete the branch.',
  ].join(' ')
}

/** All wording that deciding needs, in one value. */
export const wording = { pullRequest, check, message: title, closed, kept, edited }

export { because, labels, title } from './headline.ts'
