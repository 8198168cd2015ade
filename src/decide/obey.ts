import type { Policy } from '../config.ts'
import type { Comment, Memory, Permission, Proposal } from '../model.ts'
import { type Command, parseCommand } from './command.ts'

/** What a comment came to; the report room puts it into words. */
export type Answer = { readonly comment: Comment; readonly proposal: Proposal } & (
  | { readonly kind: 'done'; readonly command: Command }
  | { readonly kind: 'misspelt'; readonly word: string; readonly meant: string | null }
  | { readonly kind: 'refused'; readonly command: Command; readonly needs: Permission }
)

export type Obeyed = {
  readonly proposals: readonly Proposal[]
  readonly answers: readonly Answer[]
  /** Numbers of the pull requests whose memory has changed. */
  readonly commanded: ReadonlySet<number>
}

const ORDER: readonly Permission[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin']

/** Whether a permission is at least another one. */
function reaches(has: Permission, needs: Permission): boolean {
  return ORDER.indexOf(has) >= ORDER.indexOf(needs)
}

/** What a command changes in the memory of the pull request; the same memory when it changes nothing. */
function apply(memory: Memory, command: Command, { author, at }: Comment): Memory {
  const said = { by: author, at }
  switch (command.verb) {
    case 'hold':
      return { ...memory, hold: { ...said, reason: command.reason } }
    case 'resume':
      return { ...memory, hold: null }
    case 'rebase':
      return { ...memory, inputs: '' }
    case 'ignore':
      if (memory.ignored.some(entry => entry.by === author && entry.at === at)) return memory
      return {
        ...memory,
        ignored: [...memory.ignored, { ...said, reason: '', what: command.what, version: memory.to }],
      }
    default:
      return memory
  }
}

/** Comments -> what they change in memories, and what each is to be told. Later comments see what earlier ones did. */
export function obey(comments: readonly Comment[], proposals: readonly Proposal[], policy: Policy): Obeyed {
  const current = new Map(proposals.map(proposal => [proposal.number, proposal]))
  const commanded = new Set<number>()
  const answers: Answer[] = []
  for (const comment of comments) {
    const proposal = current.get(comment.number)
    const parsed = parseCommand(comment.body)
    if (proposal === undefined || parsed.kind === 'none') continue
    if (parsed.kind === 'misspelt') {
      answers.push({ kind: 'misspelt', comment, proposal, word: parsed.word, meant: parsed.meant })
      continue
    }
    const { command } = parsed
    const needs = command.verb === 'help' ? 'none' : (policy.commands[command.verb] ?? 'write')
    if (!reaches(comment.permission, needs)) {
      answers.push({ kind: 'refused', comment, proposal, command, needs })
      continue
    }
    const memory = apply(proposal.memory, command, comment)
    if (memory !== proposal.memory) {
      commanded.add(proposal.number)
      current.set(proposal.number, { ...proposal, memory })
    }
    answers.push({ kind: 'done', comment, proposal: { ...proposal, memory }, command })
  }
  return { proposals: [...current.values()], answers, commanded }
}
