import type { Grant, Memory, Proposal } from '../model.ts'
import { compareTexts, series } from '../text/order.ts'
import { rolledBack } from './rollback.ts'

/** Why a version is not proposed any more, null when nobody said no. */
export type Refusal = (version: string) => string | null

type Ignored = Memory['ignored'][number]

/** Where refusals stand, and what takes them back: our pull requests, and what the dashboard grants. */
export type Sources = { readonly proposals: readonly Proposal[]; readonly granted: readonly Grant[] }

/** What people refused for a branch and did not take back: with `/windlass ignore`, or by closing a pull request. */
export type Refused = {
  readonly ignored: readonly (Ignored & { readonly number: number })[]
  readonly closed: readonly Proposal[]
}

/** When somebody last said `unignore` for a branch, in milliseconds; before all time when nobody did. */
function forgiven(branch: string, { proposals, granted }: Sources): number {
  const grants = [...proposals.flatMap(({ memory }) => memory.granted), ...granted]
  const times = grants.filter(grant => grant.what === 'unignore' && grant.branch === branch)
  return Math.max(Number.NEGATIVE_INFINITY, ...times.map(({ at }) => Date.parse(at)))
}

/** What still counts of what was refused for one branch. Where it is not known when, it counts. */
export function refusedOn(branch: string, sources: Sources): Refused {
  const before = forgiven(branch, sources)
  const counts = (at: string) => !(Date.parse(at) <= before)
  const past = sources.proposals.filter(proposal => proposal.branch === branch)
  return {
    ignored: past.flatMap(({ number, memory }) =>
      memory.ignored.filter(({ at }) => counts(at)).map(entry => ({ ...entry, number })),
    ),
    closed: past.filter(
      ({ state, memory, closedAt, updatedAt }) =>
        state === 'closed' && memory.closed === null && memory.to !== '' && counts(closedAt ?? updatedAt),
    ),
  }
}

/** What is older than a refused version is refused as well: a lower step right after it would be no answer to that. */
function isHit({ what, version: said }: Ignored, version: string): boolean {
  if (compareTexts(version, said) <= 0) return true
  switch (what) {
    case 'component':
      return true
    case 'version':
      return false
    case 'minor':
    case 'major':
      return series(version, what) === series(said, what)
  }
}

/** What people refused for one branch: by closing our pull request, with `/windlass ignore`, or by taking it back. */
export function refusals(branch: string, sources: Sources): Refusal {
  const { ignored, closed } = refusedOn(branch, sources)
  const back = rolledBack(branch, sources.proposals)
  return version => {
    const hit = ignored.find(entry => isHit(entry, version))
    if (hit) {
      const { by, what, version: said, number } = hit
      return `${by} ignored ${what === 'component' ? 'this component' : `${what} ${said}`} in #${number}`
    }
    const refused = closed.find(({ memory }) => compareTexts(version, memory.to) <= 0)
    if (!refused) return back(version)
    const what = refused.memory.to === version ? version : `${refused.memory.to}, and what is older,`
    return `#${refused.number} was closed: ${what} is refused`
  }
}

/** The version that somebody asked for on the open pull request of a branch, with who and when; null when nobody did. */
export function wantedOf(branch: string, proposals: readonly Proposal[]): Memory['wanted'] {
  return proposals.find(proposal => proposal.branch === branch && proposal.state === 'open')?.memory.wanted ?? null
}
