import type { Action, Outcome, Proposal } from '../model.ts'
import { remember, update, type Wording } from './acts.ts'
import { type Answer, answerTo, heldFor, remembered } from './answer.ts'
import type { Gate } from './gate.ts'

/** What the walk found, and what the gate before it does. */
type Found = { readonly outcome: Outcome; readonly gate: Gate }

/**
 * What is done about the red CI of an open pull request: the job is run again, the next lower version is proposed, or it is held and
 * said. Null when there is nothing to answer, or when other inputs replace the head anyway. `outcome` is what the walk found without
 * the versions whose CI is red.
 */
export function replan(
  proposal: Proposal,
  outcome: Outcome | undefined,
  gate: Gate,
  wording: Wording,
): readonly Action[] | null {
  const answer = answerTo(proposal)
  if (answer === null || outcome === undefined) return null
  const found = { outcome, gate }
  if (answer.replan.did === 'lower') return lower(proposal, answer, found, wording)
  const isStale = outcome.kind === 'planned' && outcome.plan.inputs !== proposal.memory.inputs
  if (isStale) return null
  return answer.replan.did === 'rerun'
    ? rerun(proposal, answer, found, wording)
    : hold(proposal, answer, answer.why, found, wording)
}

/** A crash between the two runs the job again once more, which GitHub refuses while it runs. */
function rerun(proposal: Proposal, { replan, jobs }: Answer, found: Found, wording: Wording): readonly Action[] {
  const memory = remembered(proposal.memory, replan)
  const { number } = proposal
  return [
    ...jobs.map((job): Action => ({ do: 'rerun', number, job })),
    remember(proposal, memory, textWith(proposal, memory, found, wording)),
  ]
}

/** Remembered before the branch moves: after a crash between the two the next pass still knows which version was red. */
function lower(proposal: Proposal, answer: Answer, found: Found, wording: Wording): readonly Action[] {
  const { memory } = proposal
  const { outcome, gate } = found
  if (outcome.kind === 'planned' && outcome.plan.upgrade.to.version !== memory.to) {
    const next = { ...remembered(memory, answer.replan), inputs: '' }
    const kept = wording.kept({ ...proposal, memory: next })
    return [remember(proposal, next, kept), update(proposal, outcome.plan, wording, gate, next)]
  }
  if (outcome.kind !== 'held') return []
  const none = outcome.because === 'ci' ? 'there is no other version to try' : `${outcome.to} waits: ${outcome.reason}`
  return hold(proposal, answer, `CI is red with ${memory.to}, and ${none}`, found, wording)
}

function hold(
  proposal: Proposal,
  { replan }: Answer,
  reason: string,
  found: Found,
  wording: Wording,
): readonly Action[] {
  const memory = heldFor(proposal.memory, replan, reason)
  const text = wording.stillRed(replan, reason)
  return [
    { do: 'notice', number: proposal.number, key: `ci ${proposal.head}`, text },
    remember(proposal, memory, textWith(proposal, memory, found, wording)),
  ]
}

/** The text of the pull request with what it remembers now: written anew where its plan is at hand, else as it stands. */
function textWith(proposal: Proposal, memory: Proposal['memory'], { outcome, gate }: Found, wording: Wording) {
  return outcome.kind === 'planned'
    ? wording.pullRequest(outcome.plan, memory, gate)
    : wording.kept({ ...proposal, memory })
}
