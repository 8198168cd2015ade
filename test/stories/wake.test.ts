import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parkedCheck } from '../../src/report/parked.ts'
import { eventually } from '../support/engines.ts'
import { startOutside } from '../support/github-world.ts'
import { onlyBeacon } from './fixtures.ts'
import { startTown, type Town } from './town.ts'

let town: Town

afterEach(() => town?.github.assertHonest())

describe('what wakes a repository', () => {
  beforeAll(async () => {
    town = await startTown(['beacon-3.2.0'])
  })

  afterAll(async () => {
    await town?.stop()
  })

  test('a release of an upstream in the same installation, after which the newer chart updates the same pull request in place', async () => {
    const repo = await town.github.repo('acme', 'gitops', onlyBeacon())
    const charts = await town.github.repo('acme', 'charts')
    await charts.commit('main', new Map([['README.md', 'charts\n']]), { author: 'ada', message: 'Charts' })
    await town.github.deliver('push', town.github.pushPayload(repo, 'main', null, await repo.head('main')))
    await town.settled()
    expect(repo.pulls()).toEqual([])

    await town.upstream.publish('beacon-3.2.1')
    expect((await town.github.deliver('release', town.github.releasePayload(charts, 'beacon-3.2.1'))).status).toBe(202)
    await eventually('the sweep has found it', () => repo.pulls().length > 0)
    await town.settled()
    expect(repo.pulls()).toMatchObject([{ title: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.1 in dev', state: 'open' }])
    const [first] = repo.pulls()

    await town.upstream.publishAs('beacon-3.2.1', '3.2.2')
    await town.github.deliver('release', town.github.releasePayload(charts, 'beacon-3.2.2'))
    await eventually('the sweep has found it', () => repo.pulls()[0]?.title.includes('3.2.2') === true)
    await town.settled()
    expect(repo.pulls()).toHaveLength(1)
    const [second] = repo.pulls()
    expect(second).toMatchObject({
      number: first?.number,
      title: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.2 in dev',
      state: 'open',
    })
    expect((await repo.file('windlass/dev/beacon', 'clusters/dev/beacon.yaml'))?.toString()).toBe(
      onlyBeacon().get('clusters/dev/beacon.yaml')?.replace('3.2.0', '3.2.2'),
    )
    const shas = (await repo.commits('windlass/dev/beacon')).map(({ sha }) => sha)
    expect(shas).toContain(first?.headSha)
  })

  test('a branch whose base has moved is updated without force and still shows only its own edit', async () => {
    const repo = await town.github.repo('acme', 'moved', onlyBeacon())
    const wake = async () => {
      await town.github.deliver('push', town.github.pushPayload(repo, 'main', null, await repo.head('main')))
      await town.settled()
    }
    await wake()
    const before = repo.pulls()[0]?.headSha ?? ''
    await repo.commit(
      'main',
      new Map([['clusters/dev/other.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n']]),
      { author: 'ada', message: 'Other' },
    )
    await town.upstream.publishAs('beacon-3.2.1', '3.2.3')
    await wake()
    expect((await repo.commits('windlass/dev/beacon')).map(({ sha }) => sha)).toContain(before)
    const diff = await repo.diff('main', 'windlass/dev/beacon')
    expect(diff.match(/^diff --git/gm)).toHaveLength(1)
    expect(diff).toContain('+      version: "3.2.3"')
  })

  test('a repository_dispatch', async () => {
    const repo = await town.github.repo('acme', 'nudged', onlyBeacon())
    await town.github.deliver('repository_dispatch', town.github.repositoryDispatchPayload(repo, 'chart-released', {}))
    await town.settled()
    expect(repo.pulls()).toHaveLength(1)
  })
})

test('a repository that we gave up on has a red check on its default branch, once, and a green one when we are back', async () => {
  const quiet = await startOutside()
  const repo = await quiet.github.repo('acme', 'parked', onlyBeacon())
  const at = await quiet.installed(repo)
  const head = (await repo.head('main')) ?? ''
  const checks = () => repo.checks(head).map(({ conclusion, output }) => [conclusion, output.title])
  await quiet.app.report(at, parkedCheck(true), quiet.store)
  await quiet.app.report(at, parkedCheck(true), quiet.store)
  expect(checks()).toEqual([['failure', 'Windlass gave up on this repository']])
  await quiet.app.report(at, parkedCheck(false), quiet.store)
  expect(checks()).toEqual([['success', 'Windlass is back']])
  quiet.github.assertHonest()
  await quiet.stop()
})

describe('a cron tick', () => {
  beforeAll(async () => {
    town = await startTown(['beacon-3.2.0', 'beacon-3.2.1'], { WINDLASS_SWEEP: '*/20 * * * * *' })
  })

  afterAll(async () => {
    await town?.stop()
  })

  test('walks every repository of every installation, without any webhook', async () => {
    const repo = await town.github.repo('acme', 'swept', onlyBeacon())
    await eventually('a pull request from the sweep', () =>
      repo.pulls().some(({ head }) => head === 'windlass/dev/beacon'),
    )
    await town.settled()
  })
})
