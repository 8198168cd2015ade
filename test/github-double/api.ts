import type { IncomingMessage } from 'node:http'
import { authenticate, type Caller, reachable } from './auth.ts'
import type { Operation } from './description.ts'
import { type Answer, actorOf, demand, type Handler, type Handlers } from './handler.ts'
import { isObject } from './json.ts'
import type { Limits } from './limits.ts'
import { type Asked, answerViolations, requestViolations, type Violation } from './openapi.ts'
import { notFound, Refusal } from './refusal.ts'
import type { Router } from './router.ts'
import { inTurn, repoOf, type State } from './state.ts'

/** What the REST side needs beyond the state. */
export type Api = {
  readonly state: State
  readonly router: Router
  readonly handlers: Handlers
  readonly violations: Violation[]
  readonly limits: Limits
}

/** What became of one request: who asked, which operation it was, what to answer. */
export type Served = { readonly caller: Caller | null; readonly operation: Operation | null; readonly answer: Answer }

/** Media types that mean "the usual JSON". Others change the answer, and the double does not know how. */
const USUAL = /^(\*\/\*|application\/json|application\/vnd\.github(\.v3)?\+json)?$/

/** Serves one REST request: described? allowed? done, and described again. */
export async function serveApi(api: Api, request: IncomingMessage, url: URL, body: Buffer): Promise<Served> {
  const { state, router, handlers } = api
  const method = request.method ?? 'GET'
  const path = url.pathname.slice('/api/v3'.length)
  const found = router(method, path)
  if (!found)
    return violated(api, null, null, [
      { operation: `${method} ${path}`, path: 'path', message: 'is not described by GitHub' },
    ])
  const { operation } = found
  const asked: Asked = { params: { ...found.params }, query: Object.fromEntries(url.searchParams), body: parsed(body) }
  const wrong = [...requestViolations(operation, asked), ...mediaViolations(operation, request.headers.accept)]
  if (wrong.length > 0) return violated(api, null, operation, wrong)
  const handler = handlers[operation.id]
  if (!handler)
    return violated(api, null, operation, [
      { operation: operation.id, path: 'path', message: 'is not in the double yet' },
    ])
  let caller: Caller | null = null
  try {
    caller = authenticate(state, request.headers.authorization)
    api.limits.demand(caller, method, path)
    const answer = await perform(api, handler, caller, url, method, asked)
    return checked(api, caller, operation, answer)
  } catch (error) {
    if (error instanceof Refusal)
      return checked(api, caller, operation, {
        status: error.status,
        body: error.body,
        headers: error.headers,
      })
    return violated(api, caller, operation, [{ operation: operation.id, path: 'handler', message: String(error) }])
  }
}

async function perform(
  { state }: Api,
  handler: Handler,
  caller: Caller,
  url: URL,
  method: string,
  asked: Asked,
): Promise<Answer> {
  const input = { ...asked.query, ...(Array.isArray(asked.body) ? {} : Object(asked.body)), ...asked.params } as never
  if (handler.auth === 'app') {
    if (caller.kind !== 'app') throw new Refusal(401, 'A JSON web token could not be decoded')
    return handler.handle({ state, url, app: caller.app }, input)
  }
  if (caller.kind === 'app') throw new Refusal(401, 'Bad credentials')
  const call = { state, url, token: caller, by: actorOf(state, caller) }
  if (handler.auth === 'token') {
    demand(caller, null, handler.needs)
    return handler.handle(call, input)
  }
  const repo = repoOf(state, String(asked.params.owner), String(asked.params.repo))
  if (!repo || !reachable(state, caller).includes(repo)) throw notFound()
  demand(caller, repo, handler.needs)
  const run = async () => handler.handle({ ...call, repo }, input)
  return method === 'GET' ? run() : inTurn(repo, run)
}

/** The answer, if GitHub could give it; the violation otherwise. Bodies are checked as they travel: as JSON. */
function checked(api: Api, caller: Caller | null, operation: Operation, answer: Answer): Served {
  const body = answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body))
  const type = body === undefined ? null : 'application/json'
  const wrong = answerViolations(operation, { status: answer.status, type, body })
  return wrong.length > 0 ? violated(api, caller, operation, wrong) : { caller, operation, answer }
}

function violated(api: Api, caller: Caller | null, operation: Operation | null, wrong: readonly Violation[]): Served {
  api.violations.push(...wrong)
  const message = `The GitHub double found ${wrong.length} violation(s) of GitHub's description: ${wrong.map(lineOf).join('; ')}`
  return { caller, operation, answer: { status: 500, body: { message, violations: wrong } } }
}

/** One violation in one line. */
export function lineOf({ operation, path, message }: Violation): string {
  return `${operation}: ${path} ${message}`
}

function mediaViolations(operation: Operation, accept: string | undefined): Violation[] {
  const unusual = (accept ?? '')
    .split(',')
    .map(type => type.split(';')[0]?.trim() ?? '')
    .filter(type => !USUAL.test(type))
  return unusual.map(type => ({ operation: operation.id, path: 'accept', message: `${type} is not in the double yet` }))
}

/** The request body as JSON; what cannot be parsed stays text, and the description refuses it. */
function parsed(body: Buffer): unknown {
  if (body.length === 0) return undefined
  const text = body.toString()
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) || Array.isArray(value) ? value : text
  } catch {
    return text
  }
}
