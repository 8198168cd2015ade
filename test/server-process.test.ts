import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deliver, environment, push } from './support/delivery.ts'
import { ENGINES, type Engine, eventually, startEngine, type Where } from './support/engines.ts'

const SERVE = join(import.meta.dirname, 'support/serve.ts')

/** Real server processes that share one store, one after another or side by side, and the notes that their passes write. */
type Site = {
  /** Starts a process; its log grows while it runs. */
  launch(): Server
  /** Starts a process and waits until it listens. */
  serve(): Promise<Server & { readonly url: string }>
  /** Lets passes be held again. */
  hold(): void
  /** Lets every pass end that is held. */
  release(): void
  crash(): void
  begins(repository: string): readonly string[]
  ends(repository: string): number
}
type Server = { readonly child: ChildProcess; log(): string }

async function withSite(where: Where, use: (site: Site) => Promise<void>): Promise<void> {
  const notes = join(mkdtempSync(join(tmpdir(), 'windlass-notes-')), 'notes')
  appendFileSync(notes, '')
  const children: ChildProcess[] = []
  const noted = () => readFileSync(notes, 'utf8').split('\n')
  const site: Site = {
    launch() {
      const env = { ...environment(where.data, where.database), PATH: process.env.PATH }
      const child = spawn(process.execPath, [SERVE, notes], { env, stdio: ['ignore', 'ignore', 'pipe'] })
      let log = ''
      child.stderr?.on('data', chunk => {
        log += chunk
      })
      children.push(child)
      return { child, log: () => log }
    },
    async serve() {
      const server = site.launch()
      const url = () => /"url":"([^"]+)"/.exec(server.log())?.[1]
      await eventually('the server listens or ends', () => url() !== undefined || hasEnded(server.child))
      const found = url()
      if (found === undefined) throw new Error(`the server ended: ${server.log()}`)
      return { ...server, url: found }
    },
    hold: () => rmSync(`${notes}.go`, { force: true }),
    release: () => writeFileSync(`${notes}.go`, ''),
    crash: () => writeFileSync(`${notes}.crash`, ''),
    begins: repository => noted().filter(line => line.startsWith(`begin ${repository} `)),
    ends: repository => noted().filter(line => line === `end ${repository}`).length,
  }
  try {
    await use(site)
  } finally {
    site.release()
    for (const child of children) child.kill('SIGTERM')
    await eventually('every server ends', () => children.every(hasEnded), 60_000)
    rmSync(dirname(notes), { recursive: true, force: true })
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await eventually('the process is gone', () => hasEnded(child))
}

const metric = async (url: string, line: string) => (await (await fetch(`${url}/metrics`)).text()).includes(line)

/** Waits until nothing waits or runs, so that no test inherits the work of another. */
const drained = (url: string) =>
  eventually(
    'the queue is empty',
    async () => !/queue_jobs\{state="\w+"\} [1-9]/.test(await (await fetch(`${url}/metrics`)).text()),
    60_000,
  )

describe.each(ENGINES)('a server process on %s', name => {
  let engine: Engine

  beforeAll(async () => {
    engine = await startEngine(name)
  })
  afterAll(() => engine.dispose())

  /** On PostgreSQL each test has a database of its own, and they wait for heartbeats together. */
  const story = (title: string, tell: (site: Site) => Promise<void>) =>
    (name === 'PostgreSQL' ? test.concurrent : test)(title, async () => withSite(await engine.fresh(), tell), 240_000)

  story(
    'killed right after the answer, the next process does the work, once',
    async ({ serve, release, begins, ends }) => {
      const first = await serve()
      const guids = [randomUUID(), randomUUID(), randomUUID()]
      for (const guid of guids) {
        const answer = await deliver(first.url, push('held-1'), { guid })
        expect(answer).toEqual({ status: 202, body: { accepted: ['acme/held-1'] } })
      }
      await kill(first.child)
      release()
      const second = await serve()
      await eventually('the pass ends', () => ends('held-1') > 0, 60_000)
      await drained(second.url)
      for (const guid of guids) {
        const answer = await deliver(second.url, push('held-1'), { guid })
        expect(answer).toEqual({ status: 200, body: { accepted: [], duplicate: true } })
      }
      for (const guid of guids) expect(begins('held-1').join()).toContain(guid)
    },
  )

  story(
    'killed during a pass, with a delivery waiting: both are done by the next process',
    async ({ serve, release, begins, ends }) => {
      const first = await serve()
      const [running, waiting] = [randomUUID(), randomUUID()]
      await deliver(first.url, push('held-2'), { guid: running })
      await eventually('the pass runs', () => begins('held-2').length === 1)
      await deliver(first.url, push('held-2'), { guid: waiting })
      await deliver(first.url, push('other-2'))
      await eventually('a neighbour is not held up', () => ends('other-2') === 1)
      await kill(first.child)
      release()
      const { url } = await serve()
      await eventually('the next process does it', () => ends('held-2') > 0, 60_000)
      expect(begins('held-2')[1]).toMatch(new RegExp(`push ${running}, push ${waiting}$`))
      await drained(url)
    },
  )

  story(
    'a pass that kills the process is parked after the second death, and the others go on',
    async ({ serve, begins, ends, launch }) => {
      const first = await serve()
      const guid = randomUUID()
      await deliver(first.url, push('poison-3'), { guid })
      await eventually('the first death', () => first.child.signalCode === 'SIGKILL')
      const second = launch()
      await eventually('the second death', () => second.child.signalCode === 'SIGKILL', 60_000)
      const third = await serve()
      await eventually('it is parked, visibly', () => metric(third.url, 'windlass_parked_repositories 1'), 60_000)
      expect(third.log()).toContain('parked: the process died 2 times in its pass')
      await deliver(third.url, push('other-3'))
      await eventually('the others go on', () => ends('other-3') === 1)
      await drained(third.url)
      expect(begins('poison-3')).toHaveLength(2)
      expect(third.child.signalCode).toBeNull()
    },
  )

  story(
    'told to stop, it answers no more, lets the running pass end, and exits with 0',
    async ({ serve, release, begins, ends }) => {
      const { child, url } = await serve()
      await deliver(url, push('held-4'))
      await eventually('the pass runs', () => begins('held-4').length === 1)
      child.kill('SIGTERM')
      await eventually('it takes no more', () =>
        fetch(`${url}/healthz`).then(
          () => false,
          () => true,
        ),
      )
      release()
      await eventually('it exits', () => child.exitCode !== null)
      expect(child.exitCode).toBe(0)
      expect(ends('held-4')).toBe(1)
    },
  )

  story(
    'an error that nobody caught ends the process with 1, with the reason as its last words',
    async ({ serve, crash }) => {
      const { child, log } = await serve()
      crash()
      await eventually('it exits', () => child.exitCode !== null)
      expect(child.exitCode).toBe(1)
      expect(log()).toMatch(/"level":"fatal".*nobody catches this/)
    },
  )

  story('killed in the middle of a burst, everything that was answered is there', async ({ serve, release }) => {
    const first = await serve()
    const accepted: string[] = []
    let sent = 0
    const sender = async () => {
      while (sent++ < 600 && !hasEnded(first.child)) {
        const guid = randomUUID()
        const answer = await deliver(first.url, push(`burst-${sent % 40}`), { guid }).catch(() => null)
        if (answer !== null && answer.status < 300) accepted.push(guid)
        if (accepted.length === 150) first.child.kill('SIGKILL')
      }
    }
    await Promise.all(Array.from({ length: 50 }, sender))
    await eventually('the process is gone', () => hasEnded(first.child))
    expect(accepted.length).toBeGreaterThanOrEqual(150)
    release()
    const { url } = await serve()
    for (const guid of accepted) {
      const again = await deliver(url, push('burst-0'), { guid })
      expect([guid, again.status, again.body.duplicate]).toEqual([guid, 200, true])
    }
    await drained(url)
  })

  if (name === 'PGlite')
    story(
      'a second process on the same folder is refused, by name, and the first lives on',
      async ({ serve, launch }) => {
        const { child, url } = await serve()
        const second = launch()
        await eventually('the second gives up', () => second.child.exitCode !== null)
        expect(second.child.exitCode).toBe(1)
        expect(second.log()).toContain(`another windlass (pid ${child.pid} on `)
        expect(second.log()).toContain('DATABASE_URL')
        expect((await fetch(`${url}/readyz`)).status).toBe(200)
      },
    )

  if (name === 'PostgreSQL') {
    story(
      'killed during a pass, a second replica begins it again within 15 s, each time',
      async ({ serve, hold, release, begins, ends }) => {
        let replicas = [await serve(), await serve()]
        for (const round of [1, 2, 3]) {
          hold()
          const name = `held-5-${round}`
          const guid = randomUUID()
          await deliver(replicas[0]?.url ?? '', push(name), { guid })
          await eventually('the pass runs somewhere', () => begins(name).length === 1)
          const at = replicas.find(({ child }) => begins(name)[0]?.includes(` ${child.pid} `))
          const other = replicas.find(replica => replica !== at)
          if (!at || !other) throw new Error('nobody runs it')
          await kill(at.child)
          const killed = performance.now()
          await eventually('the other one begins it', () => begins(name).length === 2)
          expect(performance.now() - killed).toBeLessThan(15_000)
          expect(begins(name)[1]).toBe(`begin ${name} ${other.child.pid} push ${guid}`)
          release()
          await eventually('and ends it', () => ends(name) === 1)
          replicas = [other, await serve()]
        }
      },
    )

    story(
      'the same delivery at two replicas at the same moment is new at one of them, and done once',
      async ({ serve, begins, ends }) => {
        const replicas = [await serve(), await serve()]
        for (let round = 0; round < 15; round++) {
          const [name, guid] = [`twin-${round}`, randomUUID()]
          const answers = await Promise.all(replicas.map(({ url }) => deliver(url, push(name), { guid })))
          expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 202])
          await eventually('a pass ends', () => ends(name) > 0)
          await drained(replicas[0]?.url ?? '')
          const passes = begins(name).length
          expect(passes).toBeLessThanOrEqual(2)
          expect(ends(name)).toBe(passes)
        }
      },
    )
  }
})
