import { type Logger, Probot, ProbotOctokit } from 'probot'
import { z } from 'zod'
import type { Settings } from './settings.ts'

/** A repository as an installation of the App sees it. */
export type Repository = { readonly installation: number; readonly owner: string; readonly name: string }

/** What an event asks for. Events only wake; what is to be done is decided from the state that is found. */
export type Wake =
  | { readonly kind: 'repository'; readonly repository: Repository }
  /** Every repository of one installation. */
  | { readonly kind: 'installation'; readonly installation: number }
  | { readonly kind: 'nothing'; readonly reason: string }

const ref = z.object({ ref: z.string() })

/** The few fields of a webhook payload that we read (GitHub: "Webhook events and payloads"). */
const Payload = z.object({
  action: z.string().max(100).optional(),
  installation: z.object({ id: z.int().positive() }).optional(),
  repository: z
    .object({
      name: z.string().regex(/^(?!\.{1,2}$)[\w.-]{1,100}$/),
      owner: z.object({ login: z.string().regex(/^\w[\w-]{0,99}$/) }),
      default_branch: z.string().default('main'),
    })
    .optional(),
  ref: z.string().nullish(),
  pull_request: z.object({ head: ref, base: ref }).optional(),
  issue: z.object({ pull_request: z.unknown().optional() }).optional(),
  check_run: z
    .object({
      app: z.object({ slug: z.string() }).nullish(),
      check_suite: z.object({ head_branch: z.string().nullish() }).nullish(),
    })
    .optional(),
  state: z.string().optional(),
  branches: z.array(z.object({ name: z.string() })).optional(),
  sender: z.object({ login: z.string() }).optional(),
})
type Payload = z.infer<typeof Payload>

type Decide = (payload: Payload, self: string | null) => 'repository' | 'installation' | { readonly ignored: string }

const ignore = (ignored: string) => ({ ignored })
const isOurBranch = (name: string) => name.startsWith('windlass/')

/** One line per event that can change what we decide; every other event is answered and ignored. */
const DECIDE: ReadonlyMap<string, Decide> = new Map<string, Decide>([
  ['push', push],
  ['pull_request', pullRequest],
  ['issue_comment', issueComment],
  ['check_run', checkRun],
  ['status', status],
  ['repository_dispatch', () => 'repository'],
  ['release', ({ action }) => (action === 'published' ? 'installation' : ignore('only published releases matter'))],
  ['installation', ({ action }) => (action === 'deleted' ? ignore('the App was removed') : 'installation')],
  ['installation_repositories', ({ action }) => (action === 'added' ? 'installation' : ignore('repositories left'))],
])

function push({ ref, repository }: Payload): ReturnType<Decide> {
  const branch = ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null
  if (branch !== null && (branch === repository?.default_branch || isOurBranch(branch))) return 'repository'
  return ignore('neither the default branch nor one of ours')
}

/** Somebody else's pull request matters when it is closed: it may have merged what we propose. */
function pullRequest({ action, pull_request, repository }: Payload): ReturnType<Decide> {
  if (!pull_request) return ignore('no pull request in it')
  if (isOurBranch(pull_request.head.ref)) return 'repository'
  const landed = action === 'closed' && pull_request.base.ref === repository?.default_branch
  return landed ? 'repository' : ignore("somebody else's pull request")
}

function issueComment({ action, issue }: Payload): ReturnType<Decide> {
  if (action === 'deleted') return ignore('a deleted comment asks for nothing')
  return issue?.pull_request ? 'repository' : ignore('a comment on an issue, not on a pull request')
}

const concerns = (branch: string | null | undefined, { repository }: Payload) =>
  branch === repository?.default_branch || isOurBranch(branch ?? '')

/** A check that has ended, on the default branch or on one of ours. GitHub sends us our own as well. */
function checkRun(payload: Payload, self: string | null): ReturnType<Decide> {
  const { action, check_run } = payload
  if (`${check_run?.app?.slug}[bot]` === self) return ignore('our own check')
  if (action !== 'completed') return ignore('a check that has not ended')
  const isOurs = concerns(check_run?.check_suite?.head_branch, payload)
  return isOurs ? 'repository' : ignore('a check on neither the default branch nor one of ours')
}

function status(payload: Payload): ReturnType<Decide> {
  if (payload.state === 'pending') return ignore('a status that is pending')
  const isOurs = payload.branches?.some(({ name }) => concerns(name, payload)) === true
  return isOurs ? 'repository' : ignore('a status on neither the default branch nor one of ours')
}

/** Our own comments and edits, which cannot change a decision of ours. Our pushes can: they wake, and the pass finds nothing to do. */
function isEcho(event: string, { action, sender }: Payload, self: string | null): boolean {
  if (self === null || sender?.login !== self) return false
  return event === 'issue_comment' || (event === 'pull_request' && /^(edited|(un)?labeled)$/.test(action ?? ''))
}

/**
 * What the delivery of `event` wakes. `payload` is the parsed body, hostile until read; `self` is our own login (`windlass[bot]`),
 * null when unknown. Never throws: what cannot be read wakes nothing, with the reason.
 */
export function repositoriesOf(event: string, payload: unknown, self: string | null): Wake {
  const read = Payload.safeParse(payload)
  if (!read.success) return nothing(`not the payload of a webhook: ${read.error.issues[0]?.path.join('.')} is wrong`)
  const decide = DECIDE.get(event)
  if (!decide) return nothing(`${event} events are not used`)
  if (isEcho(event, read.data, self)) return nothing('our own doing')
  const decided = decide(read.data, self)
  return typeof decided === 'object' ? nothing(decided.ignored) : found(decided, read.data)
}

function found(what: 'repository' | 'installation', { installation, repository }: Payload): Wake {
  if (!installation) return nothing('the payload names no installation of the App')
  if (what === 'installation') return { kind: 'installation', installation: installation.id }
  if (!repository) return nothing('the payload names no repository')
  const { name, owner } = repository
  return { kind: 'repository', repository: { installation: installation.id, owner: owner.login, name } }
}

function nothing(reason: string): Wake {
  return { kind: 'nothing', reason }
}

/** The action of a payload, for the record; null when it has none. */
export function actionOf(payload: unknown): string | null {
  const read = z.object({ action: z.string().max(100) }).safeParse(payload)
  return read.success ? read.data.action : null
}

/**
 * The App at GitHub: `probot.auth(installation)` gives a throttled, retrying client. Webhooks do not pass through Probot:
 * it would answer only after the work, and log the whole payload of a forged delivery. `Octokit` lets a test drop the throttle.
 */
export function createApp(settings: Settings, log: Logger, Octokit = ProbotOctokit): Probot {
  const { app, github } = settings
  return new Probot({
    appId: app.id,
    privateKey: app.privateKey,
    secret: app.webhookSecret,
    baseUrl: github.apiUrl,
    log: log.child({ part: 'github' }),
    Octokit,
  })
}
