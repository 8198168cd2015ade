import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Who holds a lock. `started` is the start of the process in clock ticks since boot, `space` the kernel and pid namespace. */
type Holder = {
  readonly nonce: string
  readonly pid: number
  readonly started: string
  readonly host: string
  readonly space: string
}

/** Milliseconds between signs of life, and the silence after which a holder that we cannot see counts as dead. */
const TOUCH = 3_000
const SILENCE = 4 * TOUCH

/** Another process holds the lock. */
export class Locked extends Error {
  override readonly name = 'Locked'
}

export type Lock = { release(): void }

/**
 * Takes the exclusive lock `folder/windlass.lock`. PGlite has none: two processes on one folder silently see different data.
 * The lock of a dead process is taken over: at once when its pid can be judged from here (same kernel, same pid namespace,
 * by pid and start time), after 12 s without a sign of life when it ran in another container.
 * `onLost` is called if somebody else takes or removes it. Throws Locked, naming the holder and what to do.
 */
export async function lockFolder(folder: string, onLost: () => void): Promise<Lock> {
  const path = join(folder, 'windlass.lock')
  const own: Holder = { nonce: randomUUID(), pid: process.pid, host: hostname(), ...identity(process.pid) }
  for (let tries = 0; tries < 20; tries++) {
    if (create(path, own)) return keep(path, own, onLost)
    const holder = read(path)
    if (!holder) continue
    if (await isLive(path, holder)) throw new Locked(refusal(folder, path, holder))
    remove(path, holder)
  }
  throw new Locked(`could not take the lock ${path}: other processes keep taking it; start one server per folder`)
}

/** A hard link appears with its whole content or not at all; an O_EXCL file can be seen empty. */
function create(path: string, own: Holder): boolean {
  const draft = `${path}.${own.nonce}`
  writeFileSync(draft, JSON.stringify(own), { flag: 'wx', mode: 0o600 })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function keep(path: string, own: Holder, onLost: () => void): Lock {
  const timer = setInterval(() => {
    if (read(path)?.nonce === own.nonce) return utimesSync(path, new Date(), new Date())
    clearInterval(timer)
    onLost()
  }, TOUCH)
  timer.unref()
  return {
    release() {
      clearInterval(timer)
      if (read(path)?.nonce === own.nonce) rmSync(path, { force: true })
    },
  }
}

function read(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw new Locked(`the lock ${path} cannot be read (${String(error)}): if no windlass runs here, delete that file`)
  }
}

/** Moves the stale lock aside before deleting it: of two processes that take over, only one moves the file it judged. */
function remove(path: string, stale: Holder): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
    if (read(aside)?.nonce !== stale.nonce) linkSync(aside, path)
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

async function isLive(path: string, holder: Holder): Promise<boolean> {
  const here = identity(process.pid)
  if (holder.space === here.space) return isRunning(holder)
  const before = touched(path)
  const deadline = Date.now() + SILENCE
  while (Date.now() < deadline) {
    await sleep(TOUCH / 3)
    if (touched(path) !== before) return true
  }
  return false
}

function isRunning(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (isCode(error, 'ESRCH')) return false
  }
  return identity(holder.pid).started === holder.started
}

function touched(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null
}

/** Field 22 of /proc/PID/stat, counted after the command name, which may hold spaces (proc_pid_stat(5)). */
function identity(pid: number): { readonly started: string; readonly space: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { started, space: `${boot} ${readlinkSync('/proc/self/ns/pid')}` }
  } catch {
    return { started: '', space: hostname() }
  }
}

function refusal(folder: string, path: string, holder: Holder): string {
  return (
    `another windlass (pid ${holder.pid} on ${holder.host}) already uses ${folder}. One process at a time: stop that one, ` +
    `give this one its own WINDLASS_DATA, or set DATABASE_URL to run several on PostgreSQL. (Lock: ${path})`
  )
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
