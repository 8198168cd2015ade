import type { Policy } from '../config.ts'
import type { Answer, Comment, Grant, Permission, Pin, Proposal } from '../model.ts'
import { apply } from './apply.ts'
import { type Command, type Parsed, parseCommand } from './command.ts'
import type { Known } from './environments.ts'

export type Obeyed = {
  readonly proposals: readonly Proposal[]
  readonly answers: readonly Answer[]
  /** Numbers of the pull requests whose memory has changed. */
  readonly commanded: ReadonlySet<number>
}

/** What commands are measured by: the policy, where components stand, and what the dashboard grants. */
export type Sight = {
  readonly policy: Policy
  readonly pins: readonly Pick<Pin, 'component' | 'environment'>[]
  readonly granted: readonly Grant[]
}

/** Comments whose commands a memory keeps in mind; a reply comes with the same pass, or with one of the next. */
const REMEMBERED = 10

const ORDER: readonly Permission[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin']

/** Whether a permission is at least another one. */
function reaches(has: Permission, needs: Permission): boolean {
  return ORDER.indexOf(has) >= ORDER.indexOf(needs)
}

/** The verb that was written or probably meant, null for none that is known. */
function verbOf(parsed: Exclude<Parsed, { kind: 'none' }>): string | null {
  return parsed.kind === 'command' ? parsed.command.verb : (parsed.meant?.split(' ')[0] ?? null)
}

function needsOf(verb: string | null, { commands }: Policy): Permission {
  return verb === 'help' ? 'none' : (commands[verb ?? ''] ?? 'write')
}

/** Whether the author is one of those whom the policy lets approve: by login, or as a member of a team (`organisation/team`). */
function isApprover({ author, teams }: Comment, approvers: readonly string[]): boolean {
  const names = [author, ...teams].map(name => name.toLowerCase())
  return approvers.length === 0 || approvers.some(approver => names.includes(approver.toLowerCase()))
}

type Heard = { readonly comment: Comment; readonly proposal: Proposal }

/** A command of somebody who may give it, with the memory that it leaves. */
function act({ comment, proposal }: Heard, command: Command, known: Known, { policy }: Sight): Answer {
  const about = { comment, proposal, branch: proposal.branch }
  const applied = apply(proposal, command, comment, known)
  if ('kind' in applied) return { ...about, kind: 'cannot', command, obstacle: applied }
  const { memory, branch, environment, changed } = applied
  const approvers = policy.environments.find(({ name }) => name === environment)?.approval ?? []
  if (command.verb === 'approve' && environment !== null && !isApprover(comment, approvers))
    return { ...about, kind: 'not-approver', environment, approvers }
  const isKnown = proposal.memory.obeyed.includes(comment.id)
  const obeyed = [...proposal.memory.obeyed.filter(id => id !== comment.id), comment.id].slice(-REMEMBERED)
  const next = memory === proposal.memory ? proposal : { ...proposal, memory: { ...memory, obeyed } }
  return { comment, proposal: next, branch, kind: 'done', command, environment, changed: changed || isKnown }
}

function answerTo(heard: Heard, parsed: Exclude<Parsed, { kind: 'none' }>, known: Known, sight: Sight): Answer {
  const { comment, proposal } = heard
  const about = { ...heard, branch: proposal.branch }
  const verb = verbOf(parsed)
  const needs = needsOf(verb, sight.policy)
  if (!reaches(comment.permission, needs)) return { ...about, kind: 'refused', verb, needs }
  if (comment.edited) return { ...about, kind: 'edited' }
  if (parsed.kind === 'misspelt') return { ...about, kind: 'misspelt', word: parsed.word, meant: parsed.meant }
  return act(heard, parsed.command, known, sight)
}

/**
 * Comments -> what they change in memories, and what each is to be told. Later comments see what earlier ones did. Who may not command is told
 * so once on each pull request.
 */
export function obey(comments: readonly Comment[], proposals: readonly Proposal[], sight: Sight): Obeyed {
  const current = new Map(proposals.map(proposal => [proposal.number, proposal]))
  const commanded = new Set<number>()
  const told = new Set<string>()
  const answers: Answer[] = []
  for (const comment of comments) {
    const proposal = current.get(comment.number)
    const parsed = parseCommand(comment.body)
    if (proposal === undefined || parsed.kind === 'none') continue
    const known = { ...sight, proposals: [...current.values()] }
    const answer = answerTo({ comment, proposal }, parsed, known, sight)
    const isDenied = answer.kind === 'refused' || answer.kind === 'not-approver'
    const person = `${comment.number} ${comment.author}`
    answers.push(
      isDenied && (comment.refused || told.has(person))
        ? { comment, proposal, branch: answer.branch, kind: 'silent' }
        : answer,
    )
    if (isDenied) told.add(person)
    if (answer.proposal.memory === proposal.memory) continue
    commanded.add(proposal.number)
    current.set(proposal.number, answer.proposal)
  }
  return { proposals: [...current.values()], answers, commanded }
}
