import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Asked, asked, type Loopback, serve } from './loopback.ts'

/** Git over HTTP from a folder of its own: `git http-backend`, the reference implementation. */
export type GitServer = Loopback & {
  readonly requests: Asked[]
  /** Makes a repository, `owner/name.git`, with one commit for each tag; answers the commit of each tag. */
  add(path: string, tags: readonly string[], annotated?: boolean): ReadonlyMap<string, string>
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}
const ENV = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
}

/** Starts an empty server. `login`: what the Authorization header must be for everything. */
export async function startGitServer(login: string | null = null): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), 'windlass-git-server-'))
  const requests: Asked[] = []
  const server = await serve((request, response) => {
    requests.push(asked(request))
    if (login === null || request.headers.authorization === login) return backend(root, request, response)
    return response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
  })
  const run = (cwd: string, ...args: readonly string[]) =>
    execFileSync('git', args, { cwd, env: { ...ENV, ...IDENTITY }, encoding: 'utf8' }).trim()
  return {
    ...server,
    requests,
    add(path, tags, annotated = false) {
      const repository = join(root, path)
      run(root, 'init', '--quiet', '--bare', repository)
      const tree = run(repository, 'hash-object', '-w', '-t', 'tree', '/dev/null')
      return new Map(
        tags.map(tag => {
          const commit = run(repository, 'commit-tree', tree, '-m', tag)
          run(repository, 'tag', ...(annotated ? ['-m', tag] : []), tag, commit)
          return [tag, commit]
        }),
      )
    },
    async stop() {
      await server.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** `git http-backend` is a CGI program (git-scm.com/docs/git-http-backend). */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const env = {
    ...ENV,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: url.pathname,
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    REMOTE_ADDR: '127.0.0.1',
  }
  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] })
  const out: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  child.on('close', () => answer(Buffer.concat(out), response))
}

function answer(out: Buffer, response: ServerResponse): void {
  const end = out.indexOf('\r\n\r\n')
  const headers = out
    .subarray(0, end)
    .toString()
    .split('\r\n')
    .map(line => line.split(/:\s*/, 2) as [string, string])
  const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200'
  response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers)).end(out.subarray(end + 4))
}
