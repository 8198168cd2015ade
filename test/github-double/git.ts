import { spawn } from 'node:child_process'

/** Identity and time of a commit; the time is ISO 8601. */
export type Person = { readonly name: string; readonly email: string; readonly date: string }

/** A commit as git stores it. */
export type Commit = {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: Person
  readonly committer: Person
  readonly message: string
}

/** Git said no. `code` is its exit code. */
export class GitError extends Error {
  readonly code: number | null

  constructor(args: readonly string[], code: number | null, stderr: string) {
    super(`git ${args.join(' ')} exited ${code}: ${stderr.trim()}`)
    this.code = code
  }
}

/** The whole environment git gets: nothing of the developer's own configuration. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
}

/** Runs git in a bare repository, without a shell; resolves with its stdout, rejects with `GitError`. */
export function git(
  dir: string,
  args: readonly string[],
  input: string | Uint8Array = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['--git-dir', dir, ...args], { env: { ...gitEnvironment, ...env } })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', reject)
    child.on('close', code =>
      code === 0 ? resolve(Buffer.concat(out)) : reject(new GitError(args, code, Buffer.concat(err).toString())),
    )
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** As `git`, but a refusal becomes null: for questions whose "no" is an answer. */
export function tryGit(dir: string, args: readonly string[], input: string | Uint8Array = ''): Promise<Buffer | null> {
  return git(dir, args, input).catch(error => {
    if (error instanceof GitError) return null
    throw error
  })
}

/** The full object id of a revision peeled to a type (`commit`, `tree`, `blob`), or null. */
export async function resolve(dir: string, revision: string, type: string): Promise<string | null> {
  const out = await tryGit(dir, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{${type}}`])
  return out === null ? null : out.toString().trim()
}

/** What a person means by a ref: a branch, else a tag, else a commit id; null when nothing. */
export async function commitOf(dir: string, ref: string): Promise<string | null> {
  const named = ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`]
  const names = /^[0-9a-f]{4,40}$/.test(ref) ? [...named, ref] : named
  for (const name of names) {
    const sha = await resolve(dir, name, 'commit')
    if (sha !== null) return sha
  }
  return null
}

/** The type of an object, or null when the repository does not have it. */
export async function typeOf(dir: string, sha: string): Promise<string | null> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return null
  return (await tryGit(dir, ['cat-file', '-t', sha]))?.toString().trim() ?? null
}

/** Every ref with the object it points at. */
export async function refs(dir: string): Promise<Map<string, string>> {
  const out = (await git(dir, ['for-each-ref', '--format=%(refname) %(objectname)'])).toString()
  return new Map(out.split('\n').flatMap(line => (line ? [line.split(' ') as [string, string]] : [])))
}

/** Moves a ref only if it still points at `before` (null: does not exist); `after` null deletes. False when git refused. */
export async function moveRef(dir: string, ref: string, before: string | null, after: string | null): Promise<boolean> {
  const none = '0'.repeat(40)
  const args = after === null ? ['-d', ref, before ?? none] : [ref, after, before ?? none]
  return (await tryGit(dir, ['update-ref', ...args])) !== null
}

/** Whether `ancestor` is reachable from `descendant`, or the same. */
export async function isAncestor(dir: string, ancestor: string, descendant: string): Promise<boolean> {
  return (await tryGit(dir, ['merge-base', '--is-ancestor', ancestor, descendant])) !== null
}

/** Stores a commit object exactly as given; `git commit-tree` would add a newline to the message. */
export async function writeCommit(dir: string, commit: Omit<Commit, 'sha'>): Promise<string> {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map(parent => `parent ${parent}`),
    `author ${personLine(commit.author)}`,
    `committer ${personLine(commit.committer)}`,
  ]
  const text = `${lines.join('\n')}\n\n${commit.message}`
  return (await git(dir, ['hash-object', '-t', 'commit', '-w', '--stdin'], text)).toString().trim()
}

/** Reads one commit; the id must exist. */
export async function readCommit(dir: string, sha: string): Promise<Commit> {
  const text = (await git(dir, ['cat-file', 'commit', sha])).toString()
  const end = text.indexOf('\n\n')
  const lines = text.slice(0, end).split('\n')
  const all = (key: string) => lines.flatMap(line => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []))
  return {
    sha,
    tree: all('tree')[0] ?? '',
    parents: all('parent'),
    author: parsePerson(all('author')[0] ?? ''),
    committer: parsePerson(all('committer')[0] ?? ''),
    message: text.slice(end + 2),
  }
}

/** Commits reachable from `head` and not from `base`, oldest first. */
export async function commitsBetween(dir: string, base: string, head: string): Promise<Commit[]> {
  const out = await git(dir, ['rev-list', '--reverse', '--topo-order', `${base}..${head}`])
  return Promise.all(
    out
      .toString()
      .split('\n')
      .filter(Boolean)
      .map(sha => readCommit(dir, sha)),
  )
}

/** How many commits `head` has that `base` has not, and the other way round. */
export async function aheadBehind(dir: string, base: string, head: string): Promise<{ ahead: number; behind: number }> {
  const out = (await git(dir, ['rev-list', '--left-right', '--count', `${base}...${head}`])).toString()
  const [behind = 0, ahead = 0] = out.trim().split(/\s+/).map(Number)
  return { ahead, behind }
}

/** The best common ancestor, or null for unrelated histories. */
export async function mergeBase(dir: string, a: string, b: string): Promise<string | null> {
  return (await tryGit(dir, ['merge-base', a, b]))?.toString().trim() ?? null
}

/** The tree of a merge of two commits, or null when they conflict. */
export async function mergedTree(dir: string, base: string, head: string): Promise<string | null> {
  return (await tryGit(dir, ['merge-tree', '--write-tree', base, head]))?.toString().split('\n')[0]?.trim() ?? null
}

/** `Name <email> seconds +0000`, without the characters git gives a meaning. */
export function personLine({ name, email, date }: Person): string {
  const plain = (text: string) => text.replaceAll(/[<>\n]/g, '').trim()
  return `${plain(name)} <${plain(email)}> ${Math.floor(Date.parse(date) / 1000)} +0000`
}

function parsePerson(line: string): Person {
  const [, name = '', email = '', seconds = '0'] = /^(.*?) ?<(.*)> (\d+) [+-]\d{4}$/.exec(line) ?? []
  return { name, email, date: `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z` }
}
