import { type Logger, Probot, ProbotOctokit } from 'probot'
import { z } from 'zod'
import { decisionOf, Payload } from './server/events.ts'
import type { Settings } from './settings.ts'

/** A repository as an installation of the App sees it. */
export type Repository = { readonly installation: number; readonly owner: string; readonly name: string }

/** What an event asks for. Events only wake; what is to be done is decided from the state that is found. */
export type Wake =
  | { readonly kind: 'repository'; readonly repository: Repository }
  /** Every repository of one installation. */
  | { readonly kind: 'installation'; readonly installation: number }
  | { readonly kind: 'nothing'; readonly reason: string }

/**
 * What the delivery of `event` wakes. `payload` is the parsed body, hostile until read; `self` is our own login (`windlass[bot]`),
 * null when unknown. Never throws: what cannot be read wakes nothing, with the reason.
 */
export function repositoriesOf(event: string, payload: unknown, self: string | null): Wake {
  const read = Payload.safeParse(payload)
  if (!read.success) return nothing(`not the payload of a webhook: ${read.error.issues[0]?.path.join('.')} is wrong`)
  const decision = decisionOf(event, read.data, self)
  return typeof decision === 'object' ? nothing(decision.ignored) : found(decision, read.data)
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

const Action = z.object({ action: z.string().max(100) })

/** The action of a payload, for the record, without what a database cannot keep; null when it has none. */
export function actionOf(payload: unknown): string | null {
  const read = Action.safeParse(payload)
  return read.success ? read.data.action.toWellFormed().replace(/\p{Cc}/gu, '\ufffd') : null
}

const PlainOctokit = ProbotOctokit.defaults((options: object) => ({
  ...options,
  throttle: { enabled: false },
  retry: { enabled: false },
}))

/**
 * The App at GitHub: `probot.auth(installation)` gives a new client. Webhooks do not pass through Probot: it would answer only after
 * the work, and log the whole payload of a forged delivery. Nor do pauses and retries: they know of one process only, the gateway of all.
 */
export function createApp(settings: Settings, log: Logger): Probot {
  const { app, github } = settings
  return new Probot({
    appId: app.id,
    privateKey: app.privateKey,
    secret: app.webhookSecret,
    baseUrl: github.apiUrl,
    log: log.child({ part: 'github' }),
    Octokit: PlainOctokit,
  })
}
