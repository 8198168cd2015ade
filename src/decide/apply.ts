import type { Command, Ignorable } from '../config.ts'
import type { Comment, Grant, Memory, Obstacle, Proposal, Said } from '../model.ts'
import { branchName } from '../text/branch.ts'
import { released } from './answer.ts'
import { environmentAfter, type Known } from './environments.ts'
import { refusedOn } from './refusals.ts'
import { isRollbackRefused } from './rollback.ts'

/** What a command makes of a memory: the same memory when nothing is left to write; `changed` is whether it was not so already. */
export type Applied = {
  readonly memory: Memory
  readonly changed: boolean
  /** The branch and the environment that it is about. */
  readonly branch: string
  readonly environment: string | null
}

type Verb = Command['verb']

/** Verbs that need a pull request in one of these states; the others are for all of them. */
const STATES: Readonly<Partial<Record<Verb, readonly Proposal['state'][]>>> = {
  hold: ['open'],
  resume: ['open'],
  rebase: ['open'],
  retry: ['open'],
  to: ['open'],
  mode: ['open'],
  approve: ['open', 'merged'],
  promote: ['open', 'merged'],
  step: ['open', 'merged'],
  rollback: ['merged'],
}

/** Verbs that are about an upgrade and its version. */
const ABOUT_UPGRADES: readonly Verb[] = ['to', 'approve', 'promote', 'step', 'rollback', 'ignore', 'unignore']

/** What stands in the way of a command on this pull request, whoever gives it; null when nothing does. */
function obstacle({ state, memory }: Proposal, command: Command): Obstacle | null {
  const { verb } = command
  if (ABOUT_UPGRADES.includes(verb) && memory.kind === 'rollback') return { kind: 'rollback' }
  if (!(STATES[verb]?.includes(state) ?? true)) return { kind: 'state' }
  if (ABOUT_UPGRADES.includes(verb) && memory.to === '') return { kind: 'forgotten' }
  if (verb === 'rollback' && command.to !== null && command.to !== memory.from)
    return { kind: 'other-version', version: command.to }
  return null
}

/** A command on its way: where it was said, by whom and when, and what is known. */
type Asked = { readonly proposal: Proposal; readonly said: Said; readonly known: Known }

function keep({ proposal: { memory, branch } }: Asked, changed: boolean): Applied {
  return { memory, changed, branch, environment: memory.environment }
}

function change(asked: Asked, changes: Partial<Memory>): Applied {
  return { ...keep(asked, true), memory: { ...asked.proposal.memory, ...changes } }
}

/** Says what was not said before, or keeps it as it was said. */
function once(asked: Asked, earlier: Said | null | undefined, changes: Partial<Memory>): Applied {
  return earlier ? keep(asked, false) : change(asked, changes)
}

/** Has the branch written anew; one that is held, or that a person has committed to, is left alone. */
function rewrite(asked: Asked, changes: Partial<Memory>): Applied {
  const { memory, humanCommit } = asked.proposal
  return memory.hold || humanCommit ? keep(asked, false) : change(asked, { ...changes, inputs: '' })
}

/** A hold of our own, because CI stayed red, does not stand in the way of trying again. */
function retry(asked: Asked): Applied {
  const { proposal } = asked
  return rewrite({ ...asked, proposal: { ...proposal, memory: released(proposal.memory) } }, { replans: [] })
}

function to(asked: Asked, version: string): Applied {
  const { memory } = asked.proposal
  if (memory.wanted?.version === version) return once(asked, memory.wanted, {})
  return rewrite(asked, { wanted: { ...asked.said, version } })
}

function ignore(asked: Asked, what: Ignorable): Applied {
  const { memory, branch } = asked.proposal
  const { ignored } = refusedOn(branch, asked.known)
  const earlier = ignored.find(one => one.what === what && one.version === memory.to)
  return once(asked, earlier, { ignored: [...memory.ignored, { ...asked.said, what, version: memory.to }] })
}

/** Asked for again after somebody closed the pull request that took it back, it counts anew. */
function rollback(asked: Asked): Applied {
  const { proposal, said, known } = asked
  const earlier = isRollbackRefused(proposal, known.proposals) ? null : proposal.memory.rollback
  return once(asked, earlier, { rollback: said })
}

/** With one grant more; it takes the place of an earlier one of its kind, since a memory has little room. */
function withGrant(granted: readonly Grant[], given: Grant): readonly Grant[] {
  return [...granted.filter(({ what, branch }) => what !== given.what || branch !== given.branch), given]
}

function unignore(asked: Asked): Applied {
  const { said, known } = asked
  const { branch, memory } = asked.proposal
  const { ignored, closed } = refusedOn(branch, known)
  if (ignored.length + closed.length === 0) return keep(asked, false)
  const granted = withGrant(memory.granted, { ...said, what: 'unignore', branch, version: '' })
  return change(asked, { granted, ignored: [] })
}

type Target = { readonly branch: string; readonly environment: string | null }

function grant(asked: Asked, what: 'approve' | 'promote', { branch, environment }: Target): Applied {
  const { granted, to: version } = asked.proposal.memory
  const earlier = granted.find(one => one.what === what && one.branch === branch && one.version === version)
  const applied = once(asked, earlier, { granted: withGrant(granted, { ...asked.said, what, branch, version }) })
  return { ...applied, branch, environment }
}

function grantAfter(asked: Asked, what: 'approve' | 'promote', written: string | null): Applied | Obstacle {
  const { memory } = asked.proposal
  const environment = environmentAfter(memory, written, asked.known)
  if (typeof environment === 'object') return environment
  return grant(asked, what, { environment, branch: branchName(environment, memory.component) })
}

/** What a command changes in the memory of its pull request, or why it cannot be done. Applied again it changes nothing more. */
export function apply(
  proposal: Proposal,
  command: Command,
  { author, at }: Pick<Comment, 'author' | 'at'>,
  known: Known,
): Applied | Obstacle {
  const { memory, branch } = proposal
  const asked: Asked = { proposal, said: { by: author, at, reason: '' }, known }
  const stands = obstacle(proposal, command)
  if (stands !== null) return stands
  switch (command.verb) {
    case 'hold':
      return once(asked, memory.hold, { hold: { ...asked.said, reason: command.reason } })
    case 'resume':
      return memory.hold === null ? keep(asked, false) : change(asked, { hold: null })
    case 'rebase':
      return rewrite(asked, {})
    case 'retry':
      return retry(asked)
    case 'to':
      return to(asked, command.version)
    case 'ignore':
      return ignore(asked, command.what)
    case 'unignore':
      return unignore(asked)
    case 'approve':
    case 'promote':
      return grantAfter(asked, command.verb, command.environment)
    case 'step':
      return grant(asked, 'promote', { branch, environment: memory.environment })
    case 'rollback':
      return rollback(asked)
    case 'mode':
      return once(asked, memory.mode?.mode === command.mode ? memory.mode : null, {
        mode: { ...asked.said, mode: command.mode },
      })
    case 'help':
    case 'status':
    case 'plan':
    case 'diff':
    case 'explain':
    case 'merge':
      return keep(asked, false)
  }
}
