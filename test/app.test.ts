import { createVerify, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import examples from '@octokit/webhooks-examples' with { type: 'json' }
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { actionOf, createApp, repositoriesOf } from '../src/app.ts'
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
const ALL = { kind: 'installation', installation: 7 }

/** A dashboard of ours and somebody's issue. */
const OURS = { issue: { user: { login: SELF } } }
const THEIRS = { issue: { user: { login: 'someone' } } }
const status = (state: string, ...branches: string[]) => ({ state, branches: branches.map(name => ({ name })) })
const run = (branch: string | null, app = 'github-actions', pulls: string[] = []) => ({
  check_run: {
    app: { slug: app },
    check_suite: { head_branch: branch },
    pull_requests: pulls.map(head => pull(head).pull_request),
  },
})
const suite = (branch: string) => ({
  check_suite: { app: { slug: 'github-actions' }, head_branch: branch, pull_requests: [] },
})
const deployed = (ref: string, state = 'success', transient = false) => ({
  deployment: { ref, transient_environment: transient },
  deployment_status: { state },
})
const SHA = '0123456789abcdef0123456789abcdef01234567'
const tagged = (name: string) => ({
  registry_package: { package_version: { container_metadata: { tag: { name } } } },
})
const completed = { action: 'completed' }

describe('an event that wakes', () => {
  test.each([
    ['a push to the default branch', 'push', { ref: 'refs/heads/trunk' }, FLEET],
    ['a push to a branch of ours', 'push', { ref: 'refs/heads/windlass/dev/cert-manager' }, FLEET],
    ['anything about a pull request of ours', 'pull_request', { action: 'labeled', ...pull('windlass/dev/x') }, FLEET],
    ["somebody else's, closed", 'pull_request', { action: 'closed', ...pull('renovate/x') }, FLEET],
    ["somebody else's, opened", 'pull_request', { action: 'opened', ...pull('renovate/x') }, FLEET],
    ["somebody else's, pushed to", 'pull_request', { action: 'synchronize', ...pull('renovate/x') }, FLEET],
    ["somebody else's, opened again", 'pull_request', { action: 'reopened', ...pull('renovate/x') }, FLEET],
    ['a comment on a pull request', 'issue_comment', { action: 'created', issue: { pull_request: {} } }, FLEET],
    ['a comment that was edited', 'issue_comment', { action: 'edited', issue: { pull_request: {} } }, FLEET],
    ['a comment on the dashboard', 'issue_comment', { action: 'created', ...OURS }, FLEET],
    ['a box of the dashboard', 'issues', { action: 'edited', ...OURS }, FLEET],
    ['the dashboard, closed', 'issues', { action: 'closed', ...OURS }, FLEET],
    ['the dashboard, opened again', 'issues', { action: 'reopened', ...OURS }, FLEET],
    ['a check on the default branch', 'check_run', { ...completed, ...run('trunk') }, FLEET],
    ['a check on a branch of ours', 'check_run', { ...completed, ...run('windlass/dev/x') }, FLEET],
    ['a check on a pull request of ours', 'check_run', { ...completed, ...run(null, 'ci', ['windlass/dev/x']) }, FLEET],
    ['our check, asked for again', 'check_run', { action: 'rerequested', ...run('trunk', 'windlass') }, FLEET],
    ['a suite on a branch of ours', 'check_suite', { ...completed, ...suite('windlass/dev/x') }, FLEET],
    ['a status on the default branch', 'status', status('failure', 'feature', 'trunk'), FLEET],
    ['a status on a branch of ours', 'status', status('success', 'windlass/dev/x'), FLEET],
    ['a status on as many branches as GitHub names', 'status', status('success', ...Array(10).fill('feature')), FLEET],
    ['a deployment of the default branch', 'deployment_status', deployed('trunk'), FLEET],
    ['a deployment of a commit', 'deployment_status', deployed(SHA, 'failure'), FLEET],
    [
      'a job on a branch of ours',
      'workflow_job',
      { ...completed, workflow_job: { head_branch: 'windlass/dev/x' } },
      FLEET,
    ],
    ['a nudge', 'repository_dispatch', { action: 'upgrade' }, FLEET],
    ['a published release: everybody of the installation', 'release', { action: 'published' }, ALL],
    ['a published package of a version', 'registry_package', { action: 'published', ...tagged('v1.20.0') }, ALL],
    ['a package without a tag', 'registry_package', { action: 'published', registry_package: {} }, ALL],
    ['a new installation', 'installation', { action: 'created', repository: undefined }, ALL],
    ['an installation that goes on', 'installation', { action: 'unsuspend', repository: undefined }, ALL],
    ['repositories that were added', 'installation_repositories', { action: 'added', repository: undefined }, ALL],
    ['an account with a new name', 'installation_target', { action: 'renamed', repository: undefined }, ALL],
  ])('%s', (_, event, payload, wakes) => {
    expect(repositoriesOf(event, { ...at, ...payload }, SELF)).toEqual(wakes)
  })
})

describe('an event that wakes nobody', () => {
  const elsewhere = 'neither the default branch nor one of ours'
  test.each([
    ['a push to another branch', 'push', { ref: 'refs/heads/feature' }, elsewhere],
    ['a tag named like the default branch', 'push', { ref: 'refs/tags/trunk' }, elsewhere],
    ['a branch named nearly like ours', 'push', { ref: 'refs/heads/windlassy' }, elsewhere],
    [
      'one that lands elsewhere',
      'pull_request',
      { action: 'closed', ...pull('a', 'b') },
      'a pull request to another branch',
    ],
    [
      "a label on somebody else's",
      'pull_request',
      { action: 'labeled', ...pull('a') },
      "nothing new in somebody else's pull request",
    ],
    [
      "a comment on somebody's issue",
      'issue_comment',
      { action: 'created', ...THEIRS },
      'a comment on an issue that is not ours',
    ],
    [
      'a deleted comment',
      'issue_comment',
      { action: 'deleted', issue: { pull_request: {} } },
      'a deleted comment asks for nothing',
    ],
    ["somebody's issue, edited", 'issues', { action: 'edited', ...THEIRS }, 'an issue that is not ours'],
    ['the dashboard, labelled', 'issues', { action: 'labeled', ...OURS }, 'an issue that was labeled'],
    ['a check on another branch', 'check_run', { ...completed, ...run('feature', 'ci', ['feature']) }, elsewhere],
    ['a check on no branch', 'check_run', { ...completed, ...run(null) }, elsewhere],
    ['a check that begins', 'check_run', { action: 'created', ...run('trunk') }, 'a check that was created'],
    ['our own check', 'check_run', { ...completed, ...run('trunk', 'windlass') }, 'a check that was completed'],
    ['a suite on another branch', 'check_suite', { ...completed, ...suite('feature') }, elsewhere],
    ['a suite that begins', 'check_suite', { action: 'requested', ...suite('trunk') }, 'a check that was requested'],
    ['a status on another branch', 'status', status('success', 'feature'), elsewhere],
    ['a status on no branch', 'status', status('success'), elsewhere],
    ['a pending status', 'status', status('pending', 'trunk'), 'a status that is still pending'],
    ['a deployment of another branch', 'deployment_status', deployed('feature'), elsewhere],
    ['a deployment that runs', 'deployment_status', deployed('trunk', 'in_progress'), 'a deployment that still runs'],
    ['a preview', 'deployment_status', deployed(SHA, 'success', true), 'a preview'],
    [
      'a commit whose workflow ran elsewhere',
      'deployment_status',
      { ...deployed(SHA), workflow_run: { head_branch: 'feature' } },
      elsewhere,
    ],
    [
      'a job that begins',
      'workflow_job',
      { action: 'queued', workflow_job: { head_branch: 'trunk' } },
      'a job that has not ended',
    ],
    ['a job on another branch', 'workflow_job', { ...completed, workflow_job: { head_branch: 'feature' } }, elsewhere],
    [
      'an image of a build',
      'registry_package',
      { action: 'published', ...tagged('sha-0123abc') },
      'a package whose tag is no version',
    ],
    ['a draft release', 'release', { action: 'created' }, 'only published releases matter'],
    ['the removal of the App', 'installation', { action: 'deleted' }, 'the App was removed'],
    ['an App that is suspended', 'installation', { action: 'suspend' }, 'the App was suspended'],
    ['an event we do not know', 'constructor', {}, 'constructor events are not used'],
    [
      'a repository hook of no App',
      'push',
      { ref: 'refs/heads/trunk', installation: undefined },
      'the payload names no installation of the App',
    ],
    ['no repository', 'repository_dispatch', { repository: undefined }, 'the payload names no repository'],
    ['a word that is none', 'check_run', { action: '<img>', ...run('trunk') }, 'a check that was something else'],
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
  expect(repositoriesOf('issues', { ...own, action: 'edited', ...OURS }, SELF)).toEqual(echo)
  expect(repositoriesOf('pull_request', { ...own, action: 'edited', ...pull('windlass/x') }, SELF)).toEqual(echo)
  expect(repositoriesOf('pull_request', { ...own, action: 'closed', ...pull('windlass/x') }, SELF)).toEqual(FLEET)
  expect(repositoriesOf('push', { ...own, ref: 'refs/heads/windlass/x' }, SELF)).toEqual(FLEET)
  expect(repositoriesOf('issue_comment', { ...own, ...comment }, null)).toEqual(FLEET)
})

test('the manifest asks for every event that wakes us, and GitHub sends those of installations to every App', () => {
  const manifest = parse(readFileSync(new URL('../app.yml', import.meta.url), 'utf8'))
  for (const event of manifest.default_events)
    expect(repositoriesOf(event, at, SELF)).not.toMatchObject({ reason: expect.stringContaining('are not used') })
  expect(manifest.default_events.toSorted()).toEqual(
    'check_run check_suite deployment_status issue_comment issues pull_request push registry_package release repository_dispatch status workflow_job'.split(
      ' ',
    ),
  )
  expect(manifest.default_permissions).toEqual({
    contents: 'write',
    pull_requests: 'write',
    issues: 'write',
    checks: 'write',
    members: 'read',
    statuses: 'read',
    deployments: 'read',
    actions: 'write',
    packages: 'read',
    metadata: 'read',
  })
})

test('every example payload of GitHub can be read', () => {
  const named = examples as unknown as readonly { readonly name: string; readonly examples: readonly object[] }[]
  const unread = named.flatMap(({ name, examples }) =>
    examples.filter(one => JSON.stringify(repositoriesOf(name, one, SELF)).includes('not the payload of a webhook')),
  )
  expect(named.length).toBeGreaterThan(40)
  expect(unread).toEqual([])
})

test('an action keeps nothing that a database cannot store', () => {
  expect(actionOf({ action: 'a\0b\ud800c' })).toBe('a\ufffdb\ufffdc')
  expect(actionOf({})).toBeNull()
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
