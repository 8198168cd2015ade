import { type ChildProcess, spawn } from 'node:child_process'

/** A git command that failed: what was run and what git said; never the credentials. */
export class GitError extends Error {
  override readonly name = 'GitError'
}

export type GitOptions = {
  readonly cwd: string
  readonly input?: string | Buffer
  /** Extra variables, such as an index file or the credentials header. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Bytes of stdout at most; default 1 GiB. */
  readonly maxOutput?: number
}

/** Bytes of stdout that are taken when nothing else is said. */
export const MAX_OUTPUT = 1024 * 1024 * 1024

/** git starts helpers, which hold its pipes: a limit that only ended git itself would wait for them. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // ESRCH: nobody of the group is left, which is what we want.
  }
}

/**
 * Runs git without a shell, without the user's or the system's configuration, and without prompts.
 * Returns stdout. Throws GitError when git exits with another code than 0 or runs longer than the limit (2 minutes).
 */
export async function git(args: readonly string[], options: GitOptions): Promise<Buffer> {
  const child = spawn('git', args, {
    cwd: options.cwd,
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'http:https',
      ...options.env,
    },
    detached: true,
  })
  const timer = setTimeout(() => killGroup(child), options.timeoutMs ?? 120_000)
  const out: Buffer[] = []
  let size = 0
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > (options.maxOutput ?? MAX_OUTPUT)) killGroup(child)
    else out.push(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-2000)
  })
  child.stdin.on('error', () => {})
  child.stdin.end(options.input)
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', error => reject(new GitError(`git could not be started: ${error.message}`)))
    child.on('close', (exit, signal) => resolve(exit ?? signal ?? 'unknown'))
  }).finally(() => clearTimeout(timer))
  if (code !== 0) throw new GitError(`git ${args[0]} ended with ${code}: ${said.trim()}`)
  return Buffer.concat(out)
}

/** `git` for commands whose answer is one line of text. */
export async function gitLine(args: readonly string[], options: GitOptions): Promise<string> {
  return (await git(args, options)).toString('utf8').trim()
}

/** Variables that make git send a token to one host only; nothing of it stands in argv or in a file. */
export function credentials(url: string, token: string): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  }
}
