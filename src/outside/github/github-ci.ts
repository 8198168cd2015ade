import type { Octokit } from '@octokit/rest'
import type { Ci, FailedJob, Proposal } from '../../model.ts'
import { stripHidden } from '../../text/hidden.ts'
import { redact } from '../../text/secrets.ts'
import { readJobLog } from './github-log.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

type CheckRun = Awaited<ReturnType<Octokit['rest']['checks']['listForRef']>>['data']['check_runs'][number]

/** What is known of CI by the head of a pull request; outlives a pass, so that one without news asks nothing. */
export type KnownCi = Map<string, Ci>

/** Heads that are remembered. */
const REMEMBERED = 1_000

/** Events after which CI may say something else. */
const NEWS: readonly string[] = ['check_run', 'check_suite', 'status', 'workflow_job', 'sweep']

/** The CI of a head that we do not know yet is asked without news when nothing has happened to it for so long: events get lost. */
const QUIET_MS = 10 * 60_000

/** Pages (of 100) of check runs, failed jobs, annotations of each, and text of each that are looked at. */
const PAGES = 3
const JOBS = 5
const ANNOTATIONS = 30
const SUMMARY = 16_000

const RED = new Set(['failure', 'timed_out', 'startup_failure'])

/** Conclusions after which nobody has said yes or no. */
const OPEN = new Set(['cancelled', 'stale', 'action_required'])

/** A permission that was not granted (yet): what it would show is not known. Anything else travels on. */
async function ifAllowed<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (hasStatus(error, 403) && /not accessible/i.test(String(error))) return otherwise
    throw error
  }
}

/** The check runs on a commit that are not ours. */
async function checksOf({ octokit, owner, name, login }: Site, ref: string): Promise<readonly CheckRun[]> {
  let pages = 0
  const all = await octokit.paginate(
    octokit.rest.checks.listForRef,
    { owner, repo: name, ref, per_page: 100 },
    (response, done) => {
      if (++pages === PAGES) done()
      return response.data
    },
  )
  return all.filter(run => `${run.app?.slug}[bot]` !== login)
}

async function statusesOf({ octokit, owner, name }: Site, ref: string) {
  const { data } = await octokit.rest.repos.getCombinedStatusForRef({ owner, repo: name, ref, per_page: 100 })
  return data.statuses
}

type Status = Awaited<ReturnType<typeof statusesOf>>[number]

/** The id of the GitHub Actions job behind a check run; null for one of another App, whatever its address looks like. */
function jobOf({ app, details_url }: CheckRun): number | null {
  const [, id] = /\/actions\/runs\/\d+\/job\/(\d{1,15})(?:[?#]|$)/.exec(details_url ?? '') ?? []
  return app?.slug === 'github-actions' && id !== undefined ? Number(id) : null
}

function isRunning({ status }: CheckRun): boolean {
  return status !== 'completed'
}

async function annotationsOf({ octokit, owner, name }: Site, { id, output }: CheckRun): Promise<readonly string[]> {
  if (output.annotations_count === 0) return []
  const asked = { owner, repo: name, check_run_id: id, per_page: ANNOTATIONS }
  const { data } = await octokit.rest.checks.listAnnotations(asked)
  return data.map(({ path, start_line, message }) => `${path}:${start_line} ${message ?? ''}`)
}

/** What a check says of itself: title, summary, text and annotations. */
async function summaryOf(site: Site, run: CheckRun): Promise<string> {
  const { title, summary, text } = run.output
  const said = [title, summary, text, ...(await annotationsOf(site, run))]
  return redact(stripHidden(said.filter(part => part).join('\n')).slice(0, SUMMARY))
}

async function failedRun(site: Site, run: CheckRun): Promise<FailedJob> {
  const job = jobOf(run)
  const log = job === null ? null : await readJobLog(site, job)
  return {
    name: run.name,
    job,
    url: run.html_url,
    endedAt: run.completed_at ?? '',
    summary: log === null ? await summaryOf(site, run) : '',
    log,
  }
}

function failedStatus({ context, description, target_url, updated_at }: Status): FailedJob {
  const summary = redact(stripHidden(description ?? '').slice(0, SUMMARY))
  return { name: context, job: null, url: target_url, endedAt: updated_at, summary, log: null }
}

/** A job that was read before and has not ended again since is not read again. */
function readBefore(run: CheckRun, before: Ci | undefined): FailedJob | undefined {
  if (before?.kind !== 'failed') return undefined
  return before.jobs.find(({ url, endedAt }) => url === run.html_url && endedAt === run.completed_at)
}

async function ciOf(site: Site, head: string, before: Ci | undefined): Promise<Ci> {
  const runs = await ifAllowed(checksOf(site, head), [])
  const statuses = await ifAllowed(statusesOf(site, head), [])
  if (runs.length + statuses.length === 0) return { kind: 'none' }
  const red = runs.filter(({ conclusion }) => RED.has(conclusion ?? ''))
  const redStatuses = statuses.filter(({ state }) => state === 'failure' || state === 'error')
  const isWorking = runs.some(run => isRunning(run) && run.app?.slug === 'github-actions')
  if (red.length + redStatuses.length > 0 && !isWorking) {
    const jobs: FailedJob[] = []
    for (const run of red.slice(0, JOBS)) jobs.push(readBefore(run, before) ?? (await failedRun(site, run)))
    return { kind: 'failed', jobs: [...jobs, ...redStatuses.slice(0, JOBS).map(failedStatus)] }
  }
  const isOpen = runs.some(run => isRunning(run) || OPEN.has(run.conclusion ?? ''))
  return { kind: isWorking || isOpen || statuses.some(({ state }) => state === 'pending') ? 'pending' : 'passed' }
}

function remember(known: KnownCi, head: string, ci: Ci): void {
  known.delete(head)
  known.set(head, ci)
  const [oldest] = known.keys()
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
}

/**
 * The proposals with what CI says about the heads of the open ones. GitHub is asked when an event says that there may be news, and once
 * about a head that nobody has heard of for ten minutes; otherwise what is `known` is given. While jobs of GitHub Actions still run, a
 * failure is `pending`: GitHub runs a job again only when its whole run has ended. `cancelled` is neither yes nor no.
 */
export async function readCi(
  site: Site,
  proposals: readonly Proposal[],
  { woken, known, now }: { readonly woken: ReadonlySet<string>; readonly known: KnownCi; readonly now: Date },
): Promise<readonly Proposal[]> {
  const hasNews = NEWS.some(event => woken.has(event))
  const read: Proposal[] = []
  for (const proposal of proposals) {
    const { head, state, updatedAt } = proposal
    const before = known.get(head)
    const isQuiet = now.getTime() - Date.parse(updatedAt) > QUIET_MS
    const asks = state === 'open' && (hasNews || (before === undefined && isQuiet))
    if (asks) remember(known, head, await ciOf(site, head, before))
    const ci = known.get(head) ?? { kind: 'pending' }
    read.push(state === 'open' ? { ...proposal, ci } : proposal)
  }
  return read
}
