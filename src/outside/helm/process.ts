import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { type Limits, type Sandbox, sandbox, wrap } from './sandbox.ts'

/**
 * A child that runs strangers' input. `env` is its whole environment, nothing is inherited.
 * `maxOutput` is in bytes, both streams together. `timeoutMs` is wall time.
 */
export type Command = {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly maxOutput: number
  readonly limits: Limits
}

/** How a child ended. Only `exited` says anything about its work. */
export type Outcome =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  | { readonly kind: 'too-much-output'; readonly maxOutput: number }
  | { readonly kind: 'killed'; readonly signal: string; readonly stderr: string }
  | { readonly kind: 'not-started'; readonly reason: string }

const DRAIN_MS = 1000

// The wrappers speak before the program does; in their C locale the words are these (util-linux sys-utils/unshare.c, prlimit.c).
const WRAPPER_FAILED = /^(?:setpriv|unshare|prlimit): (.+)/
// util-linux 2.38 stumbles when it wants to die by the signal that killed its child, and exits with 1 and this line instead.
const CHILD_WAS_KILLED = /unshare: sigprocmask unblock failed: .*\n$/

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // ESRCH: nobody of the group is left, which is what we want.
  }
}

function ended(code: number | null, signal: string | null, stdout: string, stderr: string): Outcome {
  if (code === null) return { kind: 'killed', signal: signal ?? 'unknown', stderr }
  if (code !== 0 && CHILD_WAS_KILLED.test(stderr)) {
    return { kind: 'killed', signal: 'SIGKILL', stderr: stderr.replace(CHILD_WAS_KILLED, '') }
  }
  const wrapper = code !== 0 && stdout === '' ? WRAPPER_FAILED.exec(stderr) : null
  if (wrapper?.[1]) return { kind: 'not-started', reason: wrapper[1] }
  return { kind: 'exited', code, stdout, stderr }
}

function supervise(child: ChildProcess, command: Command): Promise<Outcome> {
  return new Promise(resolve => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let size = 0
    let stopped: Outcome | null = null
    const stop = (outcome: Outcome) => {
      stopped ??= outcome
      killGroup(child)
    }
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length
      if (size > command.maxOutput) return stop({ kind: 'too-much-output', maxOutput: command.maxOutput })
      into.push(chunk)
    }
    const timer = setTimeout(() => stop({ kind: 'timed-out', afterMs: command.timeoutMs }), command.timeoutMs)
    const finish = (outcome: Outcome) => {
      clearTimeout(timer)
      resolve(stopped ?? outcome)
    }
    child.stdout?.on('data', collect(stdout))
    child.stderr?.on('data', collect(stderr))
    child.once('error', error => finish({ kind: 'not-started', reason: error.message }))
    child.once('exit', () => {
      killGroup(child)
      // Without a process namespace something may have left the group and still hold the pipes: it is not waited for.
      setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, DRAIN_MS).unref()
    })
    child.once('close', (code, signal) => {
      finish(ended(code, signal, Buffer.concat(stdout).toString('utf8'), Buffer.concat(stderr).toString('utf8')))
    })
  })
}

/**
 * Runs a program without a shell, in its own process group, fenced and limited as far as the machine allows (`sandbox.ts`),
 * and kills the whole group with SIGKILL at the first limit. Never throws: every end is an Outcome.
 */
export async function run(command: Command, box?: Sandbox): Promise<Outcome> {
  if (!isAbsolute(command.file)) return { kind: 'not-started', reason: `${command.file} is not an absolute path` }
  const executable = await access(command.file, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!executable) return { kind: 'not-started', reason: `${command.file} does not exist or is not executable` }
  const [file, ...args] = wrap(box ?? (await sandbox()), command.limits, command.file, command.args)
  try {
    const child = spawn(file, args, {
      cwd: command.cwd,
      env: { ...command.env },
      detached: true,
      shell: false,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return await supervise(child, command)
  } catch (error) {
    return { kind: 'not-started', reason: error instanceof Error ? error.message : String(error) }
  }
}
