import { type ChildProcess, spawn } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { accountOf, may, type Permission, reachable, tokenNamed } from './auth.ts'
import { gitEnvironment, refs } from './git.ts'
import { NOT_ACCESSIBLE } from './handler.ts'
import { notePush } from './refs.ts'
import { notFound, Refusal } from './refusal.ts'
import { inTurn, type Repo, repoOf, type State, type Token } from './state.ts'

/** A request of git's smart HTTP protocol. */
export type GitRequest = { readonly repo: Repo | null; readonly rest: string; readonly service: string }

/** What goes back over HTTP. */
export type Raw = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }

const children = new Set<ChildProcess>()

/** Reads a path as one of git's (`/owner/name.git/info/refs?service=...`), or null. */
export function gitRequest(state: State, url: URL): GitRequest | null {
  const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(url.pathname)
  if (!match) return null
  const [, owner = '', name = '', rest = ''] = match
  const service = rest === 'info/refs' ? (url.searchParams.get('service') ?? '') : rest
  return { repo: repoOf(state, owner, name), rest, service }
}

/** The token in a Basic header: git sends `x-access-token:<token>`; 401 with a challenge otherwise. */
export function gitToken(state: State, header: string | undefined): Token {
  const basic = /^basic +(\S+)$/i.exec(header ?? '')?.[1] ?? ''
  return tokenNamed(state, Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':'))
}

/** Serves a fetch or a push from the bare repository; a push is noted and its pull requests follow. */
export async function serveGit(
  state: State,
  request: IncomingMessage,
  url: URL,
  asked: GitRequest,
  token: Token,
  body: Buffer,
): Promise<Raw> {
  const { repo, service } = asked
  if (!repo || !reachable(state, token).includes(repo)) throw notFound('Repository not found.')
  const needs: Permission = service === 'git-receive-pack' ? 'contents:write' : 'contents:read'
  if (!may(token, repo, needs)) throw new Refusal(403, NOT_ACCESSIBLE)
  const run = () => backend(repo, request, url, asked.rest, body)
  if (request.method !== 'POST' || service !== 'git-receive-pack') return run()
  return inTurn(repo, async () => {
    const before = await refs(repo.dir)
    const raw = await run()
    await notePush(state, repo, accountOf(state, token), before)
    return raw
  })
}

/** Ends the git processes that still run. */
export function stopGit(): void {
  for (const child of children) child.kill('SIGKILL')
}

/** `git http-backend` is a CGI program: https://git-scm.com/docs/git-http-backend */
function backend(repo: Repo, request: IncomingMessage, url: URL, rest: string, body: Buffer): Promise<Raw> {
  const header = (name: string) => String(request.headers[name] ?? '')
  const env = {
    ...gitEnvironment,
    GIT_PROJECT_ROOT: dirname(repo.dir),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${repo.dir.slice(dirname(repo.dir).length + 1)}/${rest}`,
    REQUEST_METHOD: request.method ?? 'GET',
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: header('content-type'),
    CONTENT_LENGTH: String(body.length),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    GIT_PROTOCOL: header('git-protocol'),
    REMOTE_USER: 'double',
    REMOTE_ADDR: '127.0.0.1',
  }
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['http-backend'], { env })
    children.add(child)
    const out: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.resume()
    child.on('error', reject)
    child.on('close', () => {
      children.delete(child)
      resolve(parseCgi(Buffer.concat(out)))
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(body)
  })
}

function parseCgi(out: Buffer): Raw {
  const end = out.indexOf('\r\n\r\n')
  const lines = out.subarray(0, Math.max(end, 0)).toString().split('\r\n').filter(Boolean)
  const headers = Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const { status = end === -1 ? '500' : '200', ...rest } = headers
  return { status: Number.parseInt(status, 10), headers: rest, body: out.subarray(end + 4) }
}
