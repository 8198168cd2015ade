import type { EnvironmentPolicy } from '../config.ts'
import type { Because, Grant, Health, Hold } from '../model.ts'
import { nextOpening } from '../text/schedule.ts'

/**
 * What has to run well before an upgrade goes on: the environment before, the hop before in the same environment, or a prerequisite.
 * `since` (ISO 8601) is when its version came to the default branch.
 */
export type Before = {
  readonly kind: 'environment' | 'hop' | 'prerequisite'
  readonly environment: string | null
  readonly component: string
  readonly version: string
  readonly since: string
  readonly health: Health
}

/** An upgrade at the gate of its environment. */
export type AtGate = {
  readonly branch: string
  readonly version: string
  /** Its environment as the policy has it, null when the policy does not list it. */
  readonly environment: EnvironmentPolicy | null
  readonly before: readonly Before[]
}

/** Whether an upgrade may be proposed: what holds it back, and what was found on the way, in words for its pull request. */
export type Gate = { readonly hold: Hold | null; readonly says: readonly string[] }

export const OPEN_GATE: Gate = { hold: null, says: [] }

/** Whether somebody granted something to the upgrade of a branch, and who; the latest counts. */
export function grantOf(
  { branch, version }: Pick<AtGate, 'branch' | 'version'>,
  what: Grant['what'],
  grants: readonly Grant[],
): Grant | null {
  const fits = grants.filter(
    grant => grant.what === what && grant.branch === branch && (grant.version === '' || grant.version === version),
  )
  return fits.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1) ?? null
}

/**
 * The gate of an environment: everything before is healthy, for long enough, approved, and inside the window. A person (`promote`) may go on
 * over health that is unknown; never over red health, soak time, a missing approval or a closed window.
 */
export function gate(upgrade: AtGate, grants: readonly Grant[], now: Date): Gate {
  const promotion = (before: Before) =>
    grantOf(upgrade, 'promote', grants) ?? grantOf({ ...upgrade, version: stepped(before) }, 'promote', grants)
  const holds = [
    ...upgrade.before.map(before => health(before, promotion(before))),
    ...upgrade.before.map(before => soak(before, upgrade.environment, now)),
    approval(upgrade, grants),
    window(upgrade.environment, now),
  ]
  return {
    hold: holds.find(hold => hold !== null) ?? null,
    says: upgrade.before.map(before => says(before, promotion(before))),
  }
}

/** `/windlass step` on the hop before is about going on from there. */
function stepped(before: Before): string {
  return before.kind === 'environment' ? '' : before.version
}

function hold(because: Because, reason: string, until: string | null): Hold {
  return { because, reason, until }
}

/** What runs before, as the subject of a sentence. */
function nameOf({ environment, component, version }: Before): string {
  return environment === null ? `${component} ${version}` : `${component} ${version} in ${environment}`
}

function health(before: Before, promoted: Grant | null): Hold | null {
  const name = nameOf(before)
  const state = before.health
  switch (state.kind) {
    case 'unwatched':
    case 'healthy':
      return null
    case 'settling':
      return hold('health', `${name} turned green just now; it counts from ${state.until} on`, state.until)
    case 'waiting':
      return hold(
        'health',
        `${name} has not reported ${list(state.missing)} yet; it has until ${state.until}`,
        state.until,
      )
    case 'failed':
      return hold(
        'health',
        `${name} is red since ${state.at}: ${list(state.evidence.map(signal => signal.name))}`,
        null,
      )
    case 'unknown':
      return promoted ? null : hold('health', `the health of ${name} is not known: ${unknown(state)}`, null)
  }
}

function unknown({ missing, why }: Health & { kind: 'unknown' }): string {
  const parts = [...(missing.length === 0 ? [] : [`${list(missing)} never came`]), ...why]
  return `${parts.join('; ')}. A person who knows better may say \`promote\``
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}

/** Soak counts from when it was healthy; where nobody tells, from when it came to the default branch. */
function soak(before: Before, to: EnvironmentPolicy | null, now: Date): Hold | null {
  if (to === null || to.requiredSoakTime === 0 || before.kind !== 'environment') return null
  const since = before.health.kind === 'healthy' ? before.health.since : before.since
  const due = new Date(Date.parse(since) + to.requiredSoakTime)
  if (due <= now) return null
  return hold('soak', `${nameOf(before)} soaks until ${due.toISOString()}`, due.toISOString())
}

function approval(upgrade: AtGate, grants: readonly Grant[]): Hold | null {
  const { environment } = upgrade
  if (environment === null || environment.approval.length === 0 || grantOf(upgrade, 'approve', grants)) return null
  const who = environment.approval.map(name => `@${name}`).join(' or ')
  return hold(
    'approval',
    `${environment.name} wants the approval of ${who}: \`/windlass approve ${environment.name}\``,
    null,
  )
}

function window(environment: EnvironmentPolicy | null, now: Date): Hold | null {
  if (environment === null || environment.window === null) return null
  const next = nextOpening([environment.window], 'UTC', now)
  if (next?.getTime() === now.getTime()) return null
  const until = next?.toISOString() ?? null
  return hold('window', `${environment.name} takes upgrades in its window only (${environment.window})`, until)
}

/** What is known of what runs before, for the reader of the pull request. Silence is never passed over. */
function says(before: Before, promoted: Grant | null): string {
  const name = nameOf(before)
  if (before.health.kind === 'healthy') return `${name} is healthy since ${before.health.since}`
  if (before.health.kind === 'unwatched') return `nobody reports the health of ${name}: nothing was waited for`
  if (before.health.kind === 'unknown' && promoted)
    return `the health of ${name} is not known; ${promoted.by} said to go on at ${promoted.at}`
  return `${name}: ${before.health.kind}`
}
