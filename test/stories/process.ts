import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { eventually } from '../support/engines.ts'

/** A server in a process of its own. */
export type Served = {
  readonly url: string
  /** Everything it has logged so far. */
  log(): string
  /** Ends it as a power cut does, and waits until it is gone. */
  kill(): Promise<void>
  /** Asks it to end in order, and waits. */
  stop(): Promise<void>
}

/** The command of the product, and the same without the pauses between writes that GitHub wants. */
export const WINDLASS_SERVE = [fileURLToPath(new URL('../../src/cli.ts', import.meta.url)), 'serve']
export const HASTY_SERVE = [fileURLToPath(new URL('hasty.ts', import.meta.url))]

/** Starts a server and waits until it listens; throws with its log when it ends before that. */
export async function launch(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Served> {
  const { PATH, HELM_BIN } = process.env
  const child = spawn(process.execPath, [...command], {
    env: { ...(HELM_BIN === undefined ? {} : { HELM_BIN }), PATH, ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', chunk => {
    log += chunk
  })
  const url = () => /"url":"([^"]+)"/.exec(log)?.[1]
  await eventually('the server listens or ends', () => url() !== undefined || hasEnded(child), 60_000)
  const found = url()
  if (found === undefined) throw new Error(`the server ended: ${log}`)
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    child.kill(signal)
    await eventually('the process is gone', () => hasEnded(child), 60_000)
  }
  return { url: found, log: () => log, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
