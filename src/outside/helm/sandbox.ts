import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'

/** Ceilings that the kernel enforces on one child. `processes` counts threads too. */
export type Limits = {
  readonly addressSpaceBytes: number
  readonly cpuSeconds: number
  readonly fileSizeBytes: number
  readonly processes: number
}

/** What this machine lets us wrap around a child: absolute paths of three programs of util-linux, null when unusable. */
export type Sandbox = {
  /** Kills the child when we die, even by SIGKILL. */
  readonly setpriv: string | null
  /** Gives the child namespaces of its own. */
  readonly unshare: string | null
  /** Sets the Limits. */
  readonly prlimit: string | null
}

// Fixed folders instead of PATH: whoever can set PATH must not choose the program that is our fence.
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/run/current-system/sw/bin']

// A new user, network (only a dead loopback) and process namespace. Killing the first process of a process namespace
// kills everything in it, also what left the process group with setsid.
const DIE_WITH_US = ['--pdeathsig', 'KILL']
const NAMESPACES = ['--user', '--map-current-user', '--net', '--pid', '--fork', '--kill-child=SIGKILL']

async function findTool(name: string): Promise<string | null> {
  for (const folder of FOLDERS) {
    const path = join(folder, name)
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return null
}

function works(file: string, args: readonly string[]): Promise<boolean> {
  return new Promise(resolve => {
    execFile(file, args, { env: {}, timeout: 5000, killSignal: 'SIGKILL' }, error => resolve(error === null))
  })
}

async function probe(): Promise<Sandbox> {
  const [setpriv, unshare, prlimit] = await Promise.all(['setpriv', 'unshare', 'prlimit'].map(findTool))
  return {
    setpriv: setpriv && (await works(setpriv, [...DIE_WITH_US, '--', setpriv, '--version'])) ? setpriv : null,
    unshare: unshare && (await works(unshare, [...NAMESPACES, '--', unshare, '--version'])) ? unshare : null,
    prlimit: prlimit && (await works(prlimit, ['--core=0', '--', prlimit, '--version'])) ? prlimit : null,
  }
}

let found: Promise<Sandbox> | undefined

/** Asks the machine once and remembers the answer. Never fails: what cannot be used is null. */
export function sandbox(): Promise<Sandbox> {
  found ??= probe()
  return found
}

/** One sentence for the log and the readiness page, so that a weaker machine is never a silent difference. */
export function describeSandbox(box: Sandbox): string {
  const network = box.unshare
    ? 'without network, in a process namespace of their own'
    : 'WITHOUT network isolation (this kernel or container refuses `unshare --user --net --pid`)'
  const limits = box.prlimit
    ? 'with limits on memory, processor time and file size'
    : 'WITHOUT kernel limits on memory and processor time (no usable `prlimit` from util-linux)'
  return `charts are rendered ${network}, ${limits}`
}

/**
 * The whole argv that runs `file` inside the sandbox.
 * `unshare` comes first: the limit on processes counts all of a user, so it is only set inside a user namespace of its own.
 */
export function wrap(box: Sandbox, limits: Limits, file: string, args: readonly string[]): [string, ...string[]] {
  const leash = box.setpriv ? [box.setpriv, ...DIE_WITH_US, '--'] : []
  const fence = box.unshare ? [box.unshare, ...NAMESPACES, '--'] : []
  const ceilings = box.prlimit
    ? [
        box.prlimit,
        `--as=${limits.addressSpaceBytes}`,
        `--cpu=${limits.cpuSeconds}`,
        `--fsize=${limits.fileSizeBytes}`,
        '--core=0',
        ...(box.unshare ? [`--nproc=${limits.processes}`] : []),
        '--',
      ]
    : []
  const [first = file, ...rest] = [...leash, ...fence, ...ceilings, file, ...args]
  return [first, ...rest]
}
