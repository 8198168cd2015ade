import type { Memory, Outcome } from '../model.ts'
import { compareTexts } from '../text/order.ts'
import { refusedOn, type Sources } from './refusals.ts'

/** Something that a person refused and that still keeps a version back; `version` is '' for every version. */
export type Refused = Pick<Outcome, 'branch' | 'component' | 'environment'> & {
  /** The pull request where it was said. */
  readonly number: number
  /** `closed`: by closing it. */
  readonly what: 'closed' | Memory['ignored'][number]['what']
  readonly version: string
  /** Who ignored it; null where it was closed, because GitHub does not tell who did that. */
  readonly by: string | null
  /** ISO 8601. */
  readonly at: string
}

function ofBranch({ branch, component, environment, from }: Outcome, sources: Sources): Refused[] {
  const where = { branch, component, environment }
  const { ignored, closed } = refusedOn(branch, sources)
  const said = ignored.map(({ number, what, version, by, at }): Refused => {
    return { ...where, number, what, version: what === 'component' ? '' : version, by, at }
  })
  const shut = closed.map(({ number, memory, closedAt, updatedAt }): Refused => {
    return { ...where, number, what: 'closed', version: memory.to, by: null, at: closedAt ?? updatedAt }
  })
  return [...said, ...shut].filter(({ version }) => version === '' || compareTexts(version, from) > 0)
}

/** What people refused of the components that are there, each thing once; what the default branch has passed already is not among it. */
export function refused(outcomes: readonly Outcome[], sources: Sources): readonly Refused[] {
  const all = outcomes.flatMap(outcome => ofBranch(outcome, sources)).toSorted((a, b) => a.number - b.number)
  return [...new Map(all.map(one => [JSON.stringify([one.branch, one.what, one.version]), one])).values()]
}
