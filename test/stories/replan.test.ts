import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Verdict } from '../github-double/actions.ts'
import type { People } from '../github-double/people.ts'
import { onlyBeacon } from './fixtures.ts'
import { startTown, type Town } from './town.ts'

const BRANCH = 'windlass/dev/beacon'

const SCHEMA = [
  '2026-02-01T10:00:00.0000000Z ##[group]Run kubeconform -summary clusters/',
  '2026-02-01T10:00:01.0000000Z \u001b[36;1mkubeconform -summary clusters/\u001b[0m',
  "2026-02-01T10:00:02.0000000Z clusters/dev/beacon.yaml - HelmRelease beacon is invalid: problem validating schema. Check JSON formatting: jsonschema validation failed - at '/spec': additional properties 'page' not allowed",
  '2026-02-01T10:00:02.1000000Z Summary: 2 resources found in 1 file - Valid: 1, Invalid: 1, Errors: 0, Skipped: 0',
  '2026-02-01T10:00:02.2000000Z ##[error]Process completed with exit code 1.',
  '2026-02-01T10:00:03.0000000Z Post job cleanup.',
].join('\n')

const FLAKE = [
  '2026-02-01T10:00:02.0000000Z Error: Get "https://charts.example.com/index.yaml": dial tcp 192.0.2.7:443: i/o timeout',
  '2026-02-01T10:00:02.2000000Z ##[error]Process completed with exit code 1.',
].join('\n')

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

let town: Town

beforeAll(async () => {
  town = await startTown(['beacon-3.2.0', 'beacon-3.2.1'])
  for (const version of ['3.2.2', '3.2.3', '3.2.4']) await town.upstream.publishAs('beacon-3.2.1', version)
})

afterAll(async () => town?.stop())

afterEach(() => town.github.assertHonest())

async function push(repo: People): Promise<void> {
  await town.github.deliver('push', town.github.pushPayload(repo, 'main', null, await repo.head('main')))
  await town.settled()
}

/** CI ends on the head of our branch, and GitHub says so. */
async function ci(repo: People, verdict: Verdict): Promise<number> {
  const id = repo.ci((await repo.head(BRANCH)) ?? '', verdict)
  await town.github.deliver('check_run', town.github.checkRunPayload(repo, id, BRANCH))
  await town.settled()
  return id
}

const red = (repo: People) => ci(repo, { name: 'lint', conclusion: 'failure', log: SCHEMA })
const title = (repo: People) => repo.pulls()[0]?.title
const said = (repo: People) => repo.comments(repo.pulls()[0]?.number ?? 0).map(({ body }) => body)

async function opened(name: string): Promise<People> {
  const repo = await town.github.repo('acme', name, onlyBeacon())
  await push(repo)
  expect(title(repo)).toContain('3.2.0 → 3.2.4')
  return repo
}

function writes(): number {
  return town.github.log.filter(entry => entry.kind === 'effect').length
}

function reads(): number {
  return town.github.log.filter(entry => entry.kind === 'request' && entry.path.includes('/commits/')).length
}

describe('CI is red because the manifests do not fit their schema', () => {
  let repo: People

  beforeAll(async () => {
    repo = await opened('schema')
    await red(repo)
  })

  test('the next lower version is proposed in the same pull request', async () => {
    expect(repo.pulls()).toMatchObject([{ state: 'open', title: expect.stringContaining('3.2.0 → 3.2.3') }])
    expect((await repo.file(BRANCH, 'clusters/dev/beacon.yaml'))?.toString()).toContain('version: "3.2.3"   # keep')
  })

  test('the pull request says what failed, with the line of the log as code', () => {
    const body = repo.pulls()[0]?.body ?? ''
    expect(body).toContain('### CI')
    expect(body).toMatch(
      /`lint` failed with `3\.2\.4`: the manifests do not fit their schema — `clusters\/dev\/beacon\.yaml - Hel/,
    )
    expect(body).toContain('2 attempts are left')
  })

  test('GitHub gave the log from another host, which never saw our token', () => {
    expect(town.github.logs.asked.length).toBeGreaterThan(0)
    expect(town.github.logs.asked.every(authorization => authorization === null)).toBe(true)
  })

  test('green on the lower version: nothing more happens, and a pass without news asks nothing', async () => {
    await ci(repo, { name: 'lint', conclusion: 'success' })
    const [before, asked] = [writes(), reads()]
    await push(repo)
    await push(repo)
    expect(writes()).toBe(before)
    expect(reads()).toBe(asked)
    expect(title(repo)).toContain('3.2.0 → 3.2.3')
  })

  test('a newer version that appears later is tried again, the red one is not', async () => {
    await town.upstream.publishAs('beacon-3.2.1', '3.2.5')
    await push(repo)
    expect(title(repo)).toContain('3.2.0 → 3.2.5')
    await red(repo)
    expect(title(repo)).toContain('3.2.0 → 3.2.3')
  })
})

describe('CI is red because of its surroundings', () => {
  test('the job is run again once, and green ends it', async () => {
    const repo = await town.github.repo('acme', 'flake', onlyBeacon())
    await push(repo)
    const head = await repo.head(BRANCH)
    const job = await ci(repo, { name: 'lint', conclusion: 'failure', log: FLAKE })
    const reruns = () =>
      town.github.log.filter(
        entry => entry.kind === 'effect' && entry.what === 'actions.rerun' && entry.repo === 'acme/flake',
      )
    expect(reruns()).toMatchObject([{ detail: { job, name: 'lint' }, by: 'windlass[bot]' }])
    expect(repo.pulls()[0]?.body).toContain('The job is run again, once.')
    await push(repo)
    expect(reruns()).toHaveLength(1)
    await ci(repo, { name: 'lint', conclusion: 'success' })
    expect(reruns()).toHaveLength(1)
    expect(await repo.head(BRANCH)).toBe(head)
    expect(said(repo)).toEqual([])
  })

  test('the same again after that is held and said once', async () => {
    const repo = await town.github.repo('acme', 'flaky', onlyBeacon())
    await push(repo)
    await ci(repo, { name: 'lint', conclusion: 'failure', log: FLAKE })
    await sleep(1_100) // GitHub tells times to the second
    await ci(repo, { name: 'lint', conclusion: 'failure', log: FLAKE })
    await push(repo)
    expect(repo.pulls()[0]?.labels).toContain('windlass/hold')
    expect(said(repo)).toEqual([expect.stringContaining('red again after the job was run once more')])
  })
})

test('three answers, then it is held and said once; nothing but a new version moves it', async () => {
  const repo = await town.github.repo('acme', 'stubborn', onlyBeacon())
  await push(repo)
  const tried: (string | undefined)[] = []
  for (let failures = 0; failures < 4; failures++) {
    tried.push(title(repo)?.match(/→ (\S+)/)?.[1])
    await red(repo)
  }
  expect(tried).toEqual(['3.2.5', '3.2.4', '3.2.3', '3.2.2'])
  await push(repo)
  expect(repo.pulls()[0]).toMatchObject({
    state: 'open',
    title: expect.stringContaining('→ 3.2.2'),
    labels: expect.arrayContaining(['windlass/hold']),
    body: expect.stringMatching(/No attempts are left[\s\S]*On hold.*CI is still red after 3 attempts/),
  })
  expect(said(repo)).toEqual([expect.stringContaining('CI is still red after 3 attempts')])
  const before = writes()
  await push(repo)
  expect(writes()).toBe(before)
  await town.upstream.publishAs('beacon-3.2.1', '3.2.6')
  await push(repo)
  expect(title(repo)).toContain('→ 3.2.6')
  expect(repo.pulls()[0]?.labels).not.toContain('windlass/hold')
})

test('no lower version is left: held, not closed', async () => {
  const only = await town.github.repo(
    'acme',
    'only',
    new Map([...onlyBeacon()].map(([path, text]) => [path, text.replace('3.2.0', '3.2.5')])),
  )
  await push(only)
  expect(title(only)).toContain('3.2.5 → 3.2.6')
  await red(only)
  await push(only)
  expect(only.pulls()).toMatchObject([{ state: 'open', labels: expect.arrayContaining(['windlass/hold']) }])
  expect(only.pulls()[0]?.body).toContain('### CI')
  expect(said(only)).toEqual([expect.stringContaining('there is no other version to try')])
})

test("another CI's check is read from its annotations, and a hostile line does nothing", async () => {
  const repo = await town.github.repo('acme', 'hostile', onlyBeacon())
  await push(repo)
  const line =
    'no matches for kind "X" in version "y/v1" `@ada` <!-- windlass:end --> closes #1 [x](http://evil.example)'
  await ci(repo, { name: '<b>@ada</b>', conclusion: 'failure', summary: 'see below', annotations: [line] })
  const body = repo.pulls()[0]?.body ?? ''
  expect(title(repo)).toContain('→ 3.2.5')
  expect(body).toContain('a kind is not known where the manifests are checked')
  expect(body.split('<!-- windlass:end -->')).toHaveLength(2)
  expect(body).toContain('``.github:1 no matches for kind "X" in version "y/v1" `@ada` <')
})
