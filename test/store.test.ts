import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Delivery } from '../src/outside/store/deliveries.ts'
import { lockFolder } from '../src/outside/store/lock.ts'
import { migrate } from '../src/outside/store/migrations.ts'
import { openStore, type Store } from '../src/outside/store/store.ts'
import { ENGINES, type Engine, startEngine } from './support/engines.ts'

const QUIET = { onLost: () => {}, onError: () => {} }
const delivery = (over = {}) => ({
  guid: randomUUID(),
  event: 'push',
  action: null,
  installation: 7,
  repository: 'Acme/fleet',
  ...over,
})

const sorted = (deliveries: readonly Delivery[]) => deliveries.toSorted((a, b) => (a.guid < b.guid ? -1 : 1))

describe.each(ENGINES)('the store on %s', name => {
  let engine: Engine
  let store: Store

  beforeAll(async () => {
    engine = await startEngine(name)
    store = await openStore(engine.where, QUIET)
  })
  afterAll(async () => {
    await store.close()
    await engine.dispose()
  })

  test('a delivery is new once, again while its work is undone, and seen when it is done', async () => {
    const push = delivery()
    expect(await store.receive(push, null)).toBe('new')
    expect(await store.receive(push, null)).toBe('again')
    await store.finish([push.guid], 'done', null)
    expect(await store.receive(push, null)).toBe('seen')
  })

  test('deliveries of the same guid at the same moment: one is new', async () => {
    const push = delivery()
    const received = await Promise.all(Array.from({ length: 10 }, () => store.receive(push, null)))
    expect(received.filter(what => what === 'new')).toHaveLength(1)
    await store.finish([push.guid], 'done', null)
  })

  test('many at once are stored once each, and each is told its own', async () => {
    const [done, open] = [delivery(), delivery()]
    await store.receive(done, null)
    await store.finish([done.guid], 'done', null)
    await store.receive(open, null)
    const [twice, ping, fresh] = [
      delivery(),
      delivery({ event: 'ping', installation: null, repository: null }),
      delivery(),
    ]
    const received = await Promise.all([
      store.receive(delivery(), null),
      ...[done, open, twice, twice, fresh].map(one => store.receive(one, null)),
      store.receive(ping, 'not used'),
      store.receive(ping, 'not used'),
    ])
    expect(received).toEqual(['new', 'seen', 'again', 'new', 'again', 'new', 'new', 'seen'])
    const rows = await store.database.query('select count(*)::integer as rows from windlass_delivery where guid = $1', [
      twice.guid,
    ])
    expect(rows).toEqual([{ rows: 1 }])
    await store.finish(
      (await store.unfinished()).map(({ guid }) => guid),
      'done',
      null,
    )
  })

  test('what is due is claimed by one, due again when nobody woke it, and forgotten unless it has a new date', async () => {
    const at = (name: string) => ({ installation: 7, owner: 'Acme', name })
    const past = () => store.database.query("update windlass_due set at = now() - interval '1 s'")
    await store.due.set(at('now'), new Date(Date.now() - 60_000))
    await store.due.set(at('later'), new Date(Date.now() + 3_600_000))
    expect(await store.due.claim(), 'never within a second').toEqual([])
    await store.database.query("update windlass_due set at = now() where name = 'now'")
    const [first, second] = await Promise.all([store.due.claim(), store.due.claim()])
    const claimed = [...first, ...second]
    expect(claimed.map(({ repository }) => repository)).toEqual([at('now')])
    await past()
    const again = await store.due.claim()
    expect(again.map(({ repository }) => repository.name).toSorted()).toEqual(['later', 'now'])
    await store.due.forget(claimed)
    await store.due.set(at('later'), new Date(Date.now() + 7_200_000))
    await store.due.forget(again)
    expect(await store.database.query('select repository from windlass_due')).toEqual([{ repository: 'acme/later' }])
    await store.due.set(at('LATER'), null)
    expect(await store.database.query('select repository from windlass_due')).toEqual([])
  })

  test.each(['stopped', 'failed', 'parked'] as const)(
    'a %s delivery that comes again is taken up again',
    async outcome => {
      const push = delivery()
      await store.receive(push, null)
      await store.finish([push.guid], outcome, 'helm hung')
      expect(await store.receive(push, null)).toBe('again')
      expect((await store.unfinished()).map(({ guid }) => guid)).toContain(push.guid)
      await store.finish([push.guid], 'done', null)
    },
  )

  test('an ignored delivery is remembered and leaves no work', async () => {
    const ping = delivery({ event: 'ping', installation: null, repository: null })
    expect(await store.receive(ping, 'ping events are not used')).toBe('new')
    expect(await store.unfinished()).toEqual([])
    expect(await store.receive(ping, 'ping events are not used')).toBe('seen')
  })

  test('what is unfinished is listed whole, and per repository in any letter case', async () => {
    const [first, second, other] = [
      delivery(),
      delivery({ event: 'issue_comment', action: 'created' }),
      delivery({ repository: 'acme/other' }),
    ]
    for (const one of [first, second, other]) await store.receive(one, null)
    expect(sorted(await store.unfinished())).toEqual(sorted([first, second, other]))
    expect(sorted(await store.unfinishedOf('acme/FLEET'))).toEqual(sorted([first, second]))
    await store.finish([first.guid, second.guid, other.guid], 'done', null)
    expect(await store.unfinished()).toEqual([])
  })

  test('a version is first seen once', async () => {
    const then = new Date('2026-11-01T10:00:00.250Z')
    expect(await store.firstSeen('oci://r.example.com/chart', '1.2.3', then)).toBe('2026-11-01T10:00:00.250Z')
    expect(await store.firstSeen('oci://r.example.com/chart', '1.2.3', new Date())).toBe('2026-11-01T10:00:00.250Z')
    expect(await store.firstSeen('oci://r.example.com/chart', '1.2.4', new Date('2026-11-02T00:00:00Z'))).toBe(
      '2026-11-02T00:00:00.000Z',
    )
  })

  test('an effect is recorded with its cause', async () => {
    await store.audit('acme/fleet', 'push 123', { do: 'open', title: "it's" })
    const rows = await store.database.query(
      "select repository, cause, effect->>'title' as title from windlass_audit where cause = 'push 123'",
    )
    expect(rows).toEqual([{ repository: 'acme/fleet', cause: 'push 123', title: "it's" }])
  })

  test('pruning forgets the finished after 35 days and never the unfinished', async () => {
    const [old, undone, recent] = [delivery(), delivery(), delivery()]
    for (const one of [old, undone, recent]) await store.receive(one, null)
    await store.finish([old.guid, recent.guid], 'done', null)
    const aged = (guid: string, days: number) =>
      store.database.query(
        'update windlass_delivery set received_at = now() - make_interval(days => $2) where guid = $1',
        [guid, days],
      )
    await aged(old.guid, 36)
    await aged(undone.guid, 36)
    await aged(recent.guid, 34)
    expect(await store.prune(1)).toBe(1)
    expect(await store.receive(recent, null)).toBe('seen')
    expect(await store.receive(undone, null)).toBe('again')
    expect(await store.receive(old, null)).toBe('new')
    await store.finish([old.guid, undone.guid], 'done', null)
  })

  test('an effect that each pass finds anew is recorded once', async () => {
    for (const cause of ['a', 'b']) await store.auditOnce('acme/once', cause, { do: 'disbelieve', by: 'mallory' })
    await store.auditOnce('acme/once', 'c', { do: 'disbelieve', by: 'eve' })
    const rows = await store.database.query(
      "select cause from windlass_audit where repository = 'acme/once' order by id",
    )
    expect(rows).toEqual([{ cause: 'a' }, { cause: 'c' }])
  })

  test('migrating again, and twice at once, changes nothing', async () => {
    const versions = () => store.database.query('select version from windlass_schema order by 1')
    const before = await versions()
    expect(before.length).toBeGreaterThan(1)
    await Promise.all([migrate(store.database), migrate(store.database)])
    expect(await versions()).toEqual(before)
  })
})

describe('the lock of a data folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'windlass-lock-'))
  const path = join(folder, 'windlass.lock')
  const holder = () => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('a second taker is refused, told who holds it and what to do', async () => {
    const lock = await lockFolder(folder, () => {})
    await expect(lockFolder(folder, () => {})).rejects.toThrow(
      new RegExp(
        `another windlass \\(pid ${process.pid} on .*\\) already uses ${folder}.*stop that one.*WINDLASS_DATA.*DATABASE_URL`,
      ),
    )
    lock.release()
    expect(existsSync(path)).toBe(false)
  })

  test('the lock of a process that is gone is taken over at once', async () => {
    const lock = await lockFolder(folder, () => {})
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    writeFileSync(path, JSON.stringify({ ...holder(), nonce: 'gone', pid: gone }))
    const next = await lockFolder(folder, () => {})
    expect(holder().pid).toBe(process.pid)
    lock.release()
    expect(existsSync(path), 'a holder that lost its lock does not remove the new one').toBe(true)
    next.release()
  })

  test('a pid that was given to another process since is not taken for the holder', async () => {
    const lock = await lockFolder(folder, () => {})
    writeFileSync(path, JSON.stringify({ ...holder(), nonce: 'older', started: '1' }))
    const next = await lockFolder(folder, () => {})
    expect(holder().nonce).not.toBe('older')
    next.release()
    lock.release()
  })

  test('of many that take over a stale lock at once, one gets it', async () => {
    const lock = await lockFolder(folder, () => {})
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    writeFileSync(path, JSON.stringify({ ...holder(), nonce: 'gone', pid: gone }))
    const taken = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder, () => {})))
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    lock.release()
    rmSync(path, { force: true })
  })

  test('a holder in another container counts as dead only when it gives no sign of life', async () => {
    const lock = await lockFolder(folder, () => {})
    writeFileSync(path, JSON.stringify({ ...holder(), nonce: 'other', space: 'another kernel' }))
    const next = await lockFolder(folder, () => {})
    expect(holder().nonce).not.toBe('other')
    next.release()
    lock.release()
  })

  test('who loses the lock is told', async () => {
    const lost = Promise.withResolvers<void>()
    const lock = await lockFolder(folder, lost.resolve)
    rmSync(path)
    await lost.promise
    lock.release()
  })

  test('a damaged lock says which file to look at', async () => {
    writeFileSync(path, '{')
    await expect(lockFolder(folder, () => {})).rejects.toThrow(`the lock ${path} cannot be read`)
    rmSync(path)
  })
})
