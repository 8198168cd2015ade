import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Api, serveApi } from './api.ts'
import { type Caller, whoIs } from './auth.ts'
import type { Fault, Faults } from './faults.ts'
import { gitRequest, gitToken, type Raw, serveGit } from './git-http.ts'
import { serveGraphql } from './graphql.ts'
import type { Answer } from './handler.ts'
import { Refusal } from './refusal.ts'
import { timestamp } from './state.ts'

type Reply = Raw | 'dropped' | 'hanging'
type Outcome = { readonly caller: Caller | null; readonly operationId: string | null; readonly raw: Raw }

/** Answers one HTTP request: a fault if one waits for it, else git, GraphQL or REST; writes the log. */
export async function answer(
  api: Api,
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { state } = api
  const url = new URL(request.url ?? '/', state.origin)
  const method = request.method ?? 'GET'
  const body = await bytesOf(request)
  const fault = faults.take(method, url.pathname)
  const outcome = fault && !fault.mode?.endsWith('after-effect') ? nothing : await serve(api, request, url, body)
  const reply = fault ? faulty(fault) : outcome.raw
  state.log.push({
    kind: 'request',
    at: timestamp(state),
    method,
    path: `${url.pathname}${url.search}`,
    operationId: outcome.operationId,
    status: typeof reply === 'string' ? reply : reply.status,
    body: textOrJson(body),
    who: whoIs(outcome.caller),
    fault: fault !== null,
  })
  send(response, reply, headersOf(api, outcome.caller))
}

const nothing: Outcome = { caller: null, operationId: null, raw: { status: 500, headers: {}, body: Buffer.alloc(0) } }

async function serve(api: Api, request: IncomingMessage, url: URL, body: Buffer): Promise<Outcome> {
  const git = gitRequest(api.state, url)
  if (git) {
    const token = attempt(() => gitToken(api.state, request.headers.authorization))
    const raw =
      token instanceof Refusal
        ? refused(token)
        : await serveGit(api.state, request, url, git, token, body).catch(refused)
    return { caller: token instanceof Refusal ? null : token, operationId: git.service, raw }
  }
  if (url.pathname === '/api/graphql') {
    const { caller, answer: found } = await serveGraphql(api, request, body)
    return { caller, operationId: 'graphql', raw: json(found) }
  }
  if (url.pathname.startsWith('/api/v3/')) {
    const { caller, operation, answer: found } = await serveApi(api, request, url, body)
    return { caller, operationId: operation?.id ?? null, raw: json(found) }
  }
  api.violations.push({
    operation: `${request.method} ${url.pathname}`,
    path: 'path',
    message: 'is neither REST, GraphQL nor git',
  })
  return { ...nothing, raw: json({ status: 500, body: { message: 'Not a path of GitHub' } }) }
}

function refused(error: unknown): Raw {
  if (!(error instanceof Refusal)) throw error
  const challenge = { 'www-authenticate': 'Basic realm="GitHub"' }
  return { status: error.status, headers: error.status === 401 ? challenge : {}, body: Buffer.from(error.message) }
}

function attempt<T>(act: () => T): T | Refusal {
  try {
    return act()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

function json({ status, body, headers }: Answer): Raw {
  if (body === undefined) return { status, headers: headers ?? {}, body: Buffer.alloc(0) }
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  }
}

function faulty({ status, body, headers, mode }: Fault): Reply {
  if (mode?.startsWith('hang')) return 'hanging'
  if (status === 'drop') return 'dropped'
  if (typeof body === 'string')
    return { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, body: Buffer.from(body) }
  return json({
    status,
    body: body ?? { message: 'A fault of the double', documentation_url: 'https://docs.github.com/rest' },
    ...(headers ? { headers } : {}),
  })
}

function send(response: ServerResponse, reply: Reply, headers: Readonly<Record<string, string>>): void {
  if (reply === 'hanging') return
  if (reply === 'dropped') return void response.destroy()
  response.writeHead(reply.status, {
    ...headers,
    ...reply.headers,
    ...(reply.status === 204 ? {} : { 'content-length': reply.body.length }),
  })
  response.end(reply.body)
}

function headersOf({ state, limits }: Api, caller: Caller | null): Record<string, string> {
  return {
    ...limits.headers(caller),
    date: state.now().toUTCString(),
    'x-github-request-id': `DOUBLE:${state.log.length}`,
    'x-github-media-type': 'github.v3; format=json',
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function textOrJson(body: Buffer): unknown {
  if (body.length === 0) return null
  try {
    return JSON.parse(body.toString())
  } catch {
    return `${body.length} bytes`
  }
}
