import { createHash } from 'node:crypto'
import {
  type Action,
  type Health,
  type Memory,
  NOTHING_SAID,
  type Outcome,
  type Proposal,
  type Said,
  type TakeBack,
} from '../model.ts'
import { cut, oneLine } from '../text/hidden.ts'
import { close, remember, standAside, type Wording } from './acts.ts'
import { elder } from './elder.ts'

/** The branch of the pull request that takes back what the upgrade of a branch brought. */
export function rollbackBranch(branch: string): string {
  return branch.replace(/^windlass\//, 'windlass/rollback/')
}

/** Whether a pull request takes an upgrade back: its branch says so even when its note is gone, an upgrade's has one part less. */
export function isRollback({ branch }: Pick<Proposal, 'branch'>): boolean {
  return /^windlass\/rollback\/[^/]+\/[^/]+$/.test(branch)
}

/** Longest reason that a memory keeps, in UTF-16 units. */
const LONGEST_REASON = 300

/** A merged upgrade that is to be taken back, and who or what says so. */
export type Due = { readonly upgrade: Proposal; readonly why: Said }

/** What is known when it is asked what is to be taken back; `health` by the branch of the upgrade. */
export type Merged = {
  readonly proposals: readonly Proposal[]
  readonly outcomes: readonly Outcome[]
  readonly health: ReadonlyMap<string, Health>
}

const time = (iso: string) => Date.parse(iso)

/** The newest merged upgrade of every branch, where its version still stands on the default branch. */
function standing({
  proposals,
  outcomes,
}: Pick<Merged, 'proposals' | 'outcomes'>): readonly (Proposal & { readonly mergedAt: string })[] {
  const merged = proposals.flatMap(proposal => {
    const { state, mergedAt, mergeCommit } = proposal
    const isUpgrade = state === 'merged' && proposal.memory.kind === 'upgrade' && proposal.memory.to !== ''
    return isUpgrade && mergedAt !== null && mergeCommit !== null ? [{ ...proposal, mergedAt }] : []
  })
  return merged.filter(({ branch, mergedAt, memory }) => {
    const isNewest = !merged.some(other => other.branch === branch && time(other.mergedAt) > time(mergedAt))
    return isNewest && outcomes.some(outcome => outcome.branch === branch && outcome.from === memory.to)
  })
}

/** Pull requests that take this very merge back, open and past. */
function answersTo({ branch, memory, mergedAt }: Proposal, proposals: readonly Proposal[]): readonly Proposal[] {
  return proposals.filter(
    other =>
      other.branch === rollbackBranch(branch) &&
      time(other.openedAt) >= time(mergedAt ?? '') &&
      (other.memory.from === memory.to || other.memory.from === ''),
  )
}

/** What turned red after the merge, in the words of who reported it. */
function redSince(health: Health | undefined, mergedAt: string): Said | null {
  if (health?.kind !== 'failed' || time(health.at) < time(mergedAt)) return null
  const red = health.evidence.find(({ state }) => state === 'failure')
  const says = red === undefined ? 'health failed' : `${red.via} ${red.name} by ${red.by}: ${red.says}`
  return { by: 'windlass', at: health.at, reason: cut(oneLine(says), LONGEST_REASON) }
}

/** Whether a person closed a pull request that took it back, and nobody has asked again since. */
function isRefused(earlier: readonly Proposal[], asked: Said | null): boolean {
  return earlier.some(
    ({ state, memory, openedAt }) =>
      state === 'closed' && memory.closed === null && (asked === null || time(asked.at) <= time(openedAt)),
  )
}

/** Whether a person closed the pull request that took a merged upgrade back as it was asked for last. */
export function isRollbackRefused(upgrade: Proposal, proposals: readonly Proposal[]): boolean {
  return isRefused(answersTo(upgrade, proposals), upgrade.memory.rollback)
}

/**
 * What is to be taken back: merged upgrades whose version still stands, for which a person asked or whose health is red since. One that
 * was taken back already, or whose rollback a person closed, is not; a rollback is never rolled back.
 */
export function due(merged: Merged): readonly Due[] {
  return standing(merged).flatMap((upgrade): readonly Due[] => {
    const earlier = answersTo(upgrade, merged.proposals)
    const open = earlier.find(({ state }) => state === 'open')
    const asked = upgrade.memory.rollback
    const why = open?.memory.rollback ?? asked ?? redSince(merged.health.get(upgrade.branch), upgrade.mergedAt)
    const isDone = earlier.some(({ state }) => state === 'merged')
    if (why === null || isDone || (open === undefined && isRefused(earlier, asked))) return []
    return [{ upgrade, why }]
  })
}

/** What the pull request that takes an upgrade back remembers; `earlier` keeps what people said on it. */
function memoryOf({ upgrade, why, revert }: TakeBack, earlier: Memory): Memory {
  const { environment, component, from, to } = upgrade.memory
  const content = JSON.stringify([from, to, why.reason, revert.ok ? [...revert.files] : []])
  const inputs = createHash('sha256').update(content).digest('hex').slice(0, 32)
  return { ...earlier, kind: 'rollback', environment, component, from: to, to: from, inputs, rollback: why }
}

/** Where the actions of a pass about rollbacks come from. */
type Standing = {
  readonly proposals: readonly Proposal[]
  readonly outcomes: readonly Outcome[]
  readonly takeBacks: readonly TakeBack[]
  readonly unsaid: ReadonlySet<number>
  readonly foreign: ReadonlySet<string>
}

/** Opens, updates and closes the pull requests that take upgrades back, and says once where that cannot be done by reverting. */
export function takeBack(standing: Standing, wording: Wording): readonly Action[] {
  const all = standing.proposals.filter(proposal => proposal.state === 'open' && isRollback(proposal))
  const open = all.filter(proposal => !elder(proposal, all))
  const wanted = new Map(standing.takeBacks.map(one => [rollbackBranch(one.upgrade.branch), one]))
  const tended = open.flatMap(proposal => tend(proposal, wanted.get(proposal.branch), standing, wording))
  const fresh = [...wanted].filter(([branch]) => !open.some(proposal => proposal.branch === branch))
  return [...tended, ...fresh.flatMap(([branch, one]) => (standing.foreign.has(branch) ? [] : begin(one, wording)))]
}

function begin(one: TakeBack, wording: Wording): readonly Action[] {
  const { upgrade, why, revert } = one
  if (!revert.ok) return say(upgrade, why, revert.reason, wording)
  const memory = memoryOf(one, NOTHING_SAID)
  const commit = { message: wording.rollbackMessage(one), base: one.commit, files: revert.files }
  return [{ do: 'open', pullRequest: wording.rollback(one), commit, check: wording.rollbackCheck(one), memory }]
}

/** Said once for each reason, on the pull request that brought the version. */
function say(upgrade: Proposal, why: Said, reason: string, wording: Wording): readonly Action[] {
  const { memory, number } = upgrade
  const said = cut(reason, LONGEST_REASON)
  if (memory.saidRollback === said) return []
  return [
    { do: 'notice', number, key: 'rollback', text: wording.oneWay(upgrade, why, reason) },
    remember(upgrade, { ...memory, saidRollback: said }, wording.kept(upgrade)),
  ]
}

/** What to do about one open pull request that takes an upgrade back. */
function tend(proposal: Proposal, one: TakeBack | undefined, standing: Standing, wording: Wording): readonly Action[] {
  const { memory, number } = proposal
  const over = whyOver(proposal, standing)
  if (over !== null) return [close(proposal, over, wording)]
  if (proposal.humanCommit) return standAside(proposal, standing.unsaid.has(proposal.number), wording)
  const next = one?.revert.ok ? memoryOf(one, memory) : memory
  if (one?.revert.ok && next.inputs !== memory.inputs && memory.hold === null) {
    const commit = { message: wording.rollbackMessage(one), base: one.commit, files: one.revert.files }
    const check = wording.rollbackCheck(one)
    return [
      { do: 'update', number, head: proposal.head, pullRequest: wording.rollback(one), commit, check, memory: next },
    ]
  }
  return standing.unsaid.has(number) ? [remember(proposal, memory, wording.kept(proposal))] : []
}

/** Why nothing is left to take back; null while the version stands, or when nobody can tell. */
function whyOver({ branch, memory }: Proposal, { outcomes }: Standing): string | null {
  if (memory.from === '') return null
  const outcome = outcomes.find(other => rollbackBranch(other.branch) === branch)
  if (outcome === undefined)
    return `${memory.component} is not in the repository any more: nothing is left to take back.`
  return outcome.from === memory.from
    ? null
    : `The default branch has ${memory.component} ${outcome.from} by now: nothing is left to take back.`
}

/** Why a version is not proposed again: it was rolled back. Null when it never was. */
export function rolledBack(branch: string, proposals: readonly Proposal[]): (version: string) => string | null {
  const merged = proposals.filter(({ state, branch: other }) => state === 'merged' && other === rollbackBranch(branch))
  return version => {
    const found = merged.findLast(({ memory }) => memory.from === version)
    return found === undefined ? null : `${version} was rolled back in #${found.number}`
  }
}

/** Why a version goes no further from the environment of this branch: it is being taken back there. Null when it is not. */
export function beingTakenBack(branch: string, proposals: readonly Proposal[]): (version: string) => string | null {
  const [newest] = proposals
    .filter(proposal => proposal.branch === branch && proposal.state === 'merged')
    .toSorted((a, b) => time(b.mergedAt ?? '') - time(a.mergedAt ?? ''))
  const open = proposals.filter(proposal => proposal.branch === rollbackBranch(branch) && proposal.state === 'open')
  return version => {
    const answer = open.find(({ memory }) => memory.from === version)
    if (answer !== undefined)
      return `#${answer.number} takes ${version} back in ${answer.memory.environment ?? 'the environment before'}`
    const { memory, number } = newest ?? {}
    if (memory?.to !== version || memory.rollback === null) return null
    return `${memory.rollback.by} asked in #${number} to take ${version} back`
  }
}
