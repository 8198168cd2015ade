import { isDeepStrictEqual } from 'node:util'
import type { Action, Dashboard, DashboardMemory, Tick } from '../../model.ts'
import { writeDashboardMemory } from '../../report/dashboard-memory.ts'
import { readTicks } from '../../report/dashboard-ticks.ts'
import { embed } from '../../report/memory.ts'
import { inSeconds, Later } from '../../server/later.ts'
import { redact } from '../../text/secrets.ts'
import { isAmbiguous } from './answer.ts'
import { findIssue, issueOf, type KnownDashboard, knownOf, memoryIn, NONE } from './dashboard-issues.ts'
import { Moved } from './github-push.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

export type { KnownDashboard } from './dashboard-issues.ts'

/** Where a server keeps what it knows between two passes over one repository. Losing it costs one look at GitHub. */
export type DashboardShelf = {
  /** Null when nothing is known, which is not the same as there being none. */
  known(): Promise<KnownDashboard | null>
  keep(known: KnownDashboard): Promise<void>
}

/** The dashboard at GitHub in one pass. */
export type Dashboards = {
  read(): Promise<Dashboard | null>
  write(action: Extract<Action, { do: 'dashboard' }>): Promise<void>
}

/** Events after which somebody may have changed the issue. A pass that nobody gives a reason for looks as well. */
const REASONS: readonly string[] = ['issues', 'sweep', 'installation', 'installation_repositories']

/** Milliseconds for which GitHub may not show an issue that it has opened, and seconds after which we look again. */
const LAG = 60_000
const LOOK_AGAIN = 15

/** GitHub refuses longer bodies with 422. */
const MAX_BODY = 65_536

const NOTHING_GRANTED: DashboardMemory = { version: 1, generation: 0, granted: [], closed: null }

/** Whether a body is not older than what we know to have written: GitHub may lag behind, and people may put an old text back. */
function isNewest(site: Site, body: string, kept: KnownDashboard | null): boolean {
  return (memoryIn(site, body)?.generation ?? -1) >= (memoryIn(site, kept?.body ?? '')?.generation ?? 0)
}

/** What is kept is trusted for its number and its memory; of an older text neither the memory nor the boxes count. */
function dashboardOf(site: Site, known: KnownDashboard, kept: KnownDashboard | null): Dashboard | null {
  const { number, state, title, body } = known
  if (number === null) return null
  const isOld = !isNewest(site, body, kept)
  const memory = memoryIn(site, (isOld ? kept?.body : body) ?? '') ?? NOTHING_GRANTED
  return { number, state, title, body, memory, ticks: isOld ? [] : readTicks(body) }
}

/** A repository without issues (GitHub answers 410) is not asked again before something gives a reason to look. */
function isSwitchedOff(kept: KnownDashboard | null): boolean {
  return kept !== null && kept.number === null && kept.state === 'closed'
}

/** Reads and writes the one issue in which everything stands. It is asked for only when `woken` gives a reason, or nothing is known of it. */
export function createDashboards(
  site: Site,
  shelf: DashboardShelf,
  woken: ReadonlySet<string>,
  now: () => Date,
): Dashboards {
  const { octokit, owner, name, key } = site
  const repo = { owner, repo: name }
  /** As this pass decides about it. */
  let found: Dashboard | null = null

  async function look(kept: KnownDashboard | null): Promise<Dashboard | null> {
    const number = kept?.number ?? null
    const seen = number === null ? await findIssue(site) : await issueOf(site, number, now())
    const known = number === null && seen === NONE ? { ...NONE, unseenSince: kept?.unseenSince ?? null } : seen
    if (known.number === null || isNewest(site, known.body, kept)) await shelf.keep(known)
    return dashboardOf(site, known, kept)
  }

  async function read(): Promise<Dashboard | null> {
    const kept = await shelf.known()
    const isAsked = woken.size === 0 || REASONS.some(reason => woken.has(reason))
    const isKnown = kept !== null && kept.unseenSince === null
    found = isKnown && !isAsked ? dashboardOf(site, kept, null) : await look(kept)
    return found
  }

  /** Ticked since we looked. */
  function isLate(tick: Tick): boolean {
    return !(found?.ticks ?? []).some(one => isDeepStrictEqual(one, tick))
  }

  /** That we ask is kept from before the request until after its answer, so that a lost answer leads to a look and not to a second issue. */
  async function create(title: string, body: string): Promise<void> {
    const kept = await shelf.known()
    if (isSwitchedOff(kept)) return
    if (kept?.unseenSince && now().getTime() - Date.parse(kept.unseenSince) < LAG)
      throw new Later('the dashboard may be there although GitHub does not show it', inSeconds(LOOK_AGAIN))
    await shelf.keep({ ...NONE, unseenSince: now().toISOString() })
    try {
      const { data } = await octokit.rest.issues.create({ ...repo, title, body })
      await shelf.keep(knownOf(data))
    } catch (error) {
      if (isAmbiguous(error)) throw error
      const isOff = hasStatus(error, 410)
      await shelf.keep({ ...NONE, state: isOff ? 'closed' : 'open' })
      if (!isOff) throw error
    }
  }

  /** Somebody may have closed it, ticked a box or written something since we looked: read again, as close before the write as can be. */
  async function write({ number, state, title, body, memory }: Extract<Action, { do: 'dashboard' }>): Promise<void> {
    const note = writeDashboardMemory(memory, { key, repository: `${owner}/${name}` })
    const text = (existing: string) => embed(existing, redact(body), note)
    if (number === null) return create(redact(title), text(''))
    const known = await issueOf(site, number, now())
    if (known.number === null) return shelf.keep(known)
    if (known.state === 'closed' && found?.state === 'open') return shelf.keep(known)
    if (isNewest(site, known.body, await shelf.known()) && readTicks(known.body).some(isLate)) {
      await shelf.keep(known)
      throw new Moved(`a box of the dashboard #${number} was ticked during this pass`)
    }
    const whole = text(known.body)
    if (whole.length > MAX_BODY) return
    const moves = known.state === state ? {} : { state }
    const { data } = await octokit.rest.issues.update({ ...repo, issue_number: number, body: whole, ...moves })
    await shelf.keep(knownOf(data))
  }

  return { read, write }
}
