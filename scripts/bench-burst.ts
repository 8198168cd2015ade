import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore, type Store } from '../src/outside/store/store.ts'
import { environment, push, SECRET } from '../test/support/delivery.ts'
import { hasPostgres, startPostgres } from '../test/support/postgres.ts'

/** The burst of issue and design: 10,000 signed deliveries of 10 to 30 KiB in 30 s, over many repositories and a hot one, some twice. */
const DELIVERIES = 10_000
const SECONDS = 30
const REPOSITORIES = 300
const MANIFESTS = 200

type Sent = { readonly guid: string; readonly status: number; readonly ms: number }
type Body = { readonly text: string; readonly signature: string }

/** A server of the bench: its process, where it listens, what it wrote down. */
export type BenchServer = { readonly child: ChildProcess; readonly url: string; log(): string }

/** A bare repository of some hundred manifests, which every pass of the bench scans. */
export function benchRepository(folder: string): string {
  const checkout = join(folder, 'checkout')
  mkdirSync(checkout, { recursive: true })
  for (let i = 0; i < MANIFESTS; i++)
    writeFileSync(
      join(checkout, `${i}.yaml`),
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: app-${i} }\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          image: ghcr.io/acme/app-${i}:1.${i}.0\n`,
    )
  const git = (...argv: readonly string[]) => execFileSync('git', argv, { cwd: checkout, stdio: 'ignore' })
  git('init', '--quiet')
  git('add', '--all')
  git('-c', 'user.name=Bench', '-c', 'user.email=bench@example.com', 'commit', '--quiet', '--message=All')
  git('clone', '--quiet', '--bare', checkout, `${checkout}.git`)
  return `${checkout}.git`
}

/** Starts a server of the bench and waits until it listens. */
export async function benchServer(
  root: string,
  where: { readonly data: string; readonly database: string | null },
  notes: string,
  mirror: string,
): Promise<BenchServer> {
  const env = { ...environment(where.data, where.database), PATH: process.env.PATH }
  const child = spawn(process.execPath, [join(root, 'scripts/bench-serve.ts'), notes, mirror], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', chunk => {
    log += chunk
  })
  const url = () => /"url":"([^"]+)"/.exec(log)?.[1]
  while (url() === undefined) {
    if (child.exitCode !== null) throw new Error(`the server of the bench ended: ${log}`)
    await sleep(20)
  }
  return { child, url: url() ?? '', log: () => log }
}

function bodies(): readonly Body[] {
  const of = (name: string, size: number): Body => {
    const text = JSON.stringify({ ...push(name), pad: 'x'.repeat(size) })
    return { text, signature: `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}` }
  }
  return Array.from({ length: REPOSITORIES }, (_, i) => of(`fleet-${i}`, 10_240 + ((i * 7919) % 20_480)))
}

function send(url: string, agent: Agent, { text, signature }: Body, guid: string, due: number): Promise<Sent> {
  return new Promise(resolve => {
    const done = (status: number) => resolve({ guid, status, ms: performance.now() - due })
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'x-github-event': 'push',
      'x-github-delivery': guid,
      'x-hub-signature-256': signature,
    }
    const sending = request(`${url}/api/github/webhooks`, { method: 'POST', agent, headers }, response => {
      response.resume().on('end', () => done(response.statusCode ?? 0))
      response.on('error', () => done(0))
    })
    sending.on('error', () => done(0))
    sending.end(text)
  })
}

/** Sends on a fixed timetable, whatever the answers do; times count from the moment on the timetable. Every tenth goes to one repository, every fiftieth is sent twice. */
async function burst(url: string, deliveries: number, seconds: number): Promise<readonly Sent[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  const all = bodies()
  const start = performance.now() + 100
  const sent: Promise<Sent>[] = []
  let last = ''
  for (let i = 0; i < deliveries; i++) {
    const due = start + (i * seconds * 1000) / deliveries
    const wait = due - performance.now()
    if (wait > 1) await sleep(wait)
    const body = all[i % 10 === 0 ? 0 : i % all.length] ?? all[0]
    if (i % 50 !== 49) last = randomUUID()
    if (body) sent.push(send(url, agent, body, last, due))
  }
  const answers = await Promise.all(sent)
  agent.destroy()
  return answers
}

/** Megabytes that a process has in memory. */
function rss(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return 0
  }
}

/** Milliseconds of CPU that a process has used (proc_pid_stat(5), a tick is 10 ms). */
function cpu(pid: number): number {
  const [user, system] = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ').slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

async function watching<T>(pid: number, work: () => Promise<T>): Promise<{ readonly value: T; readonly peak: number }> {
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, rss(pid))
  }, 100)
  const value = await work()
  clearInterval(timer)
  return { value, peak }
}

async function drained(url: string): Promise<number> {
  const start = performance.now()
  const isBusy = async () =>
    /queue_jobs\{state="\w+"\} [1-9]/.test(await (await fetch(`${url}/metrics`)).text()) ||
    performance.now() < start + 500
  while (await isBusy()) await sleep(250)
  return (performance.now() - start) / 1000
}

/** How many of the deliveries that were answered with 2xx the inbox does not have. */
async function lost(store: Store, sent: readonly Sent[]): Promise<number> {
  const accepted = [...new Set(sent.filter(({ status }) => status >= 200 && status < 300).map(({ guid }) => guid))]
  const rows = await store.database.query('select guid from windlass_delivery where guid = any($1::text[])', [accepted])
  return accepted.length - rows.length
}

/** Requests that came to GitHub, and how many of them were above its limits: 80 writes a minute, 500 an hour, 900 points a minute. */
function breachesIn(file: string): { readonly sent: number; readonly breaches: number } {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  const all = lines.map(line => ({ at: Number(line.split(' ')[0]), isWrite: !line.endsWith(' GET') }))
  const within = (from: number, ms: number) => all.filter(({ at }) => at > from - ms && at <= from)
  const isBreach = ({ at }: { readonly at: number }) => {
    const minute = within(at, 60_000)
    const writes = minute.filter(({ isWrite }) => isWrite).length
    const hourly = within(at, 3_600_000).filter(({ isWrite }) => isWrite).length
    return writes > 80 || hourly > 500 || minute.length + 4 * writes > 900
  }
  return { sent: all.length, breaches: all.filter(isBreach).length }
}

const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** Stops a server in order and waits until it is gone; answers how many seconds that took. */
export async function stopServer({ child }: BenchServer): Promise<number> {
  const start = performance.now()
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
  return (performance.now() - start) / 1000
}

/**
 * `npm run bench -- --burst [--deliveries N] [--seconds S]`: the receive path under load, with passes that scan running beside it, on both engines, as one table.
 * `killed` repeats it with a kill -9 in the middle: what was answered with 2xx before must be in the inbox. The sender shares the cores.
 */
export async function* benchBurst(
  root: string,
  scratch: string,
  deliveries = DELIVERIES,
  seconds = SECONDS,
): AsyncGenerator<string> {
  yield `${deliveries} deliveries of 10 to 30 KiB in ${seconds} s, over ${REPOSITORIES} repositories and one hot one, 2 % twice; scans run beside it`
  yield `load of the machine before it begins: ${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} cores; CPU ms each includes the passes that ran meanwhile`
  yield 'engine       answered   other   lost   p50 ms   p99 ms   max ms   CPU ms each   peak RSS   passes   limits broken (requests)   drained after   stop   lost when killed'
  for (const engine of hasPostgres ? ['PostgreSQL', 'PGlite'] : ['PGlite']) {
    const folder = join(scratch, engine)
    mkdirSync(folder, { recursive: true })
    const mirror = benchRepository(folder)
    const postgres = engine === 'PostgreSQL' ? await startPostgres() : null
    const home = async (name: string) => ({
      data: join(folder, name),
      database: postgres ? await postgres.database(name) : null,
    })
    const notes = join(folder, 'notes')
    writeFileSync(notes, '')
    const first = await home('whole')
    const server = await benchServer(root, first, notes, mirror)
    const { value, peak } = await watching(server.child.pid ?? 0, async () => {
      const before = cpu(server.child.pid ?? 0)
      const sent = await burst(server.url, deliveries, seconds)
      const cost = (cpu(server.child.pid ?? 0) - before) / deliveries
      return { sent, cost, settled: await drained(server.url) }
    })
    const stopped = await stopServer(server)
    const missing = await withStore(first, store => lost(store, value.sent))
    const second = await home('killed')
    const victim = await benchServer(root, second, notes, mirror)
    const killing = sleep((seconds * 1000) / 4).then(() => victim.child.kill('SIGKILL'))
    const cut = await burst(victim.url, Math.ceil(deliveries / 2), seconds / 2)
    await killing
    const missingAfterKill = await withStore(second, store => lost(store, cut))
    const times = value.sent.map(({ ms }) => ms).toSorted((a, b) => a - b)
    const answered = value.sent.filter(({ status }) => status >= 200 && status < 300).length
    const { sent, breaches } = breachesIn(`${notes}.sent`)
    await postgres?.stop()
    yield [
      engine.padEnd(12),
      String(answered).padStart(8),
      String(value.sent.length - answered).padStart(7),
      String(missing).padStart(6),
      ...[at(times, 0.5), at(times, 0.99), at(times, 1)].map(ms => ms.toFixed(0).padStart(8)),
      value.cost.toFixed(2).padStart(13),
      `${peak.toFixed(0)} MiB`.padStart(10),
      String(readFileSync(notes, 'utf8').split('\n').length - 1).padStart(8),
      `${breaches} (${sent})`.padStart(25),
      `${value.settled.toFixed(1)} s`.padStart(15),
      `${stopped.toFixed(1)} s`.padStart(6),
      `${missingAfterKill} of ${cut.filter(({ status }) => status >= 200 && status < 300).length}`.padStart(18),
    ].join(' ')
  }
}

async function withStore<T>(
  where: { data: string; database: string | null },
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(where, { onLost: () => {}, onError: () => {} })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
