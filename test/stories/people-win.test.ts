import { Octokit } from '@octokit/rest'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { reconcile } from '../../src/reconcile.ts'
import type { People } from '../github-double/people.ts'
import { type Outside, startOutside } from '../support/github-world.ts'
import { aRelease } from '../support/plans.ts'
import { FakeWorld } from './fake-world.ts'
import { onlyBeacon } from './fixtures.ts'

let town: Outside
const registries = new FakeWorld()

beforeAll(async () => {
  town = await startOutside()
})
afterAll(() => town?.stop())
afterEach(() => town.github.assertHonest())

/** One pass with registries that are values; answers how many writes it made. */
async function pass(repo: People): Promise<number> {
  const before = town.requests(repo).length
  const world = await town.look(repo, {
    releases: source => registries.releases(source),
    chart: (source, version) => registries.chart(source, version),
    publishedAt: registries.publishedAt,
    digest: registries.digest,
    render: registries.render,
    ask: question => registries.ask(question),
    firstSeen: (source, version) => registries.firstSeen(source, version),
    since: key => registries.since(key),
    reporter: (environment, name, by) => registries.reporter(environment, name, by),
    heard: async () => [],
    now: registries.now,
    progress: () => {},
    woken: new Set(['push']),
    shelf: { known: async () => null, keep: async () => {} },
  })
  await reconcile(world)
  return town
    .requests(repo)
    .slice(before)
    .filter(request => !request.startsWith('GET')).length
}

test('the title, text and label of a person survive ten passes with five new versions, and what is closed stays closed', async () => {
  const policy = 'dashboard: false\n'
  const repo = await town.github.repo('acme', 'people', new Map([...onlyBeacon(), ['.github/windlass.yaml', policy]]))
  repo.setPermission('ada', 'write')
  registries.releaseValues = [aRelease('3.2.0'), aRelease('3.2.1')]
  await pass(repo)
  const [pull] = repo.pulls()
  if (!pull) throw new Error('nothing was opened')
  const ada = new Octokit({ baseUrl: town.github.api, auth: town.github.userToken('ada') })
  const at = { owner: 'acme', repo: 'people' }
  await ada.rest.pulls.update({
    ...at,
    pull_number: pull.number,
    title: 'Beacon, after the freeze',
    body: `Ask Grace first.\n\n${pull.body}\n\nTried in the lab.`,
  })
  await ada.rest.issues.addLabels({ ...at, issue_number: pull.number, labels: ['after-freeze'] })
  const writes: number[] = []
  for (let i = 0; i < 10; i++) {
    if (i % 2 === 0) registries.releaseValues.push(aRelease(`3.2.${2 + i / 2}`))
    writes.push(await pass(repo))
  }
  expect(writes.filter((_, i) => i % 2 === 1)).toEqual([0, 0, 0, 0, 0])
  const now = repo.pulls()
  expect(now).toHaveLength(1)
  expect(now[0]).toMatchObject({ state: 'open', title: 'Beacon, after the freeze' })
  expect(now[0]?.labels).toContain('after-freeze')
  expect(now[0]?.body).toMatch(/^Ask Grace first\.\n\n<!-- windlass:begin -->.*3\.2\.6.*\n\nTried in the lab\.$/s)

  repo.closePullRequest(pull.number, 'ada')
  for (let i = 0; i < 3; i++) await pass(repo)
  expect(repo.pulls().map(({ state }) => state)).toEqual(['closed'])
}, 120_000)
