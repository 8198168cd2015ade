import type { Proposal } from '../model.ts'
import { series } from '../text/order.ts'
import { rolledBack } from './rollback.ts'

/** Why a version is not proposed any more, null when nobody said no. */
export type Refusal = (version: string) => string | null

/** What people refused for one branch: by closing our pull request, with `/windlass ignore`, or by taking it back. */
export function refusals(branch: string, proposals: readonly Proposal[]): Refusal {
  const past = proposals.filter(proposal => proposal.branch === branch)
  const ignored = past.flatMap(({ number, memory }) => memory.ignored.map(entry => ({ ...entry, number })))
  const closed = past.filter(({ state, memory }) => state === 'closed' && memory.closed === null && memory.to !== '')
  const back = rolledBack(branch, proposals)
  return version => {
    for (const { what, version: said, by, number } of ignored) {
      const hit =
        what === 'component' ||
        (what === 'version' && version === said) ||
        (what === 'minor' && series(version, 'minor') === series(said, 'minor')) ||
        (what === 'major' && series(version, 'major') === series(said, 'major'))
      if (hit) return `${by} ignored ${what === 'component' ? 'this component' : `${what} ${said}`} in #${number}`
    }
    const refused = closed.find(({ memory }) => memory.to === version)
    return refused ? `#${refused.number} was closed: ${version} is refused` : back(version)
  }
}
