import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Repository } from '../src/app.ts'
import { inBatches } from '../src/in-batches.ts'
import { openStore, type Store } from '../src/outside/store/store.ts'
import { openQueue, type Queue, type Work } from '../src/queue.ts'
import { Final } from '../src/server/final.ts'
import { createGate } from '../src/server/gate.ts'
import { Later } from '../src/server/later.ts'
import type { PassEnd, Reconcile, Waking } from '../src/server/pass.ts'
import { ENGINES, type Engine, eventually, startEngine } from './support/engines.ts'

const QUIET = { onLost: () => {}, onError: () => {} }
const log = pino({ level: 'silent' })

let number = 0
/** A repository no other test has used. */
function repository(): Repository {
  return { installation: 7, owner: 'Acme', name: `fleet-${++number}` }
}

describe.each(ENGINES)('the queue on %s', name => {
  let engine: Engine
  let store: Store
  let queue: Queue

  beforeAll(async () => {
    engine = await startEngine(name)
    store = await openStore(engine.where, QUIET)
  })
  afterEach(() => queue.stop(1_000))
  afterAll(async () => {
    await store.close()
    await engine.dispose()
  })

  type Told = {
    readonly listRepositories?: Work['listRepositories']
    readonly sayParked?: Work['sayParked']
    reconcile?(...asked: Parameters<Reconcile>): unknown
  }

  /** Opens the queue as a new process would, with this work (a pass may answer a date); answers how its passes ended. */
  async function start({
    reconcile = () => null,
    listRepositories = async () => [],
    sayParked = async () => {},
  }: Told): Promise<PassEnd[]> {
    const ends: PassEnd[] = []
    queue = await openQueue(store, log)
    await queue.work({
      async reconcile(...asked) {
        const again = await reconcile(...asked)
        return { again: again instanceof Date ? again : null }
      },
      listRepositories,
      sayParked,
      onPass: end => void ends.push(end),
    })
    return ends
  }

  async function receive(at: Repository, over = {}): Promise<string> {
    const guid = randomUUID()
    const delivery = {
      guid,
      event: 'push',
      action: null,
      installation: at.installation,
      repository: `${at.owner}/${at.name}`,
    }
    await store.receive({ ...delivery, ...over }, null)
    return guid
  }

  async function outcome(guid: string): Promise<unknown> {
    const rows = await store.database.query('select outcome, detail from windlass_delivery where guid = $1', [guid])
    return rows[0]
  }

  test('a wake leads to one pass, told what caused it, and its deliveries are done', async () => {
    const fleet = repository()
    const calls: unknown[] = []
    await start({ reconcile: (at, { cause, events }) => calls.push([at, cause, [...events]]) })
    const guid = await receive(fleet)
    await queue.wake(fleet, 'a hint')
    await eventually('the delivery is done', async () => (await store.unfinished()).length === 0)
    expect(calls).toEqual([[fleet, `push ${guid}`, ['push']]])
    expect(await outcome(guid)).toEqual({ outcome: 'done', detail: null })
  })

  test('wakes before a pass begins merge; however many wakes during it lead to exactly one more', async () => {
    const fleet = repository()
    const first = Promise.withResolvers<void>()
    let passes = 0
    let together = 0
    const ends = await start({
      async reconcile() {
        expect(++together).toBe(1)
        if (++passes === 1) await first.promise
        together--
      },
    })
    await Promise.all(Array.from({ length: 5 }, () => queue.wake(fleet, 'before')))
    await eventually('the first pass runs', () => passes === 1)
    const during = await receive(fleet)
    for (let i = 0; i < 5; i++) await queue.wake(fleet, 'during')
    expect(await queue.depth()).toEqual(
      new Map([
        ['active', 1],
        ['created', 1],
      ]),
    )
    first.resolve()
    await eventually('both passes ended', () => ends.length === 2)
    expect(await outcome(during)).toEqual({ outcome: 'done', detail: null })
    await eventually('nothing is left', async () => (await queue.depth()).size === 0)
    expect(passes).toBe(2)
  })

  test('a delivery that arrives during a pass is not done by it', async () => {
    const fleet = repository()
    const gate = Promise.withResolvers<void>()
    let passes = 0
    const ends = await start({ reconcile: () => (++passes === 1 ? gate.promise : Promise.resolve()) })
    await queue.wake(fleet, 'one')
    await eventually('the pass runs', () => passes === 1)
    const late = await receive(fleet)
    gate.resolve()
    await eventually('the pass ended', () => ends.length === 1)
    expect(await outcome(late)).toEqual({ outcome: null, detail: null })
    await queue.wake(fleet, 'two')
    await eventually('the second pass ended', () => ends.length === 2)
    expect(await outcome(late)).toEqual({ outcome: 'done', detail: null })
  })

  test('a repository with a long pass and a waiting wake does not hold up the others', async () => {
    const [slow, ...others] = [repository(), repository(), repository(), repository()]
    const gate = Promise.withResolvers<void>()
    const seen: string[] = []
    const ends = await start({
      async reconcile(at) {
        seen.push(at.name)
        if (at.name === slow.name && ends.length === 0) await gate.promise
      },
    })
    await queue.wake(slow, 'first')
    await eventually('the slow pass runs', () => seen.length === 1)
    await queue.wake(slow, 'second')
    for (const other of others) await queue.wake(other, 'other')
    await eventually('the others are done', () => ends.length === 3)
    expect(seen.toSorted()).toEqual([slow, ...others].map(({ name }) => name).toSorted())
    gate.resolve()
    await eventually('the slow one is done, twice', () => ends.length === 5)
  })

  test('an error of the moment is retried until the pass succeeds', async () => {
    const fleet = repository()
    let passes = 0
    const ends = await start({
      async reconcile() {
        if (++passes < 3) throw new Error('502 from GitHub')
      },
    })
    const guid = await receive(fleet)
    await queue.wake(fleet, 'hint')
    await eventually('the third pass succeeds', () => ends.length === 3)
    expect(ends).toEqual(['retried', 'retried', 'done'])
    expect(await outcome(guid)).toEqual({ outcome: 'done', detail: null })
  })

  test('after ten failures in a row we give up until the next wake, and say so', async () => {
    const fleet = repository()
    const ends = await start({ reconcile: async () => Promise.reject(new Error('disk full')) })
    const guid = await receive(fleet)
    await queue.wake(fleet, 'hint')
    await eventually('the first failure', () => ends.length === 1)
    await store.database.query('update windlass_attempt set failures = 9 where repository = $1', [`acme/${fleet.name}`])
    await eventually('giving up', () => ends.includes('failed'))
    expect(await outcome(guid)).toEqual({ outcome: 'failed', detail: 'disk full' })
    expect((await queue.depth()).get('created')).toBeUndefined()
  })

  test('a Final error stops at once, is not retried, and the next wake tries again', async () => {
    const fleet = repository()
    const ends = await start({ reconcile: async () => Promise.reject(new Final('the App was removed from acme')) })
    const guid = await receive(fleet)
    await queue.wake(fleet, 'hint')
    await eventually('the stop', () => ends.length === 1)
    await eventually('nothing is left', async () => (await queue.depth()).size === 0)
    expect(ends).toEqual(['stopped'])
    expect(await outcome(guid)).toEqual({ outcome: 'stopped', detail: 'the App was removed from acme' })
    await queue.wake(fleet, 'again')
    await eventually('the second stop', () => ends.length === 2)
  })

  test('a delivery that was stored and never queued is taken up at the next start', async () => {
    const fleet = repository()
    const guid = await receive(fleet)
    await start({})
    await eventually('it is done', async () => (await store.unfinished()).length === 0)
    expect(await outcome(guid)).toEqual({ outcome: 'done', detail: null })
  })

  test('a sweep wakes every repository of its installation, and then what asked for it is done', async () => {
    const [mine, also, foreign] = [repository(), repository(), { ...repository(), installation: 8 }]
    const seen: string[] = []
    const ends = await start({
      reconcile: async at => void seen.push(at.name),
      listRepositories: async () => [mine, also, foreign],
    })
    const guid = await receive(mine, { event: 'release', repository: null })
    await queue.sweep(7, `release ${guid}`)
    await eventually('both passes', () => ends.length === 2)
    expect(seen.toSorted()).toEqual([mine.name, also.name].toSorted())
    expect(await outcome(guid)).toEqual({ outcome: 'done', detail: null })
  })

  test('the same tick is swept once, whoever asks', async () => {
    const swept: (number | null)[] = []
    await start({
      async listRepositories(installation) {
        swept.push(installation)
        return []
      },
    })
    const tick = new Date('2026-11-21T10:17:00Z')
    await queue.sweep(null, 'sweep', tick)
    await eventually('the first sweep', () => swept.length === 1)
    await queue.sweep(null, 'sweep', tick)
    await queue.sweep(9, 'a later sweep, done after all that came before it')
    await eventually('the later sweep', () => swept.includes(9))
    expect(swept).toEqual([null, 9])
    await queue.sweep(null, 'sweep', new Date('2026-11-21T11:17:00Z'))
    await eventually('the next tick', () => swept.length === 3)
  })

  test('a pass that asks to be woken at a date is, told that this is why, and not a second time', async () => {
    const fleet = repository()
    const woken: string[][] = []
    const ends = await start({
      reconcile(_, { events }) {
        woken.push([...events])
        return woken.length === 1 ? new Date(Date.now() + 1_500) : null
      },
    })
    await receive(fleet)
    await queue.wake(fleet, 'hint')
    await eventually('the second pass', () => ends.length === 2)
    expect(woken).toEqual([['push'], ['due']])
    expect(await store.database.query('select * from windlass_due')).toEqual([])
  })

  test('a date survives the process, and a pass before it replaces it', async () => {
    const [kept, replaced] = [repository(), repository()]
    await start({ reconcile: () => new Date(Date.now() + 3_600_000) })
    await queue.wake(kept, 'hint')
    await queue.wake(replaced, 'hint')
    const dates = async () =>
      (await store.database.query("select name from windlass_due where at > now() + interval '50 min'")).length
    await eventually('both dates stand', async () => (await dates()) === 2)
    await queue.stop(1_000)
    await store.database.query("update windlass_due set at = now() - interval '1 h' where name = $1", [kept.name])
    const seen: string[] = []
    const ends = await start({ reconcile: ({ name }, { cause }) => void seen.push(`${name} ${cause}`) })
    await queue.wake(replaced, 'hint')
    await eventually('both passes', () => ends.length === 2)
    expect(seen.toSorted()).toEqual([`${kept.name} due`, `${replaced.name} hint`].toSorted())
    await eventually(
      'no date is left',
      async () => (await store.database.query('select 1 from windlass_due')).length === 0,
    )
  })

  test.each([
    ['one action', (until: Date) => new Later('GitHub wants a pause', until)],
    ['every action', (until: Date) => new AggregateError([new Later('a', until), new Later('b', until)])],
  ])('a pass that has to wait (%s) comes again then, with its deliveries, and has not failed', async (_, error) => {
    const fleet = repository()
    const woken: string[][] = []
    const ends = await start({
      reconcile(_, { events }) {
        woken.push([...events].toSorted())
        if (woken.length === 1) throw error(new Date(Date.now() + 1_000))
      },
    })
    const guid = await receive(fleet)
    await queue.wake(fleet, 'hint')
    await eventually('the second pass', () => ends.length === 2)
    expect(ends).toEqual(['later', 'done'])
    expect(woken).toEqual([['push'], ['due', 'push']])
    expect(await outcome(guid)).toEqual({ outcome: 'done', detail: null })
    const rows = await store.database.query('select failures, deaths from windlass_attempt where repository = $1', [
      `acme/${fleet.name}`,
    ])
    expect(rows).toEqual([{ failures: 0, deaths: 0 }])
  })

  test('a failure beside a wait is a failure', async () => {
    const ends = await start({
      reconcile() {
        if (ends.length === 0) throw new AggregateError([new Later('a', new Date()), new Error('502')])
      },
    })
    await queue.wake(repository(), 'hint')
    await eventually('it is retried', () => ends.length === 2)
    expect(ends).toEqual(['retried', 'done'])
  })

  test('that we gave up on a repository is said then, again at each sweep, and taken back when a pass succeeds', async () => {
    const fleet = repository()
    const said: unknown[] = []
    const ends = await start({
      listRepositories: async () => [fleet, repository()],
      async sayParked(at, isParked) {
        said.push([at.name, isParked])
        if (said.length === 1) throw new Error('502 from GitHub')
      },
    })
    await store.database.query(
      'insert into windlass_attempt (repository, job, holder, deaths) values ($1, gen_random_uuid(), gen_random_uuid(), 1)',
      [`acme/${fleet.name}`],
    )
    const guid = await receive(fleet)
    await queue.wake(fleet, 'hint')
    await eventually('it is parked', () => said.length === 1)
    expect(ends).toEqual(['parked'])
    expect(await outcome(guid)).toMatchObject({ outcome: 'parked' })
    await queue.sweep(null, 'sweep')
    await eventually('it is said again', () => said.length === 2)
    await eventually('the sweep has passed', () => ends.length === 3)
    await receive(fleet)
    await queue.wake(fleet, 'hint')
    await eventually('it is taken back', () => said.length === 3)
    expect(said).toEqual([
      [fleet.name, true],
      [fleet.name, true],
      [fleet.name, false],
    ])
    expect(ends.toSorted()).toEqual(['done', 'done', 'parked', 'parked'])
  })

  test('a sweep is not forgotten in the wake of a delivery that waits already', async () => {
    const fleet = repository()
    const gate = Promise.withResolvers<void>()
    const woken: string[][] = []
    const ends = await start({
      listRepositories: async () => [fleet],
      reconcile: (_, { events }) => (woken.push([...events]) === 1 ? gate.promise : null),
    })
    await queue.wake(fleet, 'first')
    await eventually('the first pass runs', () => woken.length === 1)
    await receive(fleet)
    await queue.wake(fleet, 'push')
    await queue.sweep(7, 'sweep')
    await eventually('both wait, merged with nothing', async () => (await queue.depth()).get('created') === 2)
    gate.resolve()
    await eventually('all are done', () => ends.length === 3)
    expect(woken.slice(1).flat().toSorted()).toEqual(['push', 'sweep'])
  })

  test('a pass has the repository until another takes it over, and then changes nothing', async () => {
    const fleet = repository()
    const name = `acme/${fleet.name}`
    const taken = Promise.withResolvers<void>()
    let answers: boolean[] = []
    const ends = await start({
      async reconcile(_, { holder }, store) {
        answers = [await store.attempts.holds(name, holder)]
        await taken.promise
        answers.push(await store.attempts.holds(name, holder))
        return new Date(Date.now() + 3_600_000)
      },
    })
    const guid = await receive(fleet)
    await queue.wake(fleet, 'hint')
    await eventually('the pass runs', () => answers.length === 1)
    const other = randomUUID()
    await store.database.query('update windlass_attempt set holder = $2 where repository = $1', [name, other])
    taken.resolve()
    await eventually('the pass ended', () => ends.length === 1)
    expect(answers).toEqual([true, false])
    expect(ends).toEqual(['busy'])
    expect(await outcome(guid)).toEqual({ outcome: null, detail: null })
    expect(await store.attempts.holds(name, other)).toBe(true)
    expect(await store.database.query('select 1 from windlass_due where name = $1', [fleet.name])).toEqual([])
    await store.attempts.end(name, other, 'done')
    await store.finish([guid], 'done', null)
  })

  if (name === 'PostgreSQL')
    describe('with a second replica', () => {
      let second: Store
      beforeAll(async () => {
        second = await openStore(engine.where, QUIET)
      })
      afterAll(() => second.close())

      /** Says of every running pass that it was silent for so many seconds, again and again, for it goes on giving signs of life. */
      async function silence(seconds: number, until: () => boolean, patience: number): Promise<void> {
        const deadline = Date.now() + patience
        while (!until() && Date.now() < deadline) {
          await second.database.query(
            `update pgboss.job set heartbeat_on = now() - make_interval(secs => $1) where state = 'active' and name = 'repo'`,
            [seconds],
          )
          await new Promise(resolve => setTimeout(resolve, 100))
        }
      }

      const disconnect = () =>
        second.database.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'windlass presence'",
        )

      test.each([
        ['silent for 5 s but connected keeps its pass: its event loop is busy', 5, false, 1],
        ['silent for 5 s and not connected has died', 5, true, 2],
        ['silent for 11 s loses its pass, connected or not', 11, false, 2],
      ])('a replica that is %s', async (_, seconds, isGone, passes) => {
        const fleet = repository()
        const gate = Promise.withResolvers<void>()
        const holders: string[] = []
        const work = async ({ name }: Repository, { holder }: Waking) => {
          if (name === fleet.name && holders.push(holder) === 1) await gate.promise
          return { again: null }
        }
        await start({ reconcile: work })
        await queue.wake(fleet, 'hint')
        await eventually('the pass runs', () => holders.length === 1)
        const other = await openQueue(second, log)
        await other.work({
          reconcile: work,
          listRepositories: async () => [],
          sayParked: async () => {},
          onPass: () => {},
        })
        try {
          if (isGone) await disconnect()
          await silence(seconds, () => holders.length === 2, passes === 1 ? 4_000 : 30_000)
          expect(holders).toHaveLength(passes)
          expect(await store.attempts.holds(`acme/${fleet.name}`, holders[0] ?? '')).toBe(passes === 1)
        } finally {
          gate.resolve()
          await other.stop(1_000)
        }
      })
    })

  test('a pass that does not end before the grace is over is handed back, and is no death', async () => {
    const fleet = repository()
    let passes = 0
    await start({
      reconcile() {
        passes++
        return new Promise(() => {})
      },
    })
    await queue.wake(fleet, 'hint')
    await eventually('the pass runs', () => passes === 1)
    await queue.stop(100)
    expect(await store.attempts.isSuspect(`acme/${fleet.name}`)).toBe(false)
    const ends = await start({})
    await eventually('the next process does it', () => ends.length === 1)
    expect(ends).toEqual(['done'])
  })
})

test('what arrives while a batch is under way is done together, each with its own answer', async () => {
  const batches: number[][] = []
  const gate = Promise.withResolvers<void>()
  const double = inBatches(3, async (items: readonly number[]) => {
    batches.push([...items])
    await gate.promise
    return items.map(item => item * 2)
  })
  const answers = [1, 2, 3, 4, 5].map(double)
  gate.resolve()
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10])
  expect(batches).toEqual([[1], [2, 3, 4], [5]])
})

test('a batch that fails is refused whole, and the next one is tried', async () => {
  let tries = 0
  const work = inBatches(10, async (items: readonly number[]) => {
    if (++tries === 2) throw new Error('the database is gone')
    return items
  })
  const all = await Promise.allSettled([1, 2, 3].map(work))
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(await work(4)).toBe(4)
})

test('work that runs alone waits for what came before, and what comes after waits for it', async () => {
  const gate = createGate()
  const steps: string[] = []
  const step = (name: string, alone: boolean) =>
    gate(alone, async () => {
      steps.push(`${name} begins`)
      await new Promise(resolve => setTimeout(resolve, 5))
      steps.push(`${name} ends`)
    })
  await Promise.all([step('a', false), step('b', false), step('alone', true), step('c', false), step('d', false)])
  expect(steps).toEqual([
    'a begins',
    'b begins',
    'a ends',
    'b ends',
    'alone begins',
    'alone ends',
    'c begins',
    'd begins',
    'c ends',
    'd ends',
  ])
})

test('work that fails alone does not block what comes after', async () => {
  const gate = createGate()
  await expect(gate(true, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await gate(false, async () => 1)).toBe(1)
})
