import { isDeepStrictEqual } from 'node:util'
import type { Action, Dashboard, DashboardMemory, Tick } from '../../model.ts'
import { readDashboardMemory, writeDashboardMemory } from '../../report/dashboard-memory.ts'
import { readTicks } from '../../report/dashboard-ticks.ts'
import { embed } from '../../report/memory.ts'
import { redact } from '../../text/secrets.ts'
import { Moved } from './github-push.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

/** The dashboard as we read or wrote it last; `number` is null where there was none. */
export type KnownDashboard = Omit<Dashboard, 'memory' | 'ticks' | 'number'> & { readonly number: number | null }

/** Where a server keeps that between two passes over one repository. Losing it costs one look at GitHub. */
export type DashboardShelf = {
  /** Null when nothing is known, which is not the same as there being none. */
  known(): Promise<KnownDashboard | null>
  /** Null forgets. */
  keep(known: KnownDashboard | null): Promise<void>
}

/** The dashboard at GitHub in one pass. */
export type Dashboards = {
  read(): Promise<Dashboard | null>
  write(action: Extract<Action, { do: 'dashboard' }>): Promise<void>
}

/** Events after which somebody may have changed the issue. A pass that nobody gives a reason for looks as well. */
const REASONS: readonly string[] = ['issues', 'sweep', 'installation', 'installation_repositories']

/** Issues of ours are looked through for the dashboard this many pages (of 100) back; it is among those changed last. */
const PAGES = 3

/** GitHub refuses longer bodies with 422. */
const MAX_BODY = 65_536

const NONE: KnownDashboard = { number: null, state: 'open', title: '', body: '' }

const NOTHING_GRANTED: DashboardMemory = { version: 1, generation: 0, granted: [], closed: null }

type Issue = {
  readonly number: number
  readonly state: string
  readonly title: string
  readonly body?: string | null
  readonly user: { readonly login: string } | null
  readonly pull_request?: unknown
}

/** Reads and writes the one issue in which everything stands. It is asked for only when `woken` gives a reason, or nothing is known of it. */
export function createDashboards(site: Site, shelf: DashboardShelf, woken: ReadonlySet<string>): Dashboards {
  const { octokit, owner, name, key, login } = site
  const repo = { owner, repo: name }
  const where = { key, repository: `${owner}/${name}` }
  /** As this pass decides about it. */
  let found: Dashboard | null = null

  const memoryOf = (body: string) => readDashboardMemory(body, where)
  const isOurs = (issue: Issue) => issue.user?.login === login && issue.pull_request === undefined

  /** What is kept is trusted for its number and its memory: a note that was put back from the history of the issue is older, and does not count. */
  function dashboardOf({ number, state, title, body }: KnownDashboard, kept: KnownDashboard | null): Dashboard | null {
    if (number === null) return null
    const notes = [memoryOf(body), memoryOf(kept?.body ?? '')].filter(note => note !== null)
    const memory = notes.toSorted((a, b) => b.generation - a.generation)[0] ?? NOTHING_GRANTED
    return { number, state, title, body, memory, ticks: readTicks(body) }
  }

  function knownOf({ number, state, title, body }: Issue): KnownDashboard {
    return { number, state: state === 'closed' ? 'closed' : 'open', title, body: body ?? '' }
  }

  /** Null when it was deleted, or moved to where we are not. */
  async function get(number: number): Promise<Issue | null> {
    try {
      const { data } = await octokit.rest.issues.get({ ...repo, issue_number: number })
      return data.number === number && isOurs(data) ? data : null
    } catch (error) {
      if (hasStatus(error, 404) || hasStatus(error, 410)) return null
      throw error
    }
  }

  /** Only an issue that we opened and whose note is ours for this repository. */
  async function find(): Promise<Issue | null> {
    for (let page = 1; page <= PAGES; page++) {
      const asked = { ...repo, creator: login, state: 'all', sort: 'updated', per_page: 100, page } as const
      const { data } = await octokit.rest.issues.listForRepo(asked)
      const found = data.find(issue => isOurs(issue) && memoryOf(issue.body ?? '') !== null)
      if (found) return found
      if (data.length < 100) return null
    }
    return null
  }

  async function look(kept: KnownDashboard | null): Promise<Dashboard | null> {
    const number = kept?.number ?? null
    const issue = number === null ? await find() : await get(number)
    const known = issue === null ? NONE : knownOf(issue)
    const seen = dashboardOf(known, kept)
    const isNewest = seen === null || memoryOf(known.body)?.generation === seen.memory.generation
    if (isNewest) await shelf.keep(known)
    return seen
  }

  async function read(): Promise<Dashboard | null> {
    const kept = await shelf.known()
    const isAsked = woken.size === 0 || REASONS.some(reason => woken.has(reason))
    found = kept === null || isAsked ? await look(kept) : dashboardOf(kept, null)
    return found
  }

  /** Ticked since we looked. */
  function isLate(tick: Tick): boolean {
    return !(found?.ticks ?? []).some(one => isDeepStrictEqual(one, tick))
  }

  /** Nothing is known from before the request until after its answer, so that a lost answer leads to a look and not to a second issue. */
  async function create(title: string, body: string): Promise<void> {
    await shelf.keep(null)
    try {
      const { data } = await octokit.rest.issues.create({ ...repo, title, body })
      await shelf.keep(knownOf(data))
    } catch (error) {
      // Issues are switched off in this repository.
      if (!hasStatus(error, 410)) throw error
      await shelf.keep({ ...NONE, state: 'closed' })
    }
  }

  /** Somebody may have closed it, ticked a box or written something since we looked: read again, as close before the write as can be. */
  async function write({ number, state, title, body, memory }: Extract<Action, { do: 'dashboard' }>): Promise<void> {
    const text = (existing: string) => embed(existing, redact(body), writeDashboardMemory(memory, where))
    if (number === null) return isSwitchedOff(await shelf.known()) ? undefined : create(redact(title), text(''))
    const live = await get(number)
    if (live === null) return shelf.keep(null)
    const known = knownOf(live)
    if (known.state === 'closed' && found?.state === 'open') return shelf.keep(known)
    if (readTicks(known.body).some(isLate)) {
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

/** A repository without issues is not asked again before something gives a reason to look. */
function isSwitchedOff(kept: KnownDashboard | null): boolean {
  return kept !== null && kept.number === null && kept.state === 'closed'
}
