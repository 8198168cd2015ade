import type { Dashboard, DashboardMemory } from '../../model.ts'
import { readDashboardMemory } from '../../report/dashboard-memory.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

/** The dashboard as we read or wrote it last; `number` is null where there was none. */
export type KnownDashboard = Omit<Dashboard, 'memory' | 'ticks' | 'number'> & {
  readonly number: number | null
  /** Since when (ISO 8601) there may be one that GitHub does not show yet: we asked for it, or have known it. */
  readonly unseenSince: string | null
}

/** There is none. */
export const NONE: KnownDashboard = { number: null, state: 'open', title: '', body: '', unseenSince: null }

/** Issues of ours are looked through for the dashboard this many pages (of 100) back; it is among those changed last. */
const PAGES = 3

type Issue = {
  readonly number: number
  readonly state: string
  readonly title: string
  readonly body?: string | null
  readonly user: { readonly login: string } | null
  readonly pull_request?: unknown
}

/** What a body remembers, if its note is ours for this repository. */
export function memoryIn({ key, owner, name }: Site, body: string): DashboardMemory | null {
  return readDashboardMemory(body, { key, repository: `${owner}/${name}` })
}

function isOurs({ login }: Site, { user, pull_request }: Issue): boolean {
  return user?.login === login && pull_request === undefined
}

/** An issue as we know it from now on. */
export function knownOf({ number, state, title, body }: Issue): KnownDashboard {
  return { number, state: state === 'closed' ? 'closed' : 'open', title, body: body ?? '', unseenSince: null }
}

/** The issue of a number that we know; GitHub says of a deleted one that it is gone (410), and of one that it does not show yet that it knows none (404). */
export async function issueOf(site: Site, number: number, now: Date): Promise<KnownDashboard> {
  const { octokit, owner, name } = site
  try {
    const { data } = await octokit.rest.issues.get({ owner, repo: name, issue_number: number })
    return data.number === number && isOurs(site, data) ? knownOf(data) : NONE
  } catch (error) {
    if (hasStatus(error, 404)) return { ...NONE, unseenSince: now.toISOString() }
    if (hasStatus(error, 410)) return NONE
    throw error
  }
}

/** The issue among all of ours whose note is ours for this repository; NONE when there is none. */
export async function findIssue(site: Site): Promise<KnownDashboard> {
  const { octokit, owner, name, login } = site
  for (let page = 1; page <= PAGES; page++) {
    const asked = { creator: login, state: 'all', sort: 'updated', per_page: 100, page } as const
    const { data } = await octokit.rest.issues.listForRepo({ owner, repo: name, ...asked })
    const found = data.find(issue => isOurs(site, issue) && memoryIn(site, issue.body ?? '') !== null)
    if (found) return knownOf(found)
    if (data.length < 100) break
  }
  return NONE
}
