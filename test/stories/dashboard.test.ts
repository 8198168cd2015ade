import { Octokit } from '@octokit/rest'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DashboardShelf, KnownDashboard } from '../../src/outside/github/github-dashboard.ts'
import { reconcile } from '../../src/reconcile.ts'
import type { People } from '../github-double/people.ts'
import { type Outside, startOutside } from '../support/github-world.ts'
import { aRelease } from '../support/plans.ts'
import { FakeWorld } from './fake-world.ts'
import { BEACON, LIMITS, onlyBeacon } from './fixtures.ts'

let town: Outside
let registries: FakeWorld
let repo: People
let kept: KnownDashboard | null
let count = 0

beforeAll(async () => {
  town = await startOutside()
})

afterAll(() => town?.stop())

beforeEach(async () => {
  registries = new FakeWorld()
  registries.releaseValues = [aRelease('3.2.1'), aRelease('3.2.0')]
  kept = null
  count += 1
  repo = await town.github.repo('acme', `board-${count}`, new Map([...onlyBeacon(), ['.github/windlass.yaml', LIMITS]]))
  repo.setPermission('ada', 'write')
})

afterEach(() => town.github.assertHonest())

const shelf: DashboardShelf = {
  known: async () => kept,
  keep: async known => {
    kept = known
  },
}

/** One pass over the repository at GitHub, with registries that are values; and how it called GitHub. */
async function pass(...woken: string[]) {
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
    woken: new Set(woken),
    shelf,
  })
  const before = town.github.log.length
  const { actions, board } = await reconcile(world)
  const requests = town.github.log.slice(before).flatMap(entry => (entry.kind === 'request' ? [entry] : []))
  const calls = requests.filter(({ path }) => path.startsWith('/api/v3/'))
  return {
    actions: actions.map(action => action.do),
    board: board.map(action => action.do),
    writes: calls.filter(({ method }) => method !== 'GET').map(({ operationId }) => operationId),
    aboutBoard: calls.flatMap(({ operationId, path }) =>
      /^issues\/(create|get|update|list-for-repo)$/.test(operationId ?? '')
        ? [`${operationId} ${path.split('/').at(-1)?.split('?')[0]}`]
        : [],
    ),
  }
}

function issues() {
  return [...repo.record.issues.values()].filter(({ pull }) => pull === null)
}

function dashboard() {
  const found = issues().filter(({ title, user }) => title === 'Windlass dashboard' && user.login === 'windlass[bot]')
  expect(found).toHaveLength(1)
  const [issue] = found
  if (!issue) throw new Error('there is no dashboard')
  return issue
}

/** What a person does in the browser: the same request, with the line ends that a browser sends. */
async function edit(number: number, change: { body?: (body: string) => string; state?: 'open' | 'closed' }) {
  const ada = new Octokit({ baseUrl: town.github.api, auth: town.github.userToken('ada') })
  const body = change.body?.(repo.record.issues.get(number)?.body ?? '').replaceAll('\n', '\r\n')
  const said = {
    ...(body === undefined ? {} : { body }),
    ...(change.state === undefined ? {} : { state: change.state }),
  }
  await ada.rest.issues.update({ owner: 'acme', repo: repo.name, issue_number: number, ...said })
}

const tick = (what: string) => (body: string) => {
  expect(body).toContain(`- [ ] <!-- windlass:tick ${what}`)
  return body.replace(`- [ ] <!-- windlass:tick ${what}`, `- [x] <!-- windlass:tick ${what}`)
}

describe('the dashboard', () => {
  test('is opened by the first pass and says what that pass opened; the next one writes nothing', async () => {
    expect((await pass('push')).writes).toContain('issues/create')
    const [pull] = repo.pulls()
    expect(dashboard().body).toContain(
      `- [#${pull?.number}](../pull/${pull?.number}) **beacon** in **dev** \`3.2.0\` → \`3.2.1\``,
    )
    const second = await pass('push')
    expect(second).toEqual({ actions: [], board: [], writes: [], aboutBoard: [] })
    expect((await pass('sweep')).aboutBoard).toEqual([`issues/get ${dashboard().number}`])
  })

  test('after another push of the same day costs nothing, on another day one look and one write', async () => {
    await pass('push')
    await repo.commit('main', new Map([['README.md', '# GitOps\n']]), { author: 'ada', message: 'Say something' })
    expect((await pass('push')).aboutBoard).toEqual([])
    registries.time = new Date('2026-02-02T08:00:00Z')
    const { number } = dashboard()
    expect((await pass('push')).aboutBoard).toEqual([`issues/get ${number}`, `issues/update ${number}`])
    expect(dashboard().body).toContain(
      `Looked at on 2026-02-02, first at commit [${(await repo.head('main'))?.slice(0, 7)}]`,
    )
  })

  test('keeps what people write around it, and its own part is mended', async () => {
    await pass('push')
    const { number } = dashboard()
    await edit(number, {
      body: body => `Ask Ada before you tick.\n\n${body.replace('Detected', 'Defaced')}\n\nSee the wiki.`,
    })
    await pass('issues')
    const body = dashboard().body ?? ''
    expect(body.startsWith('Ask Ada before you tick.\r\n\r\n<!-- windlass:begin -->')).toBe(true)
    expect(body.endsWith('<!-- windlass:end -->\r\n\r\nSee the wiki.')).toBe(true)
    expect(body).toContain('### Detected')
    expect((await pass('issues')).writes).toEqual([])
  })

  test('that lost its markers and its note is still known by its number, and gets them again', async () => {
    await pass('push')
    await edit(dashboard().number, { body: () => 'Mine now.' })
    await pass('issues')
    expect(dashboard().body).toContain('### Detected')
    expect(dashboard().body?.endsWith('Mine now.')).toBe(true)
  })

  test('is found again when the server has lost what it kept', async () => {
    await pass('push')
    kept = null
    expect((await pass('push')).aboutBoard).toEqual(['issues/list-for-repo issues'])
    expect(issues()).toHaveLength(1)
  })

  test('of the same title by somebody else, or with a forged note, is not adopted', async () => {
    const note = '<!-- windlass:dashboard eyJ2ZXJzaW9uIjoxfQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -->'
    const forged = `<!-- windlass:begin -->\n- [x] <!-- windlass:tick look --> x\n${note}\n<!-- windlass:end -->`
    const theirs = repo.openIssue('mallory', 'Windlass dashboard', forged)
    const ours = repo.openIssue('windlass[bot]', 'Windlass dashboard of old', forged)
    await pass('push')
    expect(dashboard().number).not.toBe(theirs)
    expect(repo.record.issues.get(theirs)?.body).toBe(forged)
    expect(repo.record.issues.get(ours)?.body).toBe(forged)
    expect(issues()).toHaveLength(3)
  })

  test('with the note of another repository is not adopted either', async () => {
    await pass('push')
    const body = dashboard().body ?? ''
    repo = await town.github.repo('acme', `board-${count}-copy`, onlyBeacon())
    kept = null
    const copy = repo.openIssue('windlass[bot]', 'A copy', body)
    await pass('push')
    expect(dashboard().number).not.toBe(copy)
  })

  test('that a person closed is left alone, also when the server has lost what it kept', async () => {
    await pass('push')
    const { number } = dashboard()
    await edit(number, { state: 'closed' })
    registries.time = new Date('2026-02-03T08:00:00Z')
    expect((await pass('issues')).writes).toEqual([])
    kept = null
    expect((await pass('push')).writes).toEqual([])
    expect((await pass('push')).aboutBoard).toEqual([])
    await edit(number, { state: 'open' })
    await pass('issues')
    expect(dashboard().body).toContain('Looked at on 2026-02-03')
  })

  test('that a person closes while a pass runs is not opened by it', async () => {
    await pass('push')
    await edit(dashboard().number, { state: 'closed' })
    registries.time = new Date('2026-02-03T08:00:00Z')
    expect((await pass('push')).aboutBoard).toEqual([`issues/get ${dashboard().number}`])
    expect(dashboard().closed).not.toBeNull()
    expect((await pass('push')).aboutBoard).toEqual([])
  })

  test('is closed once when the policy wants none, and opened again when it wants one', async () => {
    const policy = (text: string) =>
      repo.commit('main', new Map([['.github/windlass.yaml', LIMITS + text]]), { author: 'ada', message: 'Policy' })
    await pass('push')
    await policy('dashboard: false\n')
    await pass('push')
    expect(dashboard().closed).not.toBeNull()
    expect(dashboard().body).toContain('`dashboard: false`')
    expect((await pass('push')).writes).toEqual([])
    await policy('')
    await pass('push')
    expect(dashboard().closed).toBeNull()
    expect(dashboard().body).toContain('### Detected')
    expect((await pass('push')).writes).toEqual([])
  })

  test('is not opened where there is nothing for us', async () => {
    repo = await town.github.repo('acme', `board-${count}-empty`, new Map([['README.md', '# Nothing\n']]))
    expect((await pass('push')).writes).toEqual([])
    expect((await pass('push')).aboutBoard).toEqual([])
    expect(issues()).toEqual([])
  })
})

describe('ticked boxes', () => {
  const limited = `prHourlyLimit: 0\nprConcurrentLimit: 1\n`
  const OTHER = BEACON.replaceAll('beacon', 'lamp')
    .replaceAll('charts.windlass-demo', 'lamps')
    .replaceAll('demo', 'lamps')

  test('open what waits for room, once, and are empty again', async () => {
    const files = new Map([
      ['.github/windlass.yaml', limited],
      ['clusters/dev/lamp.yaml', OTHER],
    ])
    await repo.commit('main', files, { author: 'ada', message: 'A second component' })
    await pass('push')
    expect(repo.pulls()).toHaveLength(1)
    const waiting = repo.pulls()[0]?.head === 'windlass/dev/beacon' ? 'lamp' : 'beacon'
    await edit(dashboard().number, { body: tick(`open windlass/dev/${waiting} 3.2.1`) })
    await pass('issues')
    expect(
      repo
        .pulls()
        .map(({ head }) => head)
        .toSorted(),
    ).toEqual(['windlass/dev/beacon', 'windlass/dev/lamp'])
    expect(dashboard().body).not.toMatch(/- \[x\]/)
    expect(dashboard().body).not.toContain('tick open')
    expect((await pass('issues')).writes).toEqual([])
  })

  test('propose again what was refused by closing it', async () => {
    await pass('push')
    const [pull] = repo.pulls()
    repo.closePullRequest(pull?.number ?? 0, 'ada')
    await pass('pull_request')
    expect(dashboard().body).toContain(`[#${pull?.number}](../pull/${pull?.number}) was closed`)
    expect(repo.pulls()).toHaveLength(1)
    registries.time = new Date(Date.now() + 60_000)
    await edit(dashboard().number, { body: tick('unignore windlass/dev/beacon 3.2.1') })
    await pass('issues')
    expect(repo.pulls().map(({ state }) => state)).toEqual(['closed', 'open'])
    expect(dashboard().body).not.toContain('### Refused')
    expect((await pass('push')).writes).toEqual([])
  })

  test('that the policy keeps for others do nothing, whoever writes them there', async () => {
    const policy = `${LIMITS}commands: { unignore: admin }\n`
    await repo.commit('main', new Map([['.github/windlass.yaml', policy]]), { author: 'ada', message: 'Policy' })
    await pass('push')
    repo.closePullRequest(repo.pulls()[0]?.number ?? 0, 'ada')
    await pass('pull_request')
    expect(dashboard().body).not.toContain('tick unignore')
    registries.time = new Date(Date.now() + 60_000)
    const line = '- [x] <!-- windlass:tick unignore windlass/dev/beacon 3.2.1 --> x'
    await edit(dashboard().number, { body: body => body.replace('### What you can do here', `$&\n${line}`) })
    await pass('issues')
    expect(repo.pulls().map(({ state }) => state)).toEqual(['closed'])
    expect(dashboard().body).not.toContain('tick unignore')
  })

  test('while a pass runs are not lost: the pass does not write over them, and the next one acts on them', async () => {
    await pass('push')
    await edit(dashboard().number, { body: tick('look') })
    registries.time = new Date('2026-02-03T08:00:00Z')
    await expect(pass('push')).rejects.toThrow('was ticked during this pass')
    expect(dashboard().body).toContain('- [x] <!-- windlass:tick look')
    await pass('push')
    expect(dashboard().body).toContain('- [ ] <!-- windlass:tick look')
  })

  test('of an old text that somebody put back do not bring back old grants', async () => {
    await pass('push')
    const old = dashboard().body ?? ''
    registries.time = new Date('2026-02-03T08:00:00Z')
    await pass('push')
    await edit(dashboard().number, { body: () => old })
    registries.time = new Date('2026-02-04T08:00:00Z')
    await pass('issues')
    const payload = /windlass:dashboard ([\w-]+)\./.exec(dashboard().body ?? '')?.[1] ?? ''
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ generation: 3 })
  })
})

describe('the pull request that adds a policy file', () => {
  beforeEach(async () => {
    repo = await town.github.repo('acme', `new-${count}`, onlyBeacon())
  })

  test('is opened beside the upgrades where we were just installed, and stays as it is', async () => {
    await pass('installation')
    expect(repo.pulls().map(({ head, title }) => ({ head, title }))).toEqual([
      { head: 'windlass/dev/beacon', title: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.1 in dev' },
      { head: 'windlass/configure', title: 'Configure Windlass' },
    ])
    const added = (await repo.file('windlass/configure', '.github/windlass.yaml'))?.toString() ?? ''
    expect(added.split('\n').every(line => line === '' || line.startsWith('#'))).toBe(true)
    expect(await repo.diff('main', 'windlass/configure')).toContain('new file mode 100644')
    expect(dashboard().body).toContain('adds a policy file')
    for (const reason of ['push', 'installation', 'sweep']) expect((await pass(reason)).writes).toEqual([])
  })

  test('is not opened after anything else', async () => {
    await pass('push')
    expect(repo.pulls().map(({ head }) => head)).toEqual(['windlass/dev/beacon'])
  })

  test('that a person closes does not come back, and nothing about upgrades changes', async () => {
    await pass('installation')
    const number = repo.pulls().find(({ head }) => head === 'windlass/configure')?.number ?? 0
    repo.closePullRequest(number, 'ada')
    await pass('pull_request')
    expect((await pass('installation')).writes).toEqual([])
    expect(repo.pulls().map(({ state }) => state)).toEqual(['open', 'closed'])
    expect(dashboard().body).not.toContain('### Refused')
  })

  test('that a person merges changes nothing', async () => {
    await pass('installation')
    const number = repo.pulls().find(({ head }) => head === 'windlass/configure')?.number ?? 0
    await repo.mergePullRequest(number, 'ada')
    await pass('push')
    expect(repo.pulls().map(({ state }) => state)).toEqual(['open', 'merged'])
    expect((await pass('installation')).writes).toEqual([])
  })
})
