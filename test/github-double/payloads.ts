import { countPull } from './count.ts'
import { type Commit, commitsBetween, isAncestor, readCommit, typeOf } from './git.ts'
import { changedFiles, type FileChange } from './git-diff.ts'
import type { Json } from './json.ts'
import type { People } from './people.ts'
import { installation } from './present/app.ts'
import { checkRun } from './present/check.ts'
import { comment, issue } from './present/issue.ts'
import { fullPull } from './present/pull.ts'
import { fullName, htmlUrl, repository, repoUrl } from './present/repository.ts'
import { nodeId, user } from './present/user.ts'
import { isPull } from './pulls.ts'
import { type CheckRun, type Installation, type Repo, type State, timestamp, userOf } from './state.ts'

/** Builders of payloads from what the double holds; the sender is the owner unless a login is given. */
export type Payloads = {
  /** A push to a branch; null for "did not exist" and "is deleted". */
  readonly pushPayload: (
    repo: People,
    branch: string,
    before: string | null,
    after: string | null,
    sender?: string,
  ) => Promise<Json>
  readonly issueCommentPayload: (repo: People, commentId: number) => Json
  readonly pullRequestPayload: (
    action: 'opened' | 'closed' | 'reopened' | 'synchronize',
    repo: People,
    number: number,
    sender?: string,
  ) => Promise<Json>
  readonly releasePayload: (repo: People, tag: string, sender?: string) => Json
  readonly repositoryDispatchPayload: (repo: People, eventType: string, clientPayload: Json) => Json
  /** A check run that has ended on a branch. */
  readonly checkRunPayload: (repo: People, id: number, branch: string) => Json
  readonly installationPayload: (action: 'created' | 'deleted', repo: People, sender?: string) => Json
}

const NONE = '0'.repeat(40)

/** The builders. */
export function payloadsOf(state: State): Payloads {
  const about = (repo: Repo, sender = repo.owner.login) => ({
    repository: hooked(state, repo),
    sender: user(state, userOf(state, sender)),
    installation: lite(installationOf(state, repo)),
  })
  return {
    pushPayload: async ({ record: repo }, branch, before, after, sender) => ({
      ...(await push(state, repo, `refs/heads/${branch}`, before, after)),
      pusher: { name: sender ?? repo.owner.login, email: null },
      ...about(repo, sender),
    }),
    issueCommentPayload: ({ record: repo }, id) => {
      const found = repo.comments.get(id)
      if (!found) throw new Error(`building issue_comment: there is no comment ${id}`)
      const shown = { issue: issue(state, repo, found.issue), comment: comment(state, repo, found) }
      return { action: 'created', ...shown, ...about(repo, found.user.login) }
    },
    pullRequestPayload: async (action, { record: repo }, number, sender) => ({
      action,
      number,
      pull_request: await pullRequest(state, repo, number),
      ...(action === 'synchronize' ? await moved(repo, number) : {}),
      ...about(repo, sender),
    }),
    releasePayload: ({ record: repo }, tag, sender) => {
      const from = about(repo, sender)
      return { action: 'published', release: release(state, repo, tag, from.sender), ...from }
    },
    repositoryDispatchPayload: ({ record: repo }, eventType, clientPayload) => ({
      action: eventType,
      branch: repo.defaultBranch,
      client_payload: clientPayload,
      ...about(repo),
    }),
    checkRunPayload: ({ record: repo }, id, branch) => {
      const run = repo.checks.find(one => one.id === id)
      if (!run) throw new Error(`building check_run: there is no check run ${id}`)
      const { check_suite, ...shown } = checkRun(state, repo, run)
      const suite = suiteOf(state, repo, run, branch)
      return { action: 'completed', check_run: { ...shown, check_suite: { ...suite, ...check_suite } }, ...about(repo) }
    },
    installationPayload: (action, { record: repo }, sender = repo.owner.login) => {
      const found = installationOf(state, repo)
      return {
        action,
        installation: installation(state, found),
        repositories: [...found.repos].map(({ id, name, ...one }) => ({
          id,
          node_id: nodeId('Repository', id),
          name,
          full_name: `${one.owner.login}/${name}`,
          private: one.private,
        })),
        sender: user(state, userOf(state, sender)),
      }
    },
  }
}

async function push(state: State, repo: Repo, ref: string, before: string | null, after: string | null) {
  const known = before && (await typeOf(repo.dir, before)) === 'commit' ? before : null
  const found =
    after === null ? [] : known ? await commitsBetween(repo.dir, known, after) : [await readCommit(repo.dir, after)]
  const commits = await Promise.all(found.map(one => pushed(state, repo, one)))
  return {
    ref,
    before: before ?? NONE,
    after: after ?? NONE,
    created: before === null,
    deleted: after === null,
    forced: known !== null && after !== null && !(await isAncestor(repo.dir, known, after)),
    base_ref: null,
    compare: `${htmlUrl(state, repo)}/compare/${(before ?? NONE).slice(0, 12)}...${(after ?? NONE).slice(0, 12)}`,
    commits,
    head_commit: commits.at(-1) ?? null,
  }
}

async function pushed(state: State, repo: Repo, commit: Commit) {
  const parent = commit.parents[0]
  const files = parent ? await changedFiles(repo.dir, parent, commit.sha) : []
  const paths = (...statuses: readonly FileChange['status'][]) =>
    files.filter(file => statuses.includes(file.status)).map(file => file.path)
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${htmlUrl(state, repo)}/commit/${commit.sha}`,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
    added: paths('added', 'copied', 'renamed'),
    removed: [...paths('removed'), ...files.flatMap(file => (file.previousPath ? [file.previousPath] : []))],
    modified: paths('modified', 'changed'),
  }
}

/** Where the head of a pull request stands, and where it stood before its last commit. */
async function moved(repo: Repo, number: number) {
  const after = repo.issues.get(number)?.pull?.headSha ?? NONE
  return { before: (await readCommit(repo.dir, after)).parents[0] ?? NONE, after }
}

async function pullRequest(state: State, repo: Repo, number: number) {
  const found = repo.issues.get(number)
  if (!found || !isPull(found))
    throw new Error(`building pull_request: ${fullName(repo)} has no pull request ${number}`)
  const shown = fullPull(state, repo, found, await countPull(repo, found))
  const side = <T extends object>(one: T) => ({ ...one, repo: hooked(state, repo) })
  return { ...shown, head: side(shown.head), base: side(shown.base) }
}

function release(state: State, repo: Repo, tag: string, author: object) {
  const id = state.nextId()
  const url = `${repoUrl(state, repo)}/releases/${id}`
  const at = timestamp(state)
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    html_url: `${htmlUrl(state, repo)}/releases/tag/${tag}`,
    id,
    node_id: nodeId('Release', id),
    tag_name: tag,
    target_commitish: repo.defaultBranch,
    name: tag,
    draft: false,
    prerelease: false,
    author,
    created_at: at,
    published_at: at,
    assets: [],
    tarball_url: `${repoUrl(state, repo)}/tarball/${tag}`,
    zipball_url: `${repoUrl(state, repo)}/zipball/${tag}`,
    body: '',
  }
}

/** Webhooks show a repository's custom properties; the REST answers in use here do not. */
function hooked(state: State, repo: Repo) {
  return { ...repository(state, repo), custom_properties: {} }
}

/** Payloads name the installation of the first app that has the repository. */
function installationOf(state: State, repo: Repo): Installation {
  const found = [...state.installations.values()].find(one => one.repos.has(repo))
  if (!found) throw new Error(`building a payload: no app has ${fullName(repo)} installed`)
  return found
}

function lite({ id }: Installation) {
  return { id, node_id: nodeId('Installation', id) }
}

function suiteOf(state: State, repo: Repo, run: CheckRun, branch: string) {
  const shown = checkRun(state, repo, run)
  return {
    id: run.suite,
    node_id: nodeId('CheckSuite', run.suite),
    head_branch: branch,
    head_sha: run.sha,
    status: run.status,
    conclusion: run.conclusion,
    url: `${repoUrl(state, repo)}/check-suites/${run.suite}`,
    before: NONE,
    after: run.sha,
    pull_requests: [],
    app: shown.app,
    created_at: run.startedAt,
    updated_at: timestamp(state),
  }
}
