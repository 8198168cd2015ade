import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { People } from '../github-double/people.ts'
import { BEACON, CHARTS, POLICY_RESOURCE, VAULTSYNC } from './fixtures.ts'
import { startTown, type Town } from './town.ts'

const RENOVATE = 'renovate[bot]'
const BRANCH = 'renovate/vaultsync-2.x'
const FILE = 'clusters/dev/vaultsync.yaml'
const BUMPED = VAULTSYNC.replace('1.8.2', '2.0.0')

/** Windlass opens nothing of its own here: another bot moves things, and it only says what it knows. */
const REVIEW_ONLY = 'dashboard: false\nrules:\n  - match: { component: "*" }\n    enabled: false\n'

let town: Town

beforeAll(async () => {
  town = await startTown(CHARTS)
})

afterAll(async () => {
  await town?.stop()
})

afterEach(() => town.github.assertHonest())

function files(policy = REVIEW_ONLY): Map<string, string> {
  return new Map([
    ['.github/windlass.yaml', policy],
    ['clusters/dev/beacon.yaml', BEACON],
    [FILE, VAULTSYNC],
    ['clusters/dev/policies.yaml', POLICY_RESOURCE],
    ['web/package.json', '{ "dependencies": { "left-pad": "1.0.0" } }\n'],
  ])
}

type Bump = { readonly author?: string; readonly branch?: string; readonly fork?: string }

/** A bot's pull request with these files, and all the work that it leads to. */
async function bumped(repo: People, changed: Map<string, string>, bump: Bump = {}): Promise<number> {
  const { author = RENOVATE, branch = BRANCH, fork } = bump
  await repo.commit(branch, changed, { author, message: 'Update a dependency' })
  const ask = { head: branch, title: 'Update a dependency' }
  const number = await repo.openPullRequest(author, fork === undefined ? ask : { ...ask, fork })
  await told(repo, number, 'opened', author)
  return number
}

async function told(repo: People, number: number, action: 'opened' | 'synchronize', author = RENOVATE): Promise<void> {
  await town.github.deliver('pull_request', await town.github.pullRequestPayload(action, repo, number, author))
  await town.settled()
}

async function push(repo: People): Promise<void> {
  await town.github.deliver('push', await town.github.pushPayload(repo, 'main', null, await repo.head('main')))
  await town.settled()
}

/** Requests to the API of GitHub about one repository, as `METHOD path`. */
function asked(repo: People): readonly string[] {
  return town.github.log.flatMap(entry =>
    entry.kind === 'request' && entry.path.includes(`/repos/${repo.owner}/${repo.name}/`)
      ? [`${entry.method} ${entry.path.split(`/${repo.name}/`)[1]?.split('?')[0]}`]
      : [],
  )
}

const ours = (repo: People, number: number) => repo.comments(number).filter(({ user }) => user === 'windlass[bot]')

/** The table of what is left out; empty when there is none. */
const leftOut = (body = '') => /### Windlass would also change[\s\S]*?\n\n/.exec(body)?.[0] ?? ''

describe('a bump by Renovate', () => {
  let repo: People
  let number: number

  beforeAll(async () => {
    repo = await town.github.repo('acme', 'bumped', files())
    number = await bumped(repo, new Map([[FILE, BUMPED]]))
  })

  test('gets one comment that names what breaks, and what it leaves out', () => {
    const [comment, ...more] = ours(repo, number)
    expect(more).toEqual([])
    expect(comment?.body).toMatch(/^## Critical: 1 resource of yours stops working with this version\n/)
    expect(comment?.body).toContain('**vaultsync 1.8.2 → 2.0.0** in **dev**')
    expect(comment?.body).toContain(
      '| SyncPolicy/team-a | `clusters/dev/policies.yaml:1` | **breaks**: `vaultsync.example.com/v1alpha1` is removed',
    )
    expect(comment?.body).toMatch(/### Windlass would also change \(\d places?\)/)
    expect(comment?.body).toContain(
      '| `controller.syncPeriod` | `clusters/dev/vaultsync.yaml:14` | renamed to controller.resyncPeriod',
    )
    expect(comment?.body).toContain('resyncPeriod: 15m')
    expect(comment?.body).not.toContain('/windlass ')
  })

  test('gets one check, which is not red', async () => {
    const checks = repo.checks((await repo.head(BRANCH)) ?? '')
    expect(checks).toMatchObject([{ name: 'windlass', status: 'completed', conclusion: 'neutral' }])
  })

  test('gets nothing else', () => {
    expect(asked(repo).filter(line => !line.startsWith('GET '))).toEqual([
      'POST check-runs',
      `POST issues/${number}/comments`,
    ])
    expect(repo.labels(number)).toEqual([])
    expect(repo.pulls()).toHaveLength(1)
  })

  test('a second pass asks for nothing of it and writes nothing', async () => {
    const before = asked(repo).length
    await push(repo)
    await told(repo, number, 'synchronize')
    const since = asked(repo).slice(before)
    expect(since.filter(line => line !== 'GET pulls')).toEqual([])
  })

  test('a bump of something else on the default branch is no reason to look again', async () => {
    await repo.commit('main', new Map([['clusters/dev/beacon.yaml', BEACON.replace('3.2.0', '3.2.1')]]), {
      author: 'ada',
      message: 'Beacon',
    })
    const before = asked(repo).length
    await push(repo)
    expect(
      asked(repo)
        .slice(before)
        .filter(line => line !== 'GET pulls'),
    ).toEqual([])
    expect(ours(repo, number)[0]?.body).not.toContain('beacon')
  })

  test('a new head edits the same comment; what a person has mended there is not missing any more', async () => {
    const [first] = ours(repo, number)
    await repo.commit(BRANCH, new Map([[FILE, BUMPED.replace('syncPeriod', 'resyncPeriod')]]), {
      author: 'ada',
      message: 'Rename the value',
    })
    const head = await repo.head(BRANCH)
    await told(repo, number, 'synchronize')
    const [comment, ...more] = ours(repo, number)
    expect(more).toEqual([])
    expect(comment?.id).toBe(first?.id)
    expect(comment?.body).toContain(`Read at \`${head?.slice(0, 12)}\``)
    expect(leftOut(comment?.body)).not.toContain('controller.syncPeriod')
    expect(comment?.body).toMatch(/\| Done in this PR \|.*controller\.syncPeriod: renamed/)
    expect(repo.checks(head ?? '')).toHaveLength(1)
    expect(await repo.head(BRANCH)).toBe(head)
  })

  test('a push to the default branch that it depends on edits it again', async () => {
    await repo.commit('main', new Map([['clusters/dev/more.yaml', POLICY_RESOURCE.replaceAll('team-a', 'team-b')]]), {
      author: 'ada',
      message: 'Another team',
    })
    await push(repo)
    const [comment, ...more] = ours(repo, number)
    expect(more).toEqual([])
    expect(comment?.body).toMatch(/^## Critical: 2 resources of yours stop working/)
  })

  test('once it is closed, nothing of it is touched', async () => {
    const [last] = ours(repo, number)
    repo.closePullRequest(number, 'ada')
    await repo.commit('main', new Map([['clusters/dev/more.yaml', null]]), { author: 'ada', message: 'No other team' })
    const before = asked(repo).length
    await push(repo)
    expect(ours(repo, number)).toEqual([last])
    expect(
      asked(repo)
        .slice(before)
        .filter(line => !line.startsWith('GET ')),
    ).toEqual([])
  })
})

test('a harmless bump gets one line and a green check', async () => {
  const repo = await town.github.repo('acme', 'harmless', files())
  const number = await bumped(repo, new Map([['clusters/dev/beacon.yaml', BEACON.replace('3.2.0', '3.2.1')]]))
  const [comment] = ours(repo, number)
  const shown = comment?.body.split('\n').filter(line => !line.startsWith('<!--'))
  expect(shown).toHaveLength(1)
  expect(shown?.[0]).toMatch(/^\*\*Low: /)
  expect(repo.checks((await repo.head(BRANCH)) ?? '')).toMatchObject([{ conclusion: 'success' }])
})

test('a branch that is behind is not taken for one that takes other upgrades back', async () => {
  const repo = await town.github.repo('acme', 'behind', files())
  await repo.commit(BRANCH, new Map([[FILE, BUMPED]]), { author: RENOVATE, message: 'Update a dependency' })
  await repo.commit('main', new Map([['clusters/dev/beacon.yaml', BEACON.replace('3.2.0', '3.2.1')]]), {
    author: 'ada',
    message: 'Beacon',
  })
  const number = await repo.openPullRequest(RENOVATE, { head: BRANCH, title: 'Update a dependency' })
  await told(repo, number, 'opened')
  expect(ours(repo, number)[0]?.body).toContain('**vaultsync 1.8.2 → 2.0.0**')
  expect(ours(repo, number)[0]?.body).not.toContain('beacon')
})

test('a version that nobody publishes is said, and is not green', async () => {
  const repo = await town.github.repo('acme', 'unpublished', files())
  const number = await bumped(repo, new Map([[FILE, VAULTSYNC.replace('1.8.2', '9.9.9')]]))
  expect(ours(repo, number)[0]?.body).toContain(
    '**Not checked: vaultsync 1.8.2 → 9.9.9 in dev**: no 9.9.9 is published at',
  )
  expect(repo.checks((await repo.head(BRANCH)) ?? '')).toMatchObject([{ conclusion: 'neutral' }])
})

describe('nothing is written', () => {
  const quiet = (repo: People) => expect(asked(repo).filter(line => !line.startsWith('GET '))).toEqual([])

  test('on a bump of something that Windlass does not know', async () => {
    const repo = await town.github.repo('acme', 'npm', files())
    await bumped(repo, new Map([['web/package.json', '{ "dependencies": { "left-pad": "2.0.0" } }\n']]))
    quiet(repo)
  })

  test('on a pull request from a fork, of which nothing is read either', async () => {
    const repo = await town.github.repo('acme', 'forked', files())
    await bumped(repo, new Map([[FILE, BUMPED]]), { fork: 'mallory' })
    await push(repo)
    quiet(repo)
    expect(asked(repo).filter(line => line.includes('compare'))).toEqual([])
  })

  test('on a pull request of somebody whom the policy does not name', async () => {
    const repo = await town.github.repo('acme', 'person', files())
    await bumped(repo, new Map([[FILE, BUMPED]]), { author: 'ada' })
    await push(repo)
    quiet(repo)
  })

  test('where the policy switches reviews off', async () => {
    const repo = await town.github.repo('acme', 'off', files(`${REVIEW_ONLY}review: []\n`))
    await bumped(repo, new Map([[FILE, BUMPED]]))
    quiet(repo)
  })
})

test('our own pull requests are not reviewed, whatever the policy names', async () => {
  const policy = 'dashboard: false\nprHourlyLimit: 0\nprConcurrentLimit: 0\nreview: ["windlass[bot]"]\n'
  const repo = await town.github.repo('acme', 'own', files(policy))
  await push(repo)
  expect(repo.pulls().map(({ user }) => user)).toEqual(['windlass[bot]', 'windlass[bot]'])
  await push(repo)
  for (const { number } of repo.pulls()) expect(repo.comments(number)).toEqual([])
})

test('a policy that stands in the pull request loosens nothing', async () => {
  const repo = await town.github.repo('acme', 'loosened', files())
  const loose = 'review: []\nignorePaths: ["**"]\nenabled: false\n'
  const changed = new Map([
    [FILE, BUMPED],
    ['.github/windlass.yaml', loose],
  ])
  const number = await bumped(repo, changed)
  const [comment] = ours(repo, number)
  expect(comment?.body).toContain('This pull request changes `.github/windlass.yaml` as well')
  expect(comment?.body).toContain('## Critical: 1 resource of yours stops working')
})

test('a comment of a person with our marker is not ours, and a note of another pull request is not believed', async () => {
  const repo = await town.github.repo('acme', 'forged', files())
  const number = await bumped(repo, new Map([[FILE, BUMPED]]))
  const note = ours(repo, number)[0]?.body ?? ''
  await repo.commit('renovate/other', new Map([[FILE, BUMPED]]), { author: RENOVATE, message: 'Update a dependency' })
  const other = await repo.openPullRequest(RENOVATE, { head: 'renovate/other', title: 'Update a dependency' })
  repo.comment(other, 'mallory', note)
  await told(repo, other, 'opened')
  expect(ours(repo, other)).toHaveLength(1)
  expect(repo.comments(other)[0]).toMatchObject({ user: 'mallory', body: note })
})
