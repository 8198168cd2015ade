import type { Signal } from '../../model.ts'
import { cut, oneLine } from '../../text/hidden.ts'
import { redact } from '../../text/secrets.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

/** Pages (of 100) of statuses and of check runs that are read of one commit; the newest come first. */
const PAGES = 3

/** Commits of which signals are read; one or two are asked for. */
const COMMITS = 4

/** Deployments of one commit whose statuses are read, newest first. */
const DEPLOYMENTS = 10

/** Longest name and longest words that are kept of a stranger, in UTF-16 units. */
const NAME = 255
const SAYS = 500

/** What GitHub shows about the health of commits, oldest first. `refused` names what our permissions do not let us see, for the log. */
export type ReadSignals = { readonly signals: readonly Signal[]; readonly refused: readonly string[] }

/** Reads commit statuses, check runs of other Apps and deployments: three requests for a commit, and one for each deployment. */
export async function readSignals(site: Site, commits: readonly string[]): Promise<ReadSignals> {
  const signals: Signal[] = []
  const refused = new Set<string>()
  for (const commit of [...new Set(commits)].slice(0, COMMITS)) {
    for (const [what, read] of READERS) {
      const found = await visible(() => read(site, commit))
      if (found === null) refused.add(what)
      else signals.push(...found)
    }
  }
  const sorted = signals.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
  return { signals: sorted, refused: [...refused] }
}

type Reader = (site: Site, commit: string) => Promise<readonly Signal[]>

const READERS: readonly (readonly [string, Reader])[] = [
  ['statuses', statuses],
  ['checks', checks],
  ['deployments', deployments],
]

/** Null without the permission, as long as an installation has not accepted it; a commit that is gone has no signals (404, 422). */
async function visible(read: () => Promise<readonly Signal[]>): Promise<readonly Signal[] | null> {
  try {
    return await read()
  } catch (error) {
    if (hasStatus(error, 403) && /not accessible by integration/.test(String(error))) return null
    if (hasStatus(error, 404) || hasStatus(error, 422)) return []
    throw error
  }
}

/** Stops a listing after PAGES pages. */
function bounded(): (done: () => void) => void {
  let pages = 0
  return done => {
    if (++pages === PAGES) done()
  }
}

async function statuses({ octokit, owner, name }: Site, commit: string): Promise<readonly Signal[]> {
  const stop = bounded()
  const asked = { owner, repo: name, ref: commit, per_page: 100 }
  const all = await octokit.paginate(octokit.rest.repos.listCommitStatusesForRef, asked, (page, done) => {
    stop(done)
    return page.data
  })
  return all.map(({ context, state, created_at, creator, description }) =>
    signal(
      { via: 'status', name: context, at: created_at, by: creator?.login ?? '', says: description ?? '' },
      stateOf(state),
      commit,
    ),
  )
}

async function checks({ octokit, owner, name, login }: Site, commit: string): Promise<readonly Signal[]> {
  const stop = bounded()
  const asked = { owner, repo: name, ref: commit, per_page: 100, filter: 'all' as const }
  const all = await octokit.paginate(octokit.rest.checks.listForRef, asked, (page, done) => {
    stop(done)
    return page.data
  })
  return all
    .filter(({ app }) => app !== null && `${app.slug}[bot]` !== login)
    .flatMap(({ name, app, status, conclusion, completed_at, started_at, output }) => {
      const at = completed_at ?? started_at
      if (at === null) return []
      const state = status === 'completed' ? concluded(conclusion) : 'pending'
      return [signal({ via: 'check', name, at, by: app?.slug ?? '', says: output.title ?? '' }, state, commit)]
    })
}

async function deployments(site: Site, commit: string): Promise<readonly Signal[]> {
  const { octokit, owner, name } = site
  const repo = { owner, repo: name }
  const { data } = await octokit.rest.repos.listDeployments({ ...repo, sha: commit, per_page: DEPLOYMENTS })
  const signals: Signal[] = []
  for (const { id, environment } of data) {
    const { data: said } = await octokit.rest.repos.listDeploymentStatuses({
      ...repo,
      deployment_id: id,
      per_page: 100,
    })
    for (const { state, created_at, creator, description } of said) {
      // An older deployment becomes inactive when a newer one succeeds: that says nothing about the newer one.
      if (state === 'inactive') continue
      const by = creator?.login ?? ''
      const about = {
        via: 'deployment' as const,
        name: `deployment/${environment}`,
        at: created_at,
        by,
        says: description,
      }
      signals.push({ ...signal(about, stateOf(state), commit), place: tidy(environment, NAME) })
    }
  }
  return signals
}

/** GitHub's words for statuses and deployments; whatever else it may say is no result. */
function stateOf(state: string): Signal['state'] {
  if (state === 'success') return 'success'
  return state === 'failure' || state === 'error' ? 'failure' : 'pending'
}

/** A run that was skipped, cancelled or did not care proves nothing, and breaks nothing. */
function concluded(conclusion: string | null): Signal['state'] {
  if (conclusion === 'success') return 'success'
  return ['failure', 'timed_out', 'startup_failure'].includes(conclusion ?? '') ? 'failure' : 'pending'
}

function signal(
  { via, name, at, by, says }: Pick<Signal, 'via' | 'name' | 'at' | 'by' | 'says'>,
  state: Signal['state'],
  commit: string,
): Signal {
  const about = { via, name: tidy(name, NAME), at, by, says: tidy(redact(says), SAYS) }
  return { ...about, state, commit, place: null, version: null, run: null }
}

function tidy(text: string, max: number): string {
  return cut(oneLine(text), max)
}
