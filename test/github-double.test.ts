import { execFile } from 'node:child_process'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/rest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Handlers } from './github-double/handler.ts'
import type { People } from './github-double/people.ts'
import { type GitHubDouble, startGitHub } from './github-double/server.ts'
import type { App } from './github-double/state.ts'

const run = promisify(execFile)
const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const app: App = {
  id: 7,
  slug: 'windlass',
  publicKeyPem: keys.publicKey,
  webhookSecret: 'a secret for tests',
  permissions: { contents: 'write', pull_requests: 'write', issues: 'write', checks: 'write', statuses: 'read' },
}
const repo = { owner: 'acme', repo: 'gitops' }
const README = '# GitOps\n'
const VALUES = 'replicas: 1\nversion: 1.0.0\n'

let github: GitHubDouble
let people: People

beforeEach(async () => start())
afterEach(async () => github.stop())

async function start(handlers: Handlers = {}, now = () => new Date()): Promise<void> {
  github = await startGitHub({ apps: [app], handlers, now })
  const files = new Map([
    ['README.md', README],
    ['apps/dev/values.yaml', VALUES],
  ])
  people = await github.repo('acme', 'gitops', files)
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

function asApp(privateKey = keys.privateKey): Octokit {
  return new Octokit({
    baseUrl: github.api,
    authStrategy: createAppAuth,
    auth: { appId: app.id, privateKey },
    log: quiet,
  })
}

async function asInstallation(): Promise<Octokit> {
  const { data } = await asApp().rest.apps.getRepoInstallation(repo)
  const auth = { appId: app.id, privateKey: keys.privateKey, installationId: data.id }
  return new Octokit({ baseUrl: github.api, authStrategy: createAppAuth, auth, log: quiet })
}

async function withToken(body: object): Promise<Octokit> {
  const { data } = await asApp().rest.apps.getRepoInstallation(repo)
  const { data: token } = await asApp().rest.apps.createInstallationAccessToken({ installation_id: data.id, ...body })
  return new Octokit({ baseUrl: github.api, auth: token.token, log: quiet })
}

/** Commits one file through the git data API on a new branch, as the product does. */
async function branch(octokit: Octokit, name: string, content: string): Promise<string> {
  const base = (await octokit.rest.git.getRef({ ...repo, ref: 'heads/main' })).data.object.sha
  const blob = await octokit.rest.git.createBlob({ ...repo, content, encoding: 'utf-8' })
  const tree = await octokit.rest.git.createTree({
    ...repo,
    base_tree: base,
    tree: [{ path: 'apps/dev/values.yaml', mode: '100644', type: 'blob', sha: blob.data.sha }],
  })
  const commit = await octokit.rest.git.createCommit({
    ...repo,
    message: 'Update it',
    tree: tree.data.sha,
    parents: [base],
  })
  await octokit.rest.git.createRef({ ...repo, ref: `refs/heads/${name}`, sha: commit.data.sha })
  return commit.data.sha
}

const refused = (status: number, message: RegExp | string) =>
  expect.objectContaining({ status, message: expect.stringMatching(message) })

describe('an app', () => {
  test('sees itself, its installations and their repositories', async () => {
    expect((await asApp().rest.apps.getAuthenticated()).data).toMatchObject({ id: 7, slug: 'windlass' })
    const [installation] = (await asApp().rest.apps.listInstallations()).data
    expect(installation).toMatchObject({ app_id: 7, account: { login: 'acme', type: 'Organization' } })
    const { data } = await (await asInstallation()).rest.apps.listReposAccessibleToInstallation()
    expect(data.repositories.map(one => one.full_name)).toEqual(['acme/gitops'])
    github.assertHonest()
  })

  test('is refused when its key is not the registered one', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    await expect(asApp(privateKey).rest.apps.getAuthenticated()).rejects.toEqual(refused(401, 'could not be decoded'))
    github.assertHonest()
  })

  test('cannot use a token after an hour', async () => {
    await github.stop()
    let now = Date.now()
    await start({}, () => new Date(now))
    const octokit = await withToken({})
    await octokit.rest.repos.get(repo)
    now += 3_601_000
    await expect(octokit.rest.repos.get(repo)).rejects.toEqual(refused(401, 'Bad credentials'))
    github.assertHonest()
  })

  test('with a narrowed token may do no more than was asked for, and cannot ask for more than it has', async () => {
    await github.repo('acme', 'other')
    const octokit = await withToken({ repositories: ['gitops'], permissions: { contents: 'read' } })
    await expect(octokit.rest.repos.get({ owner: 'acme', repo: 'other' })).rejects.toEqual(refused(404, 'Not Found'))
    await expect(octokit.rest.git.createBlob({ ...repo, content: 'x' })).rejects.toEqual(
      refused(403, 'Resource not accessible by integration'),
    )
    await expect(octokit.rest.pulls.list(repo)).rejects.toEqual(refused(403, 'Resource not accessible by integration'))
    await expect(withToken({ permissions: { statuses: 'write' } })).rejects.toEqual(refused(422, 'not granted'))
    github.assertHonest()
  })

  test('does not see a repository it is not installed on', async () => {
    await github.repo('acme', 'secret', new Map(), { apps: [] })
    const octokit = await asInstallation()
    await expect(octokit.rest.repos.get({ owner: 'acme', repo: 'secret' })).rejects.toEqual(refused(404, 'Not Found'))
    github.assertHonest()
  })
})

describe('git data', () => {
  test('is one truth with the real repository', async () => {
    const octokit = await asInstallation()
    const sha = await branch(octokit, 'windlass/dev/thing', VALUES.replace('1.0.0', '1.1.0'))
    expect(await people.head('windlass/dev/thing')).toBe(sha)
    expect((await people.file('windlass/dev/thing', 'apps/dev/values.yaml'))?.toString()).toBe(
      'replicas: 1\nversion: 1.1.0\n',
    )
    expect([...(await people.files('windlass/dev/thing')).keys()]).toEqual(['README.md', 'apps/dev/values.yaml'])
    expect(await people.diff('main', 'windlass/dev/thing')).toContain('\n-version: 1.0.0\n+version: 1.1.0\n')
    const [commit] = await people.commits('windlass/dev/thing')
    expect(commit).toMatchObject({
      message: 'Update it',
      author: { name: 'windlass[bot]' },
      committer: { email: 'noreply@github.com' },
    })
    github.assertHonest()
  })

  test('reads trees, files, folders, branches and comparisons', async () => {
    const octokit = await asInstallation()
    await branch(octokit, 'a/b', 'replicas: 2\n')
    const tree = await octokit.rest.git.getTree({ ...repo, tree_sha: 'main', recursive: 'true' })
    expect(tree.data.tree.map(entry => `${entry.type} ${entry.path}`)).toEqual([
      'blob README.md',
      'tree apps',
      'tree apps/dev',
      'blob apps/dev/values.yaml',
    ])
    const file = await octokit.rest.repos.getContent({ ...repo, path: 'apps/dev/values.yaml', ref: 'a/b' })
    expect(Buffer.from('content' in file.data ? file.data.content : '', 'base64').toString()).toBe('replicas: 2\n')
    const folder = await octokit.rest.repos.getContent({ ...repo, path: 'apps' })
    expect(folder.data).toMatchObject([{ type: 'dir', path: 'apps/dev' }])
    expect((await octokit.rest.repos.getBranch({ ...repo, branch: 'a/b' })).data.commit.commit.message).toBe(
      'Update it',
    )
    const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...repo, basehead: 'main...a/b' })
    expect(data).toMatchObject({
      status: 'ahead',
      ahead_by: 1,
      behind_by: 0,
      files: [{ filename: 'apps/dev/values.yaml', status: 'modified', additions: 1, deletions: 2 }],
    })
    expect(data.files?.[0]?.patch).toBe('@@ -1,2 +1 @@\n-replicas: 1\n-version: 1.0.0\n+replicas: 2')
    await expect(octokit.rest.repos.getContent({ ...repo, path: 'nothing' })).rejects.toEqual(refused(404, 'Not Found'))
    github.assertHonest()
  })

  test('deletes a file by a null sha, and refuses to delete what is not there', async () => {
    const octokit = await asInstallation()
    const entry = (path: string) => ({ path, mode: '100644' as const, type: 'blob' as const, sha: null })
    const tree = await octokit.rest.git.createTree({ ...repo, base_tree: 'main', tree: [entry('README.md')] })
    expect(tree.data.tree.map(one => one.path)).toEqual(['apps'])
    await expect(octokit.rest.git.createTree({ ...repo, base_tree: 'main', tree: [entry('nothing')] })).rejects.toEqual(
      refused(422, 'BadObjectState'),
    )
    github.assertHonest()
  })

  test('moves a ref only forward unless forced, and creates it only once', async () => {
    const octokit = await asInstallation()
    const sha = await branch(octokit, 'work', 'one\n')
    const main = (await people.head('main')) ?? ''
    await expect(octokit.rest.git.createRef({ ...repo, ref: 'refs/heads/work', sha })).rejects.toEqual(
      refused(422, 'Reference already exists'),
    )
    const human = await people.commit('work', new Map([['x', 'by hand']]), { author: 'alice', message: 'Mine' })
    await expect(octokit.rest.git.updateRef({ ...repo, ref: 'heads/work', sha })).rejects.toEqual(
      refused(422, 'not a fast forward'),
    )
    expect(await people.head('work')).toBe(human)
    await octokit.rest.git.updateRef({ ...repo, ref: 'heads/work', sha: main, force: true })
    expect(await people.head('work')).toBe(main)
    await octokit.rest.git.deleteRef({ ...repo, ref: 'heads/work' })
    await expect(octokit.rest.git.getRef({ ...repo, ref: 'heads/work' })).rejects.toEqual(refused(404, 'Not Found'))
    const moves = github.log.flatMap(entry =>
      entry.kind === 'effect' && entry.what.startsWith('ref.') && entry.detail.ref === 'refs/heads/work'
        ? [`${entry.by} ${entry.what}`]
        : [],
    )
    expect(moves).toEqual([
      'windlass[bot] ref.create',
      'alice ref.update',
      'windlass[bot] ref.update',
      'windlass[bot] ref.delete',
    ])
    github.assertHonest()
  })

  test('creates a ref once when two ask at the same moment', async () => {
    const octokit = await asInstallation()
    const sha = (await people.head('main')) ?? ''
    const create = () =>
      octokit.rest.git.createRef({ ...repo, ref: 'refs/heads/raced', sha }).then(
        () => 'made',
        () => 'refused',
      )
    expect((await Promise.all([create(), create()])).sort()).toEqual(['made', 'refused'])
    github.assertHonest()
  })
})

describe('a pull request', () => {
  const ask = { title: 'Upgrade it', head: 'work', base: 'main', body: 'Why' }

  test('is opened once, found by its head, labelled, commented, checked, and merged', async () => {
    const octokit = await asInstallation()
    const sha = await branch(octokit, 'work', 'version: 2.0.0\n')
    const { data: pull } = await octokit.rest.pulls.create({ ...repo, ...ask })
    expect(pull).toMatchObject({
      number: 1,
      user: { login: 'windlass[bot]', type: 'Bot' },
      mergeable: true,
      commits: 1,
      changed_files: 1,
      head: { sha },
    })
    await expect(octokit.rest.pulls.create({ ...repo, ...ask })).rejects.toEqual(
      refused(422, 'A pull request already exists for acme:work'),
    )
    expect(
      (await octokit.rest.pulls.list({ ...repo, head: 'acme:work', base: 'main' })).data.map(one => one.number),
    ).toEqual([1])
    expect((await octokit.rest.pulls.list({ ...repo, head: 'acme:other' })).data).toEqual([])

    await octokit.rest.issues.addLabels({ ...repo, issue_number: 1, labels: ['risk/high', 'env/dev'] })
    await octokit.rest.issues.removeLabel({ ...repo, issue_number: 1, name: 'RISK/high' })
    expect(people.labels(1)).toEqual(['env/dev'])
    expect((await octokit.rest.issues.get({ ...repo, issue_number: 1 })).data.labels).toMatchObject([
      { name: 'env/dev' },
    ])

    const { data: comment } = await octokit.rest.issues.createComment({ ...repo, issue_number: 1, body: 'Hello' })
    await octokit.rest.issues.updateComment({ ...repo, comment_id: comment.id, body: 'Hello again' })
    const reaction = { ...repo, comment_id: comment.id, content: 'eyes' as const }
    expect((await octokit.rest.reactions.createForIssueComment(reaction)).status).toBe(201)
    expect((await octokit.rest.reactions.createForIssueComment(reaction)).status).toBe(200)
    expect(people.comments(1)).toEqual([
      { id: comment.id, user: 'windlass[bot]', body: 'Hello again', reactions: ['windlass[bot]:eyes'] },
    ])

    const { data: check } = await octokit.rest.checks.create({
      ...repo,
      name: 'windlass',
      head_sha: sha,
      status: 'in_progress',
    })
    const output = { title: 'Low risk', summary: 'Nothing breaks' }
    await octokit.rest.checks.update({ ...repo, check_run_id: check.id, conclusion: 'success', output })
    const { data: runs } = await octokit.rest.checks.listForRef({ ...repo, ref: 'work', check_name: 'windlass' })
    expect(runs).toMatchObject({
      total_count: 1,
      check_runs: [{ status: 'completed', conclusion: 'success', output, pull_requests: [{ number: 1 }] }],
    })
    expect(people.checks(sha)).toMatchObject([{ name: 'windlass', conclusion: 'success' }])

    await octokit.rest.pulls.update({ ...repo, pull_number: 1, title: 'Upgrade it well', body: 'Because' })
    await expect(octokit.rest.pulls.merge({ ...repo, pull_number: 1, sha: '0'.repeat(40) })).rejects.toEqual(
      refused(409, 'Head branch was modified'),
    )
    const { data: merged } = await octokit.rest.pulls.merge({ ...repo, pull_number: 1, sha, merge_method: 'squash' })
    expect(merged.sha).toBe(await people.head('main'))
    expect((await people.file('main', 'apps/dev/values.yaml'))?.toString()).toBe('version: 2.0.0\n')
    expect(people.pulls()).toMatchObject([
      { number: 1, title: 'Upgrade it well', body: 'Because', state: 'merged', labels: ['env/dev'] },
    ])
    expect((await octokit.rest.pulls.get({ ...repo, pull_number: 1 })).data).toMatchObject({
      state: 'closed',
      merged: true,
      changed_files: 1,
    })
    github.assertHonest()
  })

  test('needs a branch that exists and has something new', async () => {
    const octokit = await asInstallation()
    await expect(octokit.rest.pulls.create({ ...repo, ...ask })).rejects.toEqual(refused(422, 'Validation Failed'))
    await people.createBranch('work')
    await expect(octokit.rest.pulls.create({ ...repo, ...ask })).rejects.toEqual(
      refused(422, 'No commits between main and work'),
    )
    github.assertHonest()
  })

  test('is closed by GitHub when its branch goes, and merged when the base gets its commits by another way', async () => {
    const octokit = await asInstallation()
    await branch(octokit, 'gone', 'a\n')
    await branch(octokit, 'pushed', 'b\n')
    for (const head of ['gone', 'pushed']) await octokit.rest.pulls.create({ ...repo, ...ask, head })
    await people.deleteBranch('gone', 'alice')
    const sha = (await people.head('pushed')) ?? ''
    await octokit.rest.git.updateRef({ ...repo, ref: 'heads/main', sha })
    expect(people.pulls().map(one => `${one.head} ${one.state}`)).toEqual(['gone closed', 'pushed merged'])
    github.assertHonest()
  })

  test('that conflicts is not mergeable, and says so', async () => {
    const octokit = await asInstallation()
    await branch(octokit, 'work', 'replicas: 2\nversion: 1.0.0\n')
    await octokit.rest.pulls.create({ ...repo, ...ask })
    await people.commit('main', new Map([['apps/dev/values.yaml', 'replicas: 3\nversion: 1.0.0\n']]), {
      author: 'alice',
      message: 'Three',
    })
    expect((await octokit.rest.pulls.get({ ...repo, pull_number: 1 })).data).toMatchObject({
      mergeable: false,
      mergeable_state: 'dirty',
    })
    await expect(octokit.rest.pulls.merge({ ...repo, pull_number: 1 })).rejects.toEqual(refused(405, 'not mergeable'))
    github.assertHonest()
  })

  test('is merged whole when another one is merged at the same moment', async () => {
    for (const name of ['one', 'two']) {
      await people.commit(name, new Map([[name, name]]), { author: 'alice', message: name })
      await people.openPullRequest('alice', { head: name, title: name })
    }
    await Promise.all([people.mergePullRequest(1, 'alice'), people.mergePullRequest(2, 'bob')])
    expect([...(await people.files('main')).keys()]).toEqual(['README.md', 'apps/dev/values.yaml', 'one', 'two'])
    expect(people.pulls().map(one => one.state)).toEqual(['merged', 'merged'])
  })

  test('is not found by a head without its owner: GitHub ignores such a filter', async () => {
    const octokit = await asInstallation()
    await branch(octokit, 'work', 'a\n')
    await octokit.rest.pulls.create({ ...repo, ...ask })
    await octokit.rest.issues.addLabels({ ...repo, issue_number: 1, labels: ['env/dev'] })
    const { data } = await octokit.rest.pulls.list({ ...repo, head: 'nothing' })
    expect(data).toMatchObject([{ number: 1, labels: [{ name: 'env/dev', description: null }] }])
    github.assertHonest()
  })

  test('may be commented with the pull request permission alone, a plain issue may not', async () => {
    await people.commit('work', new Map([['a', 'b']]), { author: 'alice', message: 'Work' })
    const pull = await people.openPullRequest('alice', { head: 'work', title: 'Work' })
    const issue = people.openIssue('alice', 'Plain')
    const octokit = await withToken({ permissions: { pull_requests: 'write' } })
    const comment = (number: number) => octokit.rest.issues.createComment({ ...repo, issue_number: number, body: 'x' })
    expect((await comment(pull)).status).toBe(201)
    await expect(comment(issue)).rejects.toEqual(refused(403, 'Resource not accessible by integration'))
    github.assertHonest()
  })

  test('takes reviewers among collaborators only', async () => {
    const octokit = await asInstallation()
    await branch(octokit, 'work', 'a\n')
    await octokit.rest.pulls.create({ ...repo, ...ask })
    people.setPermission('alice', 'write')
    people.comment(1, 'mallory', 'me too')
    await octokit.rest.issues.addLabels({ ...repo, issue_number: 1, labels: ['x'] })
    const { data } = await octokit.rest.pulls.requestReviewers({ ...repo, pull_number: 1, reviewers: ['alice'] })
    expect(data.requested_reviewers?.map(one => one.login)).toEqual(['alice'])
    const stranger = octokit.rest.pulls.requestReviewers({ ...repo, pull_number: 1, reviewers: ['mallory'] })
    await expect(stranger).rejects.toEqual(refused(422, 'only be requested from collaborators'))
    github.assertHonest()
  })

  test('lists over several pages', async () => {
    const octokit = await asInstallation()
    await branch(octokit, 'work', 'a\n')
    await octokit.rest.pulls.create({ ...repo, ...ask })
    for (let i = 1; i <= 7; i++) people.comment(1, 'alice', `comment ${i}`)
    const all = await octokit.paginate(octokit.rest.issues.listComments, { ...repo, issue_number: 1, per_page: 3 })
    expect(all.map(one => one.body)).toEqual([1, 2, 3, 4, 5, 6, 7].map(i => `comment ${i}`))
    const { data } = await octokit.rest.issues.listCommentsForRepo({
      ...repo,
      sort: 'created',
      direction: 'desc',
      per_page: 2,
    })
    expect(data.map(one => one.body)).toEqual(['comment 7', 'comment 6'])
    github.assertHonest()
  })
})

describe('people', () => {
  test('have the permission that was set, and are unknown until mentioned', async () => {
    const octokit = await asInstallation()
    people.setPermission('alice', 'maintain')
    const level = async (username: string) =>
      (await octokit.rest.repos.getCollaboratorPermissionLevel({ ...repo, username })).data
    expect(await level('alice')).toMatchObject({ permission: 'write', role_name: 'maintain' })
    expect(await level('acme')).toMatchObject({ permission: 'admin' })
    await expect(level('nobody')).rejects.toEqual(refused(404, 'is not a user'))
    github.assertHonest()
  })

  test('open, merge and close pull requests by hand', async () => {
    await people.commit('idea', new Map([['idea.md', 'An idea\n']]), { author: 'alice', message: 'Idea' })
    await people.commit('idea', new Map([['README.md', null]]), { author: 'alice', message: 'No more' })
    const number = await people.openPullRequest('alice', { head: 'idea', title: 'An idea' })
    await people.mergePullRequest(number, 'bob')
    expect([...(await people.files('main')).keys()]).toEqual(['apps/dev/values.yaml', 'idea.md'])
    expect(people.openIssue('carol', 'Why?')).toBe(2)
    expect(await (await asInstallation()).rest.issues.get({ ...repo, issue_number: 2 })).toMatchObject({
      data: { user: { login: 'carol' } },
    })
    github.assertHonest()
  })
})

describe('git over HTTP', () => {
  const env = {
    PATH: process.env.PATH,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  }
  const git = (args: readonly string[]) => run('git', [...args], { env })
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'clone-'))
  })
  afterEach(async () => rm(dir, { recursive: true, force: true }))

  async function remote(token: string): Promise<string> {
    return people.cloneUrl.replace('http://', `http://x-access-token:${token}@`)
  }

  async function token(): Promise<string> {
    const { data } = await asApp().rest.apps.getRepoInstallation(repo)
    return (await asApp().rest.apps.createInstallationAccessToken({ installation_id: data.id })).data.token
  }

  test('clones with a token, then fetches what came later', async () => {
    await git(['clone', '--quiet', '--depth=1', await remote(await token()), dir])
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toBe(README)
    const sha = await people.commit('main', new Map([['new', 'file']]), { author: 'alice', message: 'New' })
    await git(['-C', dir, 'fetch', '--quiet', 'origin', 'main'])
    expect((await git(['-C', dir, 'rev-parse', 'FETCH_HEAD'])).stdout.trim()).toBe(sha)
    github.assertHonest()
  })

  test('refuses without a token', async () => {
    await expect(git(['clone', '--quiet', people.cloneUrl, dir])).rejects.toThrow(
      /could not read Username|Authentication failed/,
    )
    expect(github.log.at(-1)).toMatchObject({ kind: 'request', status: 401, who: { kind: 'nobody' } })
  })

  test('takes a push of a person who may write, and open pull requests follow', async () => {
    const sha = await branch(await asInstallation(), 'work', 'a\n')
    await people.openPullRequest('alice', { head: 'work', title: 'Work' })
    await git(['clone', '--quiet', '--branch=work', await remote(github.userToken('alice')), dir])
    await git([
      '-C',
      dir,
      '-c',
      'user.name=Alice',
      '-c',
      'user.email=alice@example.com',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'By hand',
    ])
    await expect(git(['-C', dir, 'push', '--quiet', 'origin', 'work'])).rejects.toThrow(/403/)
    people.setPermission('alice', 'write')
    await git(['-C', dir, 'push', '--quiet', 'origin', 'work'])
    expect((await people.commits('work')).map(one => one.message)).toEqual(['By hand\n', 'Update it', 'Initial commit'])
    expect(people.pulls()[0]?.headSha).not.toBe(sha)
    expect(github.log.findLast(entry => entry.kind === 'effect')).toMatchObject({
      what: 'ref.update',
      by: 'alice',
      detail: { before: sha },
    })
    github.assertHonest()
  })
})

describe('honesty', () => {
  test('a request with a field GitHub does not describe is a violation', async () => {
    const octokit = await asInstallation()
    await branch(octokit, 'work', 'a\n')
    const typo = octokit.request('POST /repos/{owner}/{repo}/pulls', {
      ...repo,
      title: 'x',
      head: 'work',
      base: 'main',
      boddy: 'y',
    })
    await expect(typo).rejects.toEqual(refused(500, 'boddy'))
    expect(github.violations).toEqual([
      { operation: 'pulls/create', path: 'body/boddy', message: 'is a field GitHub does not describe' },
    ])
    expect(() => github.assertHonest()).toThrow('pulls/create: body/boddy is a field GitHub does not describe')
    expect(people.pulls()).toEqual([])
  })

  test('a missing field, a wrong type and an unknown query parameter are violations', async () => {
    const octokit = await asInstallation()
    const fail = async (route: string, body: object) =>
      expect(octokit.request(route, { ...repo, ...body })).rejects.toEqual(refused(500, 'violation'))
    await fail('POST /repos/{owner}/{repo}/check-runs', { name: 'x' })
    await fail('POST /repos/{owner}/{repo}/git/refs', { ref: 'refs/heads/x', sha: 5 })
    await fail('GET /repos/{owner}/{repo}/pulls', { states: 'open' })
    expect(github.violations.map(one => `${one.operation} ${one.path} ${one.message}`)).toEqual([
      "checks/create body must have required property 'head_sha'",
      'git/create-ref body/sha must be string',
      'pulls/list query must NOT have additional properties (states)',
    ])
  })

  test('a route GitHub does not have is a violation, and so is one the double lacks', async () => {
    const octokit = await asInstallation()
    await expect(octokit.request('GET /repos/{owner}/{repo}/pull', repo)).rejects.toEqual(refused(500, 'not described'))
    await expect(octokit.rest.repos.listTeams(repo)).rejects.toEqual(refused(500, 'not in the double yet'))
    expect(github.violations.map(one => one.operation)).toEqual(['GET /repos/acme/gitops/pull', 'repos/list-teams'])
  })

  test('an answer of the double that GitHub could not give is a violation', async () => {
    await github.stop()
    const tampered = (body: unknown) => ({
      auth: 'repo' as const,
      needs: ['metadata:read' as const],
      handle: () => ({ status: 200, body }),
    })
    await start({
      'repos/get': tampered({ id: 1 }),
      'pulls/list': tampered([{ number: 'one' }]),
      'checks/get': { ...tampered({}), handle: () => ({ status: 299 }) },
    })
    const octokit = await asInstallation()
    await expect(octokit.rest.repos.get(repo)).rejects.toEqual(refused(500, "must have required property 'node_id'"))
    await expect(octokit.rest.pulls.list(repo)).rejects.toEqual(refused(500, 'number must be integer'))
    await expect(octokit.rest.checks.get({ ...repo, check_run_id: 1 })).rejects.toEqual(
      refused(500, 'status 299 is not described'),
    )
    expect(() => github.assertHonest()).toThrow('repos/get: answer')
  })

  test('a handler that fails is a violation', async () => {
    await github.stop()
    const handle = () => {
      throw new Error('broken')
    }
    await start({ 'repos/get': { auth: 'repo', needs: ['metadata:read'], handle } })
    await expect((await asInstallation()).rest.repos.get(repo)).rejects.toEqual(refused(500, 'broken'))
    expect(() => github.assertHonest()).toThrow('broken')
  })

  test('a query that is not of the GraphQL schema is a violation', async () => {
    await expect((await asInstallation()).graphql('{ viewer { shoeSize } }')).rejects.toMatchObject({ status: 500 })
    expect(() => github.assertHonest()).toThrow('shoeSize')
  })

  test('the mutation updateRefs deletes a branch that stands where it is said to stand', async () => {
    const octokit = await asInstallation()
    const head = await branch(octokit, 'mine', 'mine\n')
    const { data } = await octokit.rest.repos.get(repo)
    const deletion = (beforeOid: string) =>
      octokit.graphql('mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }', {
        input: {
          repositoryId: data.node_id,
          refUpdates: [{ name: 'refs/heads/mine', beforeOid, afterOid: '0'.repeat(40) }],
        },
      })
    await expect(deletion('a'.repeat(40))).rejects.toThrow('not at aaaa')
    expect(await people.branches()).toEqual(['main', 'mine'])
    await deletion(head)
    expect(await people.branches()).toEqual(['main'])
  })

  test('every request is in the log with who asked and what came of it', async () => {
    await (await asInstallation()).rest.repos.get(repo)
    const requests = github.log.flatMap(entry =>
      entry.kind === 'request' ? [[entry.operationId, entry.status, entry.who.kind]] : [],
    )
    expect(requests).toEqual([
      ['apps/get-repo-installation', 200, 'app'],
      ['apps/create-installation-access-token', 201, 'app'],
      ['repos/get', 200, 'installation'],
    ])
  })
})

describe('faults', () => {
  const isComment = (method: string, path: string) => method === 'POST' && path.endsWith('/comments')

  beforeEach(() => {
    people.openIssue('alice', 'Something')
  })

  test('answer instead of the work, as often as told', async () => {
    const octokit = await asInstallation()
    github.faults.next({ match: isComment, status: 502, body: '<h1>Unicorn</h1>', times: 2 })
    const comment = () =>
      octokit.rest.issues.createComment({ ...repo, issue_number: 1, body: 'x' }).then(
        answer => answer.status,
        error => error.status,
      )
    expect([await comment(), await comment(), await comment()]).toEqual([502, 502, 201])
    expect(people.comments(1)).toHaveLength(1)
    github.assertHonest()
  })

  test('lose the answer after the work was done', async () => {
    const octokit = await asInstallation()
    github.faults.next({ match: isComment, status: 'drop', mode: 'after-effect' })
    await expect(octokit.rest.issues.createComment({ ...repo, issue_number: 1, body: 'x' })).rejects.toThrow()
    expect(people.comments(1)).toHaveLength(1)
  })

  test('never answer', async () => {
    const octokit = await asInstallation()
    github.faults.next({ match: isComment, status: 500, mode: 'hang' })
    const request = { signal: AbortSignal.timeout(200) }
    await expect(octokit.rest.issues.createComment({ ...repo, issue_number: 1, body: 'x', request })).rejects.toThrow()
    expect(people.comments(1)).toEqual([])
  })
})

describe('webhooks', () => {
  type Got = { readonly headers: IncomingHttpHeaders; readonly body: string }
  let got: Got[]
  const receiver = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    got.push({ headers: request.headers, body })
    response.writeHead(202).end('taken')
  })

  beforeEach(async () => {
    got = []
    await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
    github.sendWebhooksTo(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/api/github/webhooks`)
  })
  afterEach(async () => {
    receiver.closeAllConnections()
    await new Promise(resolve => receiver.close(resolve))
  })

  test('are signed, and sent again byte for byte', async () => {
    const before = await people.head('main')
    const after = await people.commit('main', new Map([['new.yaml', 'a: 1\n']]), { author: 'alice', message: 'New' })
    const delivery = await github.deliver('push', github.pushPayload(people, 'main', before, after, 'alice'))
    expect(delivery).toMatchObject({ status: 202, body: 'taken' })
    await github.redeliver(delivery.guid)
    const [first, second] = got
    expect(second?.body).toBe(first?.body)
    expect(second?.headers['x-github-delivery']).toBe(delivery.guid)
    expect(first?.headers['x-github-event']).toBe('push')
    expect(first?.headers['x-hub-signature-256']).toBe(
      `sha256=${createHmac('sha256', app.webhookSecret)
        .update(first?.body ?? '')
        .digest('hex')}`,
    )
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      ref: 'refs/heads/main',
      before,
      after,
      commits: [{ added: ['new.yaml'], modified: [], removed: [] }],
      repository: { full_name: 'acme/gitops' },
      sender: { login: 'alice' },
    })
  })

  test('exist for every event the app listens to, each as GitHub would send it', async () => {
    await branch(await asInstallation(), 'work', 'a\n')
    const number = await people.openPullRequest('alice', { head: 'work', title: 'Work' })
    const comment = people.comment(number, 'bob', '/windlass help')
    const deliveries = [
      await github.deliver('pull_request', github.pullRequestPayload('opened', people, number, 'alice')),
      await github.deliver('issue_comment', github.issueCommentPayload(people, comment)),
      await github.deliver('release', github.releasePayload(people, 'v1.2.3')),
      await github.deliver('repository_dispatch', github.repositoryDispatchPayload(people, 'windlass', { why: 'now' })),
      await github.deliver('installation', github.installationPayload('created', people)),
      await github.deliver('push', github.pushPayload(people, 'fresh', null, await people.createBranch('fresh'))),
      await github.deliver('push', github.pushPayload(people, 'fresh', await people.head('fresh'), null)),
    ]
    expect(deliveries.map(one => one.status)).toEqual([202, 202, 202, 202, 202, 202, 202])
    expect(got.map(one => JSON.parse(one.body).sender.login).slice(0, 2)).toEqual(['alice', 'bob'])
  })

  test('are not sent when GitHub could not send them', async () => {
    const payload = {
      ...github.issueCommentPayload(people, people.comment(people.openIssue('a', 'b'), 'c', 'd')),
      comment: 'text',
    }
    await expect(github.deliver('issue_comment', payload)).rejects.toThrow('/comment must be object')
    await expect(github.deliver('no_such_event', {})).rejects.toThrow('no event no_such_event')
    expect(got).toEqual([])
  })

  test('say when nobody listens', async () => {
    github.sendWebhooksTo('http://127.0.0.1:1/')
    expect(await github.deliver('release', github.releasePayload(people, 'v1'))).toMatchObject({ status: 0 })
  })
})
