import type { Grant, Memory, Proposal, Said } from '../../model.ts'
import { code } from '../../text/markdown.ts'
import { plural } from '../headline.ts'
import { scope } from './refused.ts'

/** Who said something, and when. */
export function saidBy({ by, at }: Pick<Said, 'by' | 'at'>): string {
  return `${code(by, 100)} at ${code(at, 40)}`
}

/** Who holds a pull request, since when and why. */
export function heldBy({ by, at, reason }: Said): string {
  return `held by ${code(by, 100)} since ${code(at, 40)}${reason === '' ? '' : `: ${code(reason, 300)}`}`
}

const GRANTED: Readonly<Record<Grant['what'], string>> = {
  approve: 'approved',
  promote: 'promoted',
  open: 'opened without waiting for schedule and limits',
  unignore: 'taken back what was refused',
}

function granted({ by, at, what, branch, version }: Grant): string {
  const which = version === '' ? '' : ` ${code(version, 100)}`
  return `${code(by, 100)} has ${GRANTED[what]}${which} on ${code(branch, 150)} at ${code(at, 40)}`
}

function asked({ wanted, mode, rollback, replans }: Memory): readonly string[] {
  return [
    ...(wanted ? [`${saidBy(wanted)} asked for ${code(wanted.version, 100)}`] : []),
    ...(mode ? [`${saidBy(mode)} asked for the mode ${code(mode.mode)}`] : []),
    ...(rollback ? [`${saidBy(rollback)} asked to take it back`] : []),
    ...(replans.length > 0 ? [`CI was red: ${plural(replans.length, 'attempt')} of mine since`] : []),
  ]
}

/** Where an upgrade stands, and who said what of it, a line each. `standing` is what the pass found out, as sentences. */
export function status({ memory, state, humanCommit }: Proposal, standing: string): string {
  const { component, from, to, environment, hold, ignored } = memory
  const where = environment === null ? '' : ` in ${code(environment, 100)}`
  const lines = [
    `${code(`${component} ${from} → ${to}`)}${where}: ${state}`,
    hold === null ? 'not held' : heldBy(hold),
    ...(humanCommit ? [`left alone, because ${code(humanCommit.author, 100)} has committed to the branch`] : []),
    ...asked(memory),
    ...ignored.map(one => `${code(one.by, 100)} refused ${scope(one.what, component, one.version)}`),
    ...memory.granted.map(granted),
    standing,
  ]
  return lines.map(line => `- ${line}`).join('\n')
}
