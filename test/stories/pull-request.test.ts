import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { People } from '../github-double/people.ts'
import { bothComponents, CHARTS, onlyBeacon } from './fixtures.ts'
import { startTown, type Town } from './town.ts'

let town: Town

beforeAll(async () => {
  town = await startTown(CHARTS)
})

afterAll(async () => {
  await town?.stop()
})

afterEach(() => town.github.assertHonest())

/** A push of the repository's newest commit, and all the work that it leads to. */
async function push(repo: People): Promise<void> {
  const { status } = await town.github.deliver(
    'push',
    town.github.pushPayload(repo, 'main', null, await repo.head('main')),
  )
  expect(status).toBe(202)
  await town.settled()
}

async function comment(repo: People, number: number, login: string, body: string): Promise<number> {
  const id = repo.comment(number, login, body)
  await town.github.deliver('issue_comment', town.github.issueCommentPayload(repo, id))
  await town.settled()
  return id
}

/** What happened at GitHub so far that a person could see. */
function writes(): number {
  return town.github.log.filter(
    entry =>
      entry.kind === 'request' &&
      !['GET', 'HEAD'].includes(entry.method) &&
      !entry.path.includes('/access_tokens') &&
      !entry.path.endsWith('git-upload-pack'),
  ).length
}

describe('a signed push', () => {
  let repo: People

  beforeAll(async () => {
    repo = await town.github.repo('acme', 'push', bothComponents())
    await push(repo)
  })

  test('opens exactly the pull requests that are due', () => {
    expect(repo.pulls().map(({ title, head, state }) => ({ title, head, state }))).toEqual(
      expect.arrayContaining([
        { title: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.1 in dev', head: 'windlass/dev/beacon', state: 'open' },
        {
          title: 'feat(vaultsync)!: upgrade vaultsync 1.8.2 → 2.0.0 in dev',
          head: 'windlass/dev/vaultsync',
          state: 'open',
        },
      ]),
    )
    expect(repo.pulls()).toHaveLength(2)
  })

  test('the branch differs from main in the bytes of the version and in nothing else', async () => {
    expect(await repo.diff('main', 'windlass/dev/beacon')).toContain(
      [
        '@@ -14,5 +14,5 @@ spec:',
        '   chart:',
        '     spec:',
        '       chart: beacon',
        '-      version: "3.2.0"   # keep in step with the wiki',
        '+      version: "3.2.1"   # keep in step with the wiki',
        '       sourceRef: { kind: HelmRepository, name: demo, namespace: flux-system }',
        '',
      ].join('\n'),
    )
    const before = await repo.files('main')
    const after = await repo.files('windlass/dev/beacon')
    expect([...after.keys()]).toEqual([...before.keys()])
    for (const [path, bytes] of after) {
      const expected = before.get(path)?.toString() ?? ''
      expect(bytes.toString()).toBe(path === 'clusters/dev/beacon.yaml' ? expected.replace('3.2.0', '3.2.1') : expected)
    }
  })

  test('the body of the grave one names what breaks, where, and the labels say how grave', () => {
    const grave = repo.pulls().find(({ head }) => head === 'windlass/dev/vaultsync')
    expect(grave?.labels).toEqual(expect.arrayContaining(['dependencies', 'risk/critical', 'env/dev', 'type/major']))
    expect(grave?.body).toContain('SyncPolicy/team-a')
    expect(grave?.body).toContain('clusters/dev/policies.yaml:1')
    expect(grave?.body).toContain('v1alpha1')
    expect(grave?.body).toMatch(/controller\.syncPeriod.*clusters\/dev\/vaultsync\.yaml:14/s)
  })

  test('the head commit carries the check run `windlass`', async () => {
    const head = await repo.head('windlass/dev/vaultsync')
    expect(repo.checks(head ?? '')).toMatchObject([{ name: 'windlass', status: 'completed', conclusion: 'neutral' }])
  })

  test('a new delivery with the same content changes nothing', async () => {
    const before = writes()
    await push(repo)
    expect(writes()).toBe(before)
    expect(repo.pulls()).toHaveLength(2)
  })

  test('the same delivery again is answered and changes nothing', async () => {
    const { guid } = await town.github.deliver(
      'push',
      town.github.pushPayload(repo, 'main', null, await repo.head('main')),
    )
    await town.settled()
    const before = writes()
    expect((await town.github.redeliver(guid)).status).toBe(200)
    await town.settled()
    expect(writes()).toBe(before)
  })

  test('a forged delivery is refused', async () => {
    const before = writes()
    const payload = town.github.pushPayload(repo, 'main', null, await repo.head('main'))
    expect((await town.github.deliver('push', payload, { secret: 'guessed' })).status).toBe(401)
    expect(writes()).toBe(before)
  })
})

describe('people', () => {
  test('a person who commits to the branch is left alone, and told so once', async () => {
    const repo = await town.github.repo('acme', 'human', bothComponents())
    await push(repo)
    const number = repo.pulls().find(({ head }) => head === 'windlass/dev/vaultsync')?.number ?? 0
    const mine = await repo.commit(
      'windlass/dev/vaultsync',
      new Map([['clusters/dev/policies.yaml', '# moved by hand\n']]),
      { author: 'ada', message: 'Move the policy' },
    )
    await repo.commit(
      'main',
      new Map([['clusters/dev/extra.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: extra }\n']]),
      { author: 'ada', message: 'Unrelated' },
    )
    await push(repo)
    await push(repo)
    expect(await repo.head('windlass/dev/vaultsync')).toBe(mine)
    const said = repo.comments(number).filter(({ body }) => body.includes('leave this branch alone'))
    expect(said).toHaveLength(1)
    expect(said[0]?.user).toBe('windlass[bot]')
  })

  test('a version that a person merges by hand closes the pull request with the reason', async () => {
    const repo = await town.github.repo('acme', 'by-hand', onlyBeacon())
    await push(repo)
    const file = onlyBeacon().get('clusters/dev/beacon.yaml')?.replace('3.2.0', '3.2.1') ?? ''
    await repo.commit('main', new Map([['clusters/dev/beacon.yaml', file]]), {
      author: 'ada',
      message: 'Upgrade beacon',
    })
    await push(repo)
    expect(repo.pulls()).toMatchObject([{ state: 'closed' }])
    expect(
      repo
        .comments(repo.pulls()[0]?.number ?? 0)
        .map(({ body }) => body)
        .join(),
    ).toContain('already has beacon 3.2.1')
    expect(await repo.branches()).toEqual(['main'])
  })

  test('a pull request that a person closes stays closed', async () => {
    const repo = await town.github.repo('acme', 'refused', onlyBeacon())
    await push(repo)
    repo.closePullRequest(repo.pulls()[0]?.number ?? 0, 'ada')
    await push(repo)
    expect(repo.pulls()).toMatchObject([{ state: 'closed' }])
  })

  test('hold is obeyed and answered for somebody who may write, and refused to a stranger', async () => {
    const repo = await town.github.repo('acme', 'held', onlyBeacon())
    repo.setPermission('ada', 'write')
    await push(repo)
    const number = repo.pulls()[0]?.number ?? 0
    await comment(repo, number, 'mallory', '/windlass hold')
    expect(repo.labels(number)).not.toContain('windlass/hold')
    expect(repo.comments(number).at(-1)?.body).toContain('needs write')

    const asked = await comment(repo, number, 'ada', '/windlass hold until the fair is over')
    expect(repo.labels(number)).toContain('windlass/hold')
    expect(repo.comments(number).at(-1)).toMatchObject({ user: 'windlass[bot]', body: expect.stringContaining('Held') })
    expect(repo.comments(number).find(({ id }) => id === asked)?.reactions).toEqual(['windlass[bot]:+1'])
    expect(repo.pulls()[0]?.body).toContain('On hold')

    const head = await repo.head('windlass/dev/beacon')
    await comment(repo, number, 'ada', '/windlass rebase')
    expect(await repo.head('windlass/dev/beacon')).toBe(head)
    await comment(repo, number, 'ada', '/windlass resume')
    expect(repo.labels(number)).not.toContain('windlass/hold')
    expect(repo.comments(number).filter(({ user }) => user === 'windlass[bot]')).toHaveLength(4)
  })

  test('ignore closes the pull request and the version is not proposed again', async () => {
    const repo = await town.github.repo('acme', 'ignored', onlyBeacon())
    repo.setPermission('ada', 'maintain')
    await push(repo)
    await comment(repo, repo.pulls()[0]?.number ?? 0, 'ada', '/windlass ignore version')
    await push(repo)
    expect(repo.pulls()).toMatchObject([{ state: 'closed' }])
  })
})
