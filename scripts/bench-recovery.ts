import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deliver, push } from '../test/support/delivery.ts'
import { hasPostgres, startPostgres } from '../test/support/postgres.ts'
import { type BenchServer, benchRepository, benchServer, stopServer } from './bench-burst.ts'

const KILLS = 30

type Begin = { readonly at: number; readonly pid: number }

/** When and in which process the passes over a repository began. */
function begins(notes: string, repository: string): readonly Begin[] {
  return readFileSync(notes, 'utf8')
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , name]) => name === repository)
    .map(([at, pid]) => ({ at: Number(at), pid: Number(pid) }))
}

async function begun(notes: string, repository: string, times: number): Promise<Begin> {
  for (;;) {
    const found = begins(notes, repository)[times - 1]
    if (found) return found
    await sleep(10)
  }
}

/**
 * `npm run bench -- --recovery [--kills N]`: two replicas on PostgreSQL; the one that has the pass is struck at a random moment, and we wait
 * until the other begins the next attempt. SIGKILL is a killed process; SIGSTOP leaves its connections open, as a lost machine does.
 */
export async function* benchRecovery(root: string, scratch: string, kills = KILLS): AsyncGenerator<string> {
  if (!hasPostgres) throw new Error('measuring the recovery needs PostgreSQL (Debian: apt-get install postgresql)')
  yield 'the replica is       times   p50 s   p99 s   max s'
  yield await row(root, join(scratch, 'killed'), 'SIGKILL', kills)
  yield await row(root, join(scratch, 'silent'), 'SIGSTOP', Math.ceil(kills / 3))
}

async function row(root: string, folder: string, signal: 'SIGKILL' | 'SIGSTOP', kills: number): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const mirror = benchRepository(folder)
  const notes = join(folder, 'notes')
  writeFileSync(notes, '')
  const postgres = await startPostgres()
  const where = { data: folder, database: await postgres.database('recovery') }
  const launch = () => benchServer(root, where, notes, mirror)
  const replicas = [await launch(), await launch()]
  const times: number[] = []
  for (let i = 0; i < kills; i++) {
    const struck = await strike(replicas, notes, `held-${i}`, signal)
    times.push(struck.seconds)
    replicas.splice(struck.index, 1, await launch())
  }
  await Promise.all(replicas.map(stopServer))
  await postgres.stop()
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)
  const name = signal === 'SIGKILL' ? 'killed (-9)' : 'silent (SIGSTOP)'
  return [name.padEnd(20), String(kills).padStart(5), ...[at(0.5), at(0.99), at(1)].map(text => text.padStart(7))].join(
    ' ',
  )
}

/** Strikes the replica in which the pass runs; answers which one that was, and after how many seconds the other began the next attempt. */
async function strike(replicas: readonly BenchServer[], notes: string, name: string, signal: 'SIGKILL' | 'SIGSTOP') {
  await deliver(replicas[0]?.url ?? '', push(name))
  const first = await begun(notes, name, 1)
  const index = replicas.findIndex(({ child }) => child.pid === first.pid)
  const child = replicas[index]?.child
  await sleep(Math.random() * 5_000)
  child?.kill(signal)
  const at = Date.now()
  const second = await begun(notes, name, 2)
  writeFileSync(`${notes}.${name}`, 'go on')
  child?.kill('SIGKILL')
  return { index, seconds: (second.at - at) / 1000 }
}
