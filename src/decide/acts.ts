import {
  type Action,
  type Check,
  type Memory,
  NOTHING_SAID,
  type Plan,
  type Proposal,
  type PullRequest,
  type Replan,
  type Said,
  type TakeBack,
} from '../model.ts'
import { cut } from '../text/hidden.ts'
import { released } from './answer.ts'
import type { Gate } from './gate.ts'

/** How a plan reads as a pull request; given by the report room, so that deciding stays free of wording. */
export type Wording = {
  pullRequest(plan: Plan, memory: Memory, gate: Gate): PullRequest
  check(plan: Plan): Check
  message(plan: Plan): string
  closed(proposal: Proposal, reason: string): Pick<PullRequest, 'labels' | 'body'>
  /** The text as it stands, with the labels that the memory asks for. */
  kept(proposal: Proposal): Pick<PullRequest, 'labels' | 'body'>
  edited(proposal: Proposal, author: string): string
  /** Said when the CI of a pull request stays red and nothing more is tried. */
  stillRed(replan: Replan, reason: string): string
  /** The pull request that takes an upgrade back, its check, and its commit message. */
  rollback(takeBack: TakeBack): PullRequest
  rollbackCheck(takeBack: TakeBack): Check
  rollbackMessage(takeBack: TakeBack): string
  /** Said on a merged upgrade that is to be taken back and cannot be by reverting. */
  oneWay(upgrade: Proposal, why: Said, reason: string): string
}

/** Longest reason that a memory keeps, in UTF-16 units. */
const LONGEST_REASON = 500

/** A fresh memory for a plan; what people said on the pull request before is kept. */
export function memoryFor(plan: Plan, earlier: Memory | null): Memory {
  const { component, environment, from, to } = plan.upgrade
  return {
    ...released(earlier ?? NOTHING_SAID),
    component,
    environment,
    from,
    to: to.version,
    inputs: plan.inputs,
    oneWay: plan.rollback.possible ? null : cut(plan.rollback.says, LONGEST_REASON),
    saidEdited: null,
    closed: null,
  }
}

/** Brings an open pull request to a plan; its text says what the gate does. `earlier` is what it remembers by now. */
export function update(
  proposal: Proposal,
  plan: Plan,
  wording: Wording,
  gate: Gate,
  earlier: Memory = proposal.memory,
): Action {
  const memory = { ...memoryFor(plan, earlier), waits: gate.hold?.reason ?? null }
  return {
    do: 'update',
    number: proposal.number,
    head: proposal.head,
    pullRequest: wording.pullRequest(plan, memory, gate),
    commit: { message: wording.message(plan), base: plan.commit, files: plan.files },
    check: wording.check(plan),
    memory,
  }
}

/** Closes a pull request of ours with the reason. */
export function close(proposal: Proposal, reason: string, wording: Wording): Action {
  return {
    do: 'close',
    number: proposal.number,
    branch: proposal.branch,
    reason,
    pullRequest: wording.closed(proposal, reason),
    memory: { ...proposal.memory, closed: reason },
  }
}

/** A person's commit on our branch: we stop, and say so once for each head; what its text does not say is written all the same. */
export function standAside(proposal: Proposal, isUnsaid: boolean, wording: Wording): Action[] {
  const { humanCommit, memory, number } = proposal
  if (humanCommit === null || memory.saidEdited === humanCommit.sha)
    return isUnsaid ? [remember(proposal, memory, wording.kept(proposal))] : []
  return [
    { do: 'notice', number, key: `edited ${humanCommit.sha}`, text: wording.edited(proposal, humanCommit.author) },
    { do: 'remember', number, pullRequest: wording.kept(proposal), memory: { ...memory, saidEdited: humanCommit.sha } },
  ]
}

/** Writes down what a pull request remembers; `pullRequest` is its text with the labels that go with it. */
export function remember(
  proposal: Proposal,
  memory: Memory,
  pullRequest: Pick<PullRequest, 'labels' | 'body'>,
): Action {
  return { do: 'remember', number: proposal.number, pullRequest, memory }
}
