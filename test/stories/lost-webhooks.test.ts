import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { People } from '../github-double/people.ts'
import { eventually } from '../support/engines.ts'
import { bothComponents, CHARTS, onlyBeacon } from './fixtures.ts'
import { settledAt, startTown, startWindlass, type Town } from './town.ts'

let town: Town

/** A tick that this story does not wait for. */
const NEVER = { WINDLASS_SWEEP: '0 0 1 1 *' }

beforeAll(async () => {
  town = await startTown(CHARTS, NEVER)
})

afterAll(() => town?.stop())

afterEach(() => town.github.assertHonest())

/** Tells Windlass what happened, or loses it. */
type Tell = (event: string, payload: Parameters<Town['github']['deliver']>[1]) => Promise<void>

const told: Tell = async (event, payload) => {
  await town.github.deliver(event, payload)
  await town.settled()
}

const lost: Tell = async () => {}

/** A day in the life of three repositories: pushes, commands, a merge, a pull request that somebody closes. */
async function day(name: string, tell: Tell): Promise<readonly People[]> {
  const { github } = town
  const pushed = async (repo: People) => tell('push', github.pushPayload(repo, 'main', null, await repo.head('main')))
  const opened = async (suffix: string, files: ReadonlyMap<string, string>) => {
    const repo = await github.repo('acme', `${name}-${suffix}`, files)
    repo.setPermission('ada', 'write')
    // The day begins when Windlass knows them; both worlds were told of that.
    await told('push', github.pushPayload(repo, 'main', null, await repo.head('main')))
    return repo
  }
  const [merged, held, closed] = [
    await opened('merged', onlyBeacon()),
    await opened('held', bothComponents()),
    await opened('closed', onlyBeacon()),
  ]
  const first = (repo: People) => repo.pulls()[0]?.number ?? 0
  await merged.mergePullRequest(first(merged), 'ada')
  await tell('pull_request', github.pullRequestPayload('closed', merged, first(merged), 'ada'))
  await pushed(merged)
  const comment = held.comment(first(held), 'ada', '/windlass hold until the release is out')
  await tell('issue_comment', github.issueCommentPayload(held, comment))
  closed.closePullRequest(first(closed), 'ada')
  await tell('pull_request', github.pullRequestPayload('closed', closed, first(closed), 'ada'))
  const grown = new Map([...bothComponents()].filter(([path]) => path.endsWith('vaultsync.yaml')))
  await closed.commit('main', grown, { author: 'ada', message: 'Another one' })
  await pushed(closed)
  return [merged, held, closed]
}

/** What a person can see, without what differs between two repositories. */
async function seen(repo: People) {
  return {
    branches: (await repo.branches()).toSorted(),
    pulls: repo
      .pulls()
      .map(({ title, head, state, labels, number }) => ({
        ...{ title, head, state, labels: labels.toSorted() },
        comments: repo.comments(number).map(({ user, body, reactions }) => ({
          ...{ user, reactions },
          body: body.replace(/<!-- .*? -->/g, ''),
        })),
      }))
      .toSorted((a, b) => (a.head < b.head ? -1 : 1)),
  }
}

/** A cron expression (UTC, with seconds) of one moment of this year. */
function onceAt(date: Date): string {
  const [second, minute, hour] = [date.getUTCSeconds(), date.getUTCMinutes(), date.getUTCHours()]
  return `${second} ${minute} ${hour} ${date.getUTCDate()} ${date.getUTCMonth() + 1} *`
}

test('a day of which no webhook arrived comes to the same end with one sweep', async () => {
  const whole = await day('told', told)
  const silent = await day('lost', lost)
  const expected = await Promise.all(whole.map(seen))
  expect(await Promise.all(silent.map(seen))).not.toEqual(expected)

  const log: string[] = []
  const sweeper = await startWindlass(
    {
      ...town.env,
      WINDLASS_DATA: `${town.env.WINDLASS_DATA}-sweeper`,
      WINDLASS_SWEEP: onceAt(new Date(Date.now() + 40_000)),
    },
    { log: pino({ level: 'info' }, { write: line => void log.push(line) }) },
  )
  const passed = () => log.filter(line => line.includes('"passed"')).length
  await eventually('every repository was passed over', () => passed() === whole.length + silent.length, 200_000)
  await settledAt(sweeper.url)
  await sweeper.stop()
  expect(log.filter(line => line.includes('"swept"'))).toHaveLength(1)
  expect(await Promise.all(silent.map(seen))).toEqual(expected)
  expect(expected.flatMap(({ pulls }) => pulls.map(({ state }) => state)).toSorted()).toEqual([
    'closed',
    'merged',
    'open',
    'open',
    'open',
  ])
}, 300_000)
