import type { Command } from '../../config.ts'
import type { Obstacle, Proposal } from '../../model.ts'
import { code } from '../../text/markdown.ts'

/** Environments that are listed before the rest is counted. */
const LISTED = 12

function inState(verb: string, { state, memory }: Proposal): string {
  if (verb === 'rollback' && state === 'open')
    return 'This is not merged, so there is nothing to take back: close it, and its version is refused.'
  if (verb === 'rollback') return 'This was closed without being merged: there is nothing to take back.'
  if (state === 'merged') return `This is merged: \`${verb}\` is for pull requests that are open.`
  const back = memory.closed === null ? ' `/windlass unignore` lets its version be proposed again.' : ''
  return `This was closed without being merged: \`${verb}\` cannot change it.${back}`
}

function listed(names: readonly string[]): string {
  const left = names.length - LISTED
  const shown = names.slice(0, LISTED).map(name => code(name, 80))
  return `${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}`
}

function why(command: Command, obstacle: Obstacle, proposal: Proposal): string {
  const { memory } = proposal
  const { verb } = command
  switch (obstacle.kind) {
    case 'state':
      return inState(verb, proposal)
    case 'rollback':
      return `This pull request takes an upgrade back: \`${verb}\` is for upgrades.`
    case 'forgotten':
      return 'The hidden note of this pull request is lost, so I do not know which upgrade it was.'
    case 'other-version':
      return `A rollback takes exactly this change back, to ${code(memory.from, 100)}, and not to ${code(obstacle.version, 100)}.`
    case 'unknown-environment': {
      const { written, meant, known } = obstacle
      const help = meant === null ? `I know ${listed(known)}.` : `Did you mean ${code(`${verb} ${meant}`, 120)}?`
      return `I don't know the environment ${code(written, 80)}. ${help}`
    }
    case 'not-after':
      return `${code(obstacle.environment, 80)} does not come after ${memory.environment === null ? 'this, which belongs to no environment' : code(memory.environment, 80)}, as far as I know their order.`
    case 'nothing-after':
      return `I know no environment that comes after ${memory.environment === null ? 'this, which belongs to none' : code(memory.environment, 80)}. \`environments\` in the policy says the order.`
  }
}

/** Why a command cannot be done, and what can be done instead. */
export function cannot(command: Command, obstacle: Obstacle, proposal: Proposal): string {
  return `${why(command, obstacle, proposal)} Nothing was changed.`
}
