import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Signal } from '../src/model.ts'
import { openStore, type Store } from '../src/outside/store/store.ts'
import { ENGINES, type Engine, startEngine } from './support/engines.ts'

const QUIET = { onLost: () => {}, onError: () => {} }

const signal = (at: string, more: Partial<Signal> = {}): Signal => ({
  via: 'flux',
  name: 'HelmRelease/media/beacon',
  state: 'success',
  at,
  by: 'hook',
  commit: null,
  place: 'dev',
  version: '1.1.0',
  run: null,
  says: `it's "green"`,
  ...more,
})

const at = (second: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + second * 1000).toISOString()

describe.each(ENGINES)('what the hooks brought, on %s', name => {
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

  test('is kept once for a repository, and read from a time on, oldest first', async () => {
    const { hear, heard } = store.signals
    expect(await hear('Acme/one', 'b', signal(at(20)))).toBe('new')
    expect(await hear('acme/one', 'a', signal(at(10)))).toBe('new')
    expect(await hear('ACME/ONE', 'b', signal(at(20)))).toBe('seen')
    expect(await heard('acme/One', at(0))).toEqual([signal(at(10)), signal(at(20))])
    expect(await heard('acme/one', at(20))).toEqual([signal(at(20))])
    expect(await heard('acme/one', at(21))).toEqual([])
    expect(await heard('acme/other', at(0))).toEqual([])
  })

  test('the same body is news for another repository, and for another environment of the same', async () => {
    const { hear } = store.signals
    expect(await hear('acme/two', 'b', signal(at(1)))).toBe('new')
    expect(await hear('acme/three', 'b', signal(at(1)))).toBe('new')
    expect(await hear('acme/two', 'b', signal(at(1), { place: 'prod' }))).toBe('new')
  })

  test('the same body many times at once is kept once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => store.signals.hear('acme/four', 'b', signal(at(1)))))
    expect(all.filter(what => what === 'new')).toHaveLength(1)
  })

  test('a noisy name pushes out its own oldest, and no other name', async () => {
    const { hear, heard } = store.signals
    await hear('acme/noisy', 'quiet', signal(at(0), { name: 'quiet' }))
    await store.database.query(
      `insert into windlass_signal (repository, digest, name, at, signal)
       select 'acme/noisy', n::text, 'noise', $1::timestamptz + make_interval(secs => n), $2::jsonb from generate_series(1, 2001) n`,
      [at(0), JSON.stringify(signal(at(1), { name: 'noise' }))],
    )
    await hear('acme/noisy', 'last', signal(at(9000), { name: 'noise' }))
    const kept = await heard('acme/noisy', at(0))
    expect(kept.filter(({ name }) => name === 'noise')).toHaveLength(2000)
    expect(kept.filter(({ name }) => name === 'quiet')).toHaveLength(1)
    expect(kept.at(-1)?.at).toBe(at(9000))
  })

  test('a repository keeps ten thousand', async () => {
    await store.database.query(
      `insert into windlass_signal (repository, digest, name, at, signal)
       select 'acme/many', n::text, 'name-' || n, $1::timestamptz + make_interval(secs => n), $2::jsonb from generate_series(1, 10005) n`,
      [at(0), JSON.stringify(signal(at(1)))],
    )
    await store.signals.hear('acme/many', 'last', signal(at(20_000)))
    expect(await store.signals.heard('acme/many', at(0))).toHaveLength(10_000)
  })

  test('who reported a name first stays so', async () => {
    const { reporter } = store.signals
    expect(await reporter('acme/one', 'dev', 'smoke', 'flux-bot')).toBe('flux-bot')
    expect(await reporter('Acme/One', 'dev', 'smoke', 'mallory')).toBe('flux-bot')
    expect(await reporter('acme/one', 'prod', 'smoke', 'other')).toBe('other')
    expect(await reporter('acme/other', 'dev', 'smoke', 'third')).toBe('third')
  })

  test('the installation of a repository is that of its last delivery', async () => {
    const { installed } = store.signals
    expect(await installed('acme/fleet')).toBeNull()
    const deliver = (installation: number | null, repository: string | null) =>
      store.receive({ guid: randomUUID(), event: 'push', action: null, installation, repository }, 'tested')
    await deliver(7, null)
    await deliver(null, 'acme/fleet')
    expect(await installed('acme/fleet')).toBeNull()
    await deliver(7, 'Acme/fleet')
    await deliver(8, 'Acme/fleet')
    expect(await installed('acme/FLEET')).toEqual({ installation: 8, repository: 'Acme/fleet' })
  })

  test('is forgotten after 35 days', async () => {
    await store.signals.hear('acme/old', 'old', signal(at(1)))
    await store.signals.hear('acme/old', 'recent', signal(at(2)))
    const age = `update windlass_signal set received_at = now() - make_interval(days => $2) where repository = 'acme/old' and at = $1::timestamptz`
    await store.database.query(age, [at(1), 36])
    await store.database.query(age, [at(2), 34])
    await store.prune(1)
    expect(await store.signals.heard('acme/old', at(0))).toEqual([signal(at(2))])
  })
})
