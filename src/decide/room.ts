import { componentPolicy, type Policy } from '../config.ts'
import type { Grant, Hold, Outcome, Proposal } from '../model.ts'
import { isOpen, nextOpening } from '../text/schedule.ts'
import { grantOf } from './gate.ts'
import { isRollback } from './rollback.ts'

const HOUR = 3_600_000

/** How many pull requests may still be opened in this pass, and what holds the others. 0 in a limit means no limit, as users of such bots know it. */
export type Room = { readonly left: number; readonly full: Hold }

/** The room under the limits of the policy; what takes an upgrade back needs none. */
export function room(all: readonly Proposal[], policy: Policy, now: Date): Room {
  const proposals = all.filter(proposal => !isRollback(proposal))
  const open = proposals.filter(({ state }) => state === 'open').length
  const recent = proposals.map(({ openedAt }) => Date.parse(openedAt)).filter(at => now.getTime() - at < HOUR)
  const concurrent = policy.prConcurrentLimit === 0 ? Number.POSITIVE_INFINITY : policy.prConcurrentLimit - open
  const hourly = policy.prHourlyLimit === 0 ? Number.POSITIVE_INFINITY : policy.prHourlyLimit - recent.length
  if (hourly < concurrent) {
    const until = new Date(Math.min(now.getTime(), ...recent) + HOUR).toISOString()
    return {
      left: hourly,
      full: limit(`prHourlyLimit ${policy.prHourlyLimit} is reached; it follows within the hour`, until),
    }
  }
  const reason = `prConcurrentLimit ${policy.prConcurrentLimit} is reached; it follows when one is merged or closed`
  return { left: concurrent, full: limit(reason, null) }
}

function limit(reason: string, until: string | null): Hold {
  return { because: 'limit', reason, until }
}

type Planned = Outcome & { readonly kind: 'planned' }

/** Whether a person said that a pull request is to be opened now, whatever schedule and limits say. */
export function isUrgent({ branch, plan }: Planned, grants: readonly Grant[]): boolean {
  const upgrade = { branch, version: plan.upgrade.to.version }
  return grantOf(upgrade, 'open', grants) !== null || grantOf(upgrade, 'promote', grants) !== null
}

/** The schedule of a component, where it is closed now. */
export function awaiting({ plan }: Planned, policy: Policy, now: Date): Hold | null {
  const { schedule, timezone } = componentPolicy(policy, plan.upgrade)
  if (isOpen(schedule, timezone, now)) return null
  const until = nextOpening(schedule, timezone, now)?.toISOString() ?? null
  return { because: 'schedule', reason: `the schedule is closed now (${schedule.join('; ')}, ${timezone})`, until }
}
