import { createVerify, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createApp, repositoriesOf } from '../src/app.ts'
import { createLog } from '../src/server/log.ts'
import { readSettings } from '../src/settings.ts'

const SELF = 'windlass[bot]'
const at = {
  installation: { id: 7 },
  repository: { name: 'fleet', owner: { login: 'acme' }, default_branch: 'trunk' },
  sender: { login: 'someone' },
}
const pull = (head: string, base = 'trunk') => ({ pull_request: { head: { ref: head }, base: { ref: base } } })
const FLEET = { kind: 'repository', repository: { installation: 7, owner: 'acme', name: 'fleet' } }
function checkRun(slug: string, head_branch: string) {
  return { action: 'completed', check_run: { app: { slug }, check_suite: { head_branch } } }
}

const ALL = { kind: 'installation', installation: 7 }

describe('an event that wakes', () => {
  test.each([
    ['a push to the default branch', 'push', { ref: 'refs/heads/trunk' }, FLEET],
    ['a push to a branch of ours', 'push', { ref: 'refs/heads/windlass/dev/cert-manager' }, FLEET],
    ['anything about a pull request of ours', 'pull_request', { action: 'labeled', ...pull('windlass/dev/x') }, FLEET],
    [
      "somebody else's pull request that was closed",
      'pull_request',
      { action: 'closed', ...pull('renovate/x') },
      FLEET,
    ],
    ['a comment on a pull request', 'issue_comment', { action: 'created', issue: { pull_request: {} } }, FLEET],
    ['a comment that was edited', 'issue_comment', { action: 'edited', issue: { pull_request: {} } }, FLEET],
    ['a check that has ended on a branch of ours', 'check_run', checkRun('github-actions', 'windlass/dev/x'), FLEET],
    ['a check that has ended on the default branch', 'check_run', checkRun('flux', 'trunk'), FLEET],
    ['a status on a branch of ours', 'status', { state: 'error', branches: [{ name: 'windlass/dev/x' }] }, FLEET],
    ['a nudge', 'repository_dispatch', { action: 'upgrade' }, FLEET],
    ['a published release: everybody of the installation', 'release', { action: 'published' }, ALL],
    ['a new installation', 'installation', { action: 'created', repository: undefined }, ALL],
    ['repositories that were added', 'installation_repositories', { action: 'added', repository: undefined }, ALL],
  ])('%s', (_, event, payload, wakes) => {
    expect(repositoriesOf(event, { ...at, ...payload }, SELF)).toEqual(wakes)
  })
})

describe('an event that wakes nobody', () => {
  test.each([
    ['a push to another branch', 'push', { ref: 'refs/heads/feature' }, 'neither the default branch nor one of ours'],
    [
      'a tag named like the default branch',
      'push',
      { ref: 'refs/tags/trunk' },
      'neither the default branch nor one of ours',
    ],
    [
      "somebody else's open pull request",
      'pull_request',
      { action: 'opened', ...pull('renovate/x') },
      "somebody else's pull request",
    ],
    [
      'one that lands elsewhere',
      'pull_request',
      { action: 'closed', ...pull('a', 'b') },
      "somebody else's pull request",
    ],
    [
      'a comment on an issue',
      'issue_comment',
      { action: 'created', issue: {} },
      'a comment on an issue, not on a pull request',
    ],
    [
      'a deleted comment',
      'issue_comment',
      { action: 'deleted', issue: { pull_request: {} } },
      'a deleted comment asks for nothing',
    ],
    ['our own check', 'check_run', checkRun('windlass', 'windlass/dev/x'), 'our own check'],
    [
      'a check that has only begun',
      'check_run',
      { ...checkRun('ci', 'windlass/dev/x'), action: 'created' },
      'a check that has not ended',
    ],
    [
      'a check elsewhere',
      'check_run',
      checkRun('ci', 'feature'),
      'a check on neither the default branch nor one of ours',
    ],
    ['a status that is pending', 'status', { state: 'pending', branches: [] }, 'a status that is pending'],
    [
      'a status of a commit on no branch',
      'status',
      { state: 'failure', branches: [] },
      'a status on neither the default branch nor one of ours',
    ],
    ['a draft release', 'release', { action: 'created' }, 'only published releases matter'],
    ['the removal of the App', 'installation', { action: 'deleted' }, 'the App was removed'],
    ['an event we do not know', 'constructor', {}, 'constructor events are not used'],
    [
      'a repository hook of no App',
      'push',
      { ref: 'refs/heads/trunk', installation: undefined },
      'the payload names no installation of the App',
    ],
    ['no repository', 'repository_dispatch', { repository: undefined }, 'the payload names no repository'],
  ])('%s', (_, event, payload, reason) => {
    expect(repositoriesOf(event, { ...at, ...payload }, SELF)).toEqual({ kind: 'nothing', reason })
  })

  test.each([
    ['a path for a name', { repository: { ...at.repository, name: '../../etc' } }, 'repository.name'],
    [
      'an option for an owner',
      { repository: { ...at.repository, owner: { login: '--upload-pack' } } },
      'repository.owner.login',
    ],
    ['text for an installation', { installation: { id: '7' } }, 'installation.id'],
  ])('%s is not a payload', (_, payload, where) => {
    const wake = repositoriesOf('push', { ...at, ref: 'refs/heads/trunk', ...payload }, SELF)
    expect(wake).toEqual({ kind: 'nothing', reason: `not the payload of a webhook: ${where} is wrong` })
  })
})

test('our own comments and edits are echoes; our own pushes and closed pull requests are not', () => {
  const own = { ...at, sender: { login: SELF } }
  const echo = { kind: 'nothing', reason: 'our own doing' }
  const comment = { action: 'created', issue: { pull_request: {} } }
  expect(repositoriesOf('issue_comment', { ...own, ...comment }, SELF)).toEqual(echo)
  expect(repositoriesOf('pull_request', { ...own, action: 'edited', ...pull('windlass/x') }, SELF)).toEqual(echo)
  expect(repositoriesOf('pull_request', { ...own, action: 'closed', ...pull('windlass/x') }, SELF)).toEqual(FLEET)
  expect(repositoriesOf('push', { ...own, ref: 'refs/heads/windlass/x' }, SELF)).toEqual(FLEET)
  expect(repositoriesOf('issue_comment', { ...own, ...comment }, null)).toEqual(FLEET)
})

test('the manifest asks for every event that wakes us, and GitHub sends the two others to every App', () => {
  const manifest = parse(readFileSync(new URL('../app.yml', import.meta.url), 'utf8'))
  expect(manifest.default_events.toSorted()).toEqual([
    'check_run',
    'issue_comment',
    'pull_request',
    'push',
    'release',
    'repository_dispatch',
    'status',
  ])
  expect(manifest.default_permissions).toEqual({
    contents: 'write',
    pull_requests: 'write',
    issues: 'write',
    checks: 'write',
    statuses: 'read',
    actions: 'write',
    metadata: 'read',
  })
})

test('the App talks to the GitHub Enterprise host of the settings, as itself', async () => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const asked: string[] = []
  const github = createServer((request, response) => {
    const [head, body, signature] = (request.headers.authorization ?? '').replace(/^bearer /i, '').split('.')
    const genuine = createVerify('RSA-SHA256')
      .update(`${head}.${body}`)
      .verify(keys.publicKey, signature ?? '', 'base64url')
    const { iss } = JSON.parse(Buffer.from(body ?? '', 'base64url').toString())
    asked.push(`${request.method} ${request.url} as ${iss}, ${genuine}`)
    response.setHeader('content-type', 'application/json').end('{"slug":"windlass"}')
  }).listen(0, '127.0.0.1')
  await once(github, 'listening')
  const address = github.address()
  const read = readSettings({
    APP_ID: '4217',
    PRIVATE_KEY: keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    WEBHOOK_SECRET: 'correct horse battery staple',
    GHE_HOST: `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    GHE_PROTOCOL: 'http',
  })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const octokit = await createApp(read.settings, pino({ level: 'silent' })).auth()
  const { data } = await octokit.rest.apps.getAuthenticated()
  github.close()
  expect(data?.slug).toBe('windlass')
  expect(asked).toEqual(['GET /api/v3/app as 4217, true'])
})

test('the log has no place for payloads and credentials', () => {
  const lines: string[] = []
  const log = createLog('debug', { write: line => void lines.push(line) })
  const error = Object.assign(new Error('refused', { cause: new Error('inner') }), {
    status: 401,
    request: { headers: { authorization: 'token hunter2' } },
    event: { payload: { secret: 'hunter2' } },
  })
  log.error(
    { err: error, event: { payload: 'hunter2' }, payload: 'hunter2', headers: { cookie: 'hunter2' }, token: 'hunter2' },
    'no',
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('hunter2')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    name: 'windlass',
    msg: 'no',
    err: { message: 'refused', status: 401, cause: { message: 'inner' } },
  })
})
