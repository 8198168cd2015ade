import { setTimeout as sleep } from 'node:timers/promises'
import type { Octokit } from '@octokit/rest'
import { inSeconds, Later } from '../../server/later.ts'
import type { Budget, Writes, Written } from '../store/writes.ts'
import { answerOf, HeldBack, isAmbiguous, isHeldBack, pauseIn, wasNotSent } from './answer.ts'
import { inTime, roomOf } from './budget.ts'

/** Who sends, and what all who send for this installation share. */
export type Sender = {
  readonly installation: number
  /**
   * The pass that may write, and to its repository (`owner/name`) only, while it holds that; null for who only reads. Without a `holder`,
   * something is said about a repository of which no pass takes care.
   */
  readonly pass: { readonly repository: string; readonly holder: string | null } | null
  readonly writes: Writes
  readonly budget: Budget
}

/** Milliseconds after a reservation within which the request must leave. A lease is lost 10 s after its last sign of life, which comes every 5 s. */
const FRESH = 3_000

/** Milliseconds for an answer; GitHub itself ends what takes longer than 10 s. */
const ANSWER = 30_000

/** Attempts of a read that meets a server in trouble, and of a write that was held back. */
const ATTEMPTS = 3

/** The App itself asks for the token of an installation, which counts against none of its limits. */
const TOKEN = '/app/installations/{installation_id}/access_tokens'

/** Another pass holds the repository now: this one may write nothing any more. */
export class Lost extends Later {
  override readonly name = 'Lost'
}

type Options = Required<Parameters<Octokit['request']['endpoint']['parse']>[0]>
type Answer = Awaited<ReturnType<Octokit['request']>>
type Call = {
  readonly sender: Sender
  readonly options: Options
  readonly request: (options: Options) => Answer | Promise<Answer>
}

/**
 * Lets every request of this client through the one gateway: none inside a pause that GitHub asked for, none above the budgets, no
 * write without its row in the outbox, nor by a pass whose repository went to another one. A write is never repeated here: after an
 * answer that tells nothing the pass fails, and the next one reads what became of it. The client must be the sender's own.
 * Requests reject with Later (come again then), Lost (somebody else holds the repository), or GitHub's own error.
 */
export function guard(octokit: Octokit, sender: Sender): void {
  octokit.hook.wrap('request', (request, options) => {
    if (options.url === TOKEN) return request(options)
    const call: Call = { sender, options, request }
    return isRead(options) ? read(call) : write(call, pathOf(octokit, options))
  })
}

const isRead = ({ method }: Options) => method === 'GET' || method === 'HEAD'

function pathOf(octokit: Octokit, options: Options): string {
  return new URL(octokit.request.endpoint.parse(options).url).pathname
}

async function read(call: Call, attempt = 1): Promise<Answer> {
  const { sender } = call
  await inTime(() => sender.writes.read(sender.installation, roomOf(sender.budget)))
  try {
    return await heed(sender, await send(call, performance.now()))
  } catch (error) {
    const told = await heeded(sender, error)
    if (told instanceof Later || attempt === ATTEMPTS || !(isAmbiguous(error) || wasNotSent(error))) throw told
    await sleep(2 ** attempt * 500 * (0.5 + Math.random() / 2))
    return read(call, attempt + 1)
  }
}

async function write(call: Call, path: string, attempt = 1): Promise<Answer> {
  const { sender, options } = call
  const { id, at } = await reserve(sender, options, path)
  try {
    const response = await send(call, at)
    await sender.writes.close(id, 'done', response.status)
    return await heed(sender, response)
  } catch (error) {
    await sender.writes.close(id, outcomeOf(error), answerOf(error)?.status ?? null)
    if (!isHeldBack(error)) throw await heeded(sender, error)
    if (attempt === ATTEMPTS)
      throw new Later(`${options.method} ${path} was ready too late, again and again`, inSeconds(2))
    return write(call, path, attempt + 1)
  }
}

function outcomeOf(error: unknown): Written {
  if (wasNotSent(error)) return 'failed'
  return isAmbiguous(error) ? 'unknown' : 'refused'
}

/** Writes the row of the outbox; answers it and when it was asked for. */
async function reserve({ pass, installation, writes, budget }: Sender, options: Options, path: string) {
  const { method, owner, repo } = options
  // A path of GraphQL names no repository: who asks says it beside.
  const about = String(options.request?.repository ?? `${owner}/${repo}`)
  if (pass === null || about.toLowerCase() !== pass.repository.toLowerCase())
    throw new Error(`${method} ${path} was not sent: this client may write to ${pass?.repository ?? 'nothing'} only`)
  const intent = { installation, ...pass, request: `${method} ${path}`.slice(0, 300) }
  const reserved = { id: 0, at: 0 }
  await inTime(async () => {
    reserved.at = performance.now()
    const answer = await writes.reserve(intent, roomOf(budget))
    if (answer.kind === 'lost')
      throw new Lost(`${intent.request} was not sent: another pass holds ${pass.repository} now`, inSeconds(1))
    if (answer.kind === 'wait') return answer.seconds
    reserved.id = answer.id
    return 0
  })
  return reserved
}

/** Sends the request unless more than a moment has passed since `at`, when it was allowed; waits 30 s for the answer. */
async function send({ options, request }: Call, at: number): Promise<Answer> {
  const { fetch = globalThis.fetch, ...plain } = options.request ?? {}
  const prompt: typeof globalThis.fetch = async (url, init) => {
    if (performance.now() - at > FRESH) throw new HeldBack('held back: too long after it was allowed')
    return fetch(url, init)
  }
  // Inner hooks read the options that they were given first: these must be the same object.
  options.request = { ...plain, fetch: prompt, signal: AbortSignal.timeout(ANSWER) }
  try {
    return await request(options)
  } finally {
    options.request = { ...plain, fetch }
  }
}

/** The last answer before the limit says so: then we stop before GitHub refuses. */
async function heed({ writes, installation }: Sender, response: Answer): Promise<Answer> {
  const pause = pauseIn({ ...response, message: '' })
  if (pause !== undefined) await writes.pause(installation, pause)
  return response
}

/** The error of a request; Later when GitHub asked us to stop, which all who share the database then do. */
async function heeded({ writes, installation }: Sender, error: unknown): Promise<unknown> {
  const answer = answerOf(error)
  const pause = answer === null ? undefined : pauseIn(answer)
  if (pause === undefined) return error
  const seconds = await writes.pause(installation, pause)
  return new Later(`GitHub asked for a pause of ${Math.ceil(seconds)} s: ${answer?.message}`, inSeconds(seconds))
}
