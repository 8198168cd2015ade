import { type Companion, type PinGroup, partnerOf } from '../choose/index.ts'
import { ciObjection } from '../decide/answer.ts'
import { ceiling, earlierPins } from '../decide/promote.ts'
import { refusals } from '../decide/refusals.ts'
import { beingTakenBack } from '../decide/rollback.ts'
import type { Release, Upgrade } from '../model.ts'
import { branchName } from '../text/branch.ts'
import { compareTexts } from '../text/order.ts'
import type { Dated } from './dates.ts'
import type { Walk } from './outcome.ts'

/** A release and everything that it brings: its own first, then one for each companion, in their order. */
export type Step = { readonly release: Release; readonly brings: readonly Release[] }

/** The releases that every companion has, and those that one of them has not; newest first as they were given. */
export function stepsOf(
  newer: readonly Release[],
  companions: readonly Companion[],
): { readonly steps: readonly Step[]; readonly notYet: Upgrade['notYet'] } {
  const all = newer.map(release => ({ release, partners: companions.map(one => partnerOf(release, one)) }))
  const lackOf = ({ partners }: (typeof all)[number]) => partners.flatMap(one => (one.ok ? [] : [one.reason]))[0]
  return {
    steps: all
      .filter(one => lackOf(one) === undefined)
      .map(({ release, partners }) => ({
        release,
        brings: [release, ...partners.flatMap(one => (one.ok ? [one.release] : []))],
      })),
    notYet: all.flatMap(one => {
      const reason = lackOf(one)
      return reason === undefined ? [] : [{ version: one.release.version, reason }]
    }),
  }
}

/** Whether a step goes to a version that was asked for, in the words of any component in it. */
export function isWanted({ brings }: Step, to: string | null): boolean {
  return to === null || brings.some(({ version }) => version === to)
}

/** Why a step is not taken, null when nothing speaks against it. */
export type Objection = (step: Step) => string | null

/** The first objection of any member, each to what the step brings for it. */
function first(objections: readonly ((release: Release) => string | null)[]): Objection {
  return ({ brings }) => {
    for (const [i, release] of brings.entries()) {
      const says = objections[i]?.(release) ?? null
      if (says !== null) return says
    }
    return null
  }
}

/** Whether somebody refused a step, on the pull request of any component in it. */
export function refusalOf(walk: Pick<Walk, 'proposals' | 'granted'>, members: readonly PinGroup[]): Objection {
  return first(
    members.map(({ environment, component }) => {
      const no = refusals(branchName(environment, component), walk)
      return ({ version }) => no(version)
    }),
  )
}

/** Whether CI was red with a step, on the pull request of any component in it. */
export function ciOf({ proposals }: Pick<Walk, 'proposals'>, members: readonly PinGroup[]): Objection {
  return first(
    members.map(({ environment, component }) => {
      const no = ciObjection(branchName(environment, component), proposals)
      return ({ version }) => no(version)
    }),
  )
}

/** Which environment a step waits for, for any component in it; also one that takes the same version back. */
export function gateOf(
  { everywhere, policy, proposals }: Pick<Walk, 'everywhere' | 'policy' | 'proposals'>,
  members: readonly PinGroup[],
): Objection {
  return first(
    members.map(group => {
      const gate = ceiling(group, everywhere, policy)
      const before = earlierPins(group, everywhere, policy).map(pin => branchName(pin.environment, pin.component))
      const back = [...new Set(before)].map(branch => beingTakenBack(branch, proposals))
      return ({ version }) =>
        gate && compareTexts(version, gate.version) > 0
          ? `${gate.environment} has ${group.component} ${gate.version}; this environment follows when a newer version runs there`
          : (back.map(no => no(version)).find(says => says !== null) ?? null)
    }),
  )
}

/** A step with the sources of all that it brings. */
export function datedStep({ release, brings }: Step, members: readonly PinGroup[]): Dated {
  return {
    version: release.version,
    brings: brings.flatMap((own, i) => {
      const source = members[i]?.source
      return source === undefined || source.type === 'unknown' ? [] : [{ source, release: own, name: own.version }]
    }),
  }
}
