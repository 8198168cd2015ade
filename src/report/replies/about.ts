import type { Hold, Outcome } from '../../model.ts'
import { code } from '../../text/markdown.ts'
import { sentence } from '../summary.ts'

/** What the pass found out about the branch that an answer is about: how the walk ended there, and what keeps it back; each null when there is nothing. */
export type About = {
  readonly outcome: Outcome | null
  readonly held: Pick<Hold, 'reason' | 'until'> | null
}

/** A reason with the time when it is looked at again. */
export function waitingFor({ reason, until }: Pick<Hold, 'reason' | 'until'>): string {
  const again = until === null ? '' : ` (I look again at ${code(until, 40)})`
  return `${sentence(reason)}${again}.`
}

/** Why the branch has no upgrade that could be shown, as sentences; null when it has one. */
export function withoutPlan({ outcome }: About): string | null {
  if (outcome === null) return 'Its component does not stand in the repository any more.'
  switch (outcome.kind) {
    case 'planned':
      return null
    case 'held':
      return `${code(`${outcome.component} ${outcome.to}`)} is not proposed now: ${waitingFor(outcome)}`
    case 'current':
      return `The default branch has ${code(`${outcome.component} ${outcome.from}`)}, and nothing newer is to be proposed.`
    case 'follows':
      return `It moves to ${code(outcome.to)} together with ${code(outcome.leader)}, in the pull request of that one.`
    case 'declined':
      return `Nothing is proposed: ${sentence(outcome.reason)}`
    case 'unknown':
      return `It could not be found out: ${sentence(outcome.reason)}`
  }
}

/** What keeps the branch back, or that nothing does. */
export function standing(about: About): string {
  const { outcome, held } = about
  if (outcome?.kind !== 'planned') return withoutPlan(about) ?? ''
  return held === null ? 'Nothing holds it now.' : `Not yet: ${waitingFor(held)}`
}
