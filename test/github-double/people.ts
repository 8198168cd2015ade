import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runCi, type Verdict } from './actions.ts'
import { commitOf, git, refs } from './git.ts'
import { importCommit } from './import.ts'
import { type Actor, addComment, addIssue, closeIssue } from './issues.ts'
import { mergePull } from './merge.ts'
import { noreply } from './present/commit.ts'
import { branchTip, isPull, openPull, type PullIssue } from './pulls.ts'
import { issueOf, needed, type Readers, readersOf } from './readers.ts'
import { changeRef, notePush } from './refs.ts'
import { inTurn, type Repo, type Role, repoOf, type State, timestamp, userOf } from './state.ts'

/** Files by path; null means "no file there any more". */
export type Files = ReadonlyMap<string, string | Uint8Array | null>

/** `apps`: slugs of the apps that get the repository installed, all unless said. Repositories are public unless private. */
export type RepoOptions = { readonly private?: boolean; readonly apps?: readonly string[] }

/** A repository in the hands of people: what they do to it, with real commits, and what they see. */
export type People = Readers & {
  readonly owner: string
  readonly name: string
  readonly cloneUrl: string
  readonly record: Repo
  /** Commits files to a branch (made from the default branch when missing); returns the commit id. */
  readonly commit: (
    branch: string,
    files: Files,
    by: { readonly author: string; readonly message: string },
  ) => Promise<string>
  readonly createBranch: (name: string, from?: string) => Promise<string>
  readonly deleteBranch: (name: string, login: string) => Promise<void>
  readonly openPullRequest: (
    login: string,
    ask: {
      readonly head: string
      readonly title: string
      readonly body?: string
      readonly base?: string
      /** The login whose fork the branch stands in. */
      readonly fork?: string
    },
  ) => Promise<number>
  readonly openIssue: (login: string, title: string, body?: string) => number
  /** Returns the id of the comment. */
  readonly comment: (number: number, login: string, body: string) => number
  /** Changes the text of a comment: GitHub keeps its author, and when it was changed. */
  readonly editComment: (id: number, body: string) => void
  readonly deleteComment: (id: number) => void
  readonly closePullRequest: (number: number, login: string) => void
  /** Merges as the button does; returns the commit on the base branch. */
  readonly mergePullRequest: (number: number, login: string, method?: 'merge' | 'squash') => Promise<string>
  /** Lets a CI say something about a commit; returns the id of the run or job. */
  readonly ci: (sha: string, verdict: Verdict) => number
  readonly setPermission: (login: string, role: Role) => void
}

/** Makes a repository, fills its default branch, installs the apps; refuses a name that is taken. */
export async function createRepo(
  state: State,
  owner: string,
  name: string,
  files: Files,
  options: RepoOptions,
): Promise<People> {
  if (repoOf(state, owner, name)) throw new Error(`creating ${owner}/${name}: there is one already`)
  const repo: Repo = {
    id: state.nextId(),
    owner: userOf(state, owner, 'Organization'),
    name,
    private: options.private ?? false,
    defaultBranch: 'main',
    dir: join(state.dir, owner, `${name}.git`),
    createdAt: timestamp(state),
    roles: new Map(),
    labels: new Map(),
    issues: new Map(),
    comments: new Map(),
    checks: [],
    statuses: [],
    deployments: [],
    turn: Promise.resolve(),
  }
  await initialise(repo)
  state.repos.set(`${owner}/${name}`.toLowerCase(), repo)
  install(state, repo, options.apps ?? state.apps.map(app => app.slug))
  const people = peopleOf(state, repo)
  if (files.size > 0) await people.commit(repo.defaultBranch, files, { author: owner, message: 'Initial commit' })
  return people
}

async function initialise(repo: Repo): Promise<void> {
  await mkdir(repo.dir, { recursive: true })
  await git(repo.dir, ['init', '--bare', '--quiet', `--initial-branch=${repo.defaultBranch}`])
  const settings = {
    'http.receivepack': 'true',
    'uploadpack.allowAnySHA1InWant': 'true',
    'uploadpack.allowFilter': 'true',
    'gc.auto': '0',
  }
  for (const [key, value] of Object.entries(settings)) await git(repo.dir, ['config', key, value])
}

function install(state: State, repo: Repo, slugs: readonly string[]): void {
  for (const app of state.apps.filter(one => slugs.includes(one.slug))) {
    const known = [...state.installations.values()].find(one => one.app === app && one.account === repo.owner)
    const installation = known ?? {
      id: state.nextId(),
      app,
      account: repo.owner,
      createdAt: timestamp(state),
      repos: new Set<Repo>(),
    }
    state.installations.set(installation.id, installation)
    installation.repos.add(repo)
  }
}

function peopleOf(state: State, repo: Repo): People {
  const person = (login: string): Actor => ({
    user: userOf(state, login, login.endsWith('[bot]') ? 'Bot' : 'User'),
    app: null,
  })
  const branchRef = (branch: string) => `refs/heads/${branch}`
  return {
    owner: repo.owner.login,
    name: repo.name,
    cloneUrl: `${state.origin}/${repo.owner.login}/${repo.name}.git`,
    record: repo,
    commit: (branch, files, { author, message }) =>
      inTurn(repo, async () => {
        const before = await refs(repo.dir)
        const from = before.get(branchRef(branch)) ?? before.get(branchRef(repo.defaultBranch)) ?? null
        const { user } = person(author)
        await importCommit(
          repo.dir,
          branchRef(branch),
          from,
          files,
          { name: author, email: noreply(user), date: timestamp(state) },
          message,
        )
        await notePush(state, repo, user, before)
        return (await branchTip(repo, branch)) ?? ''
      }),
    createBranch: (name, from = repo.defaultBranch) =>
      inTurn(repo, async () => {
        const sha = await needed(commitOf(repo.dir, from), `${from} is not a branch or commit`)
        if (!(await changeRef(state, repo, repo.owner, branchRef(name), null, sha)))
          throw new Error(`creating the branch ${name}: git refused`)
        return sha
      }),
    deleteBranch: (name, login) =>
      inTurn(repo, async () => {
        const sha = await needed(branchTip(repo, name), `there is no branch ${name}`)
        await changeRef(state, repo, person(login).user, branchRef(name), sha, null)
      }),
    openPullRequest: (login, { head, title, body = null, base = repo.defaultBranch, fork }) =>
      inTurn(repo, async () => {
        const owner = fork === undefined ? null : person(fork).user
        const opening = { head, fork: owner, base, title, body, draft: false, maintainerCanModify: true }
        return (await openPull(state, repo, person(login), opening)).number
      }),
    openIssue: (login, title, body = '') => addIssue(state, repo, person(login), title, body, null).number,
    comment: (number, login, body) => addComment(state, repo, issueOf(repo, number), person(login), body).id,
    editComment: (id, body) => {
      const found = repo.comments.get(id)
      if (!found) throw new Error(`${repo.name} has no comment ${id}`)
      Object.assign(found, { body, updatedAt: timestamp(state) })
    },
    deleteComment: id => void repo.comments.delete(id),
    closePullRequest: (number, login) => closeIssue(state, repo, pullOf(repo, number), person(login).user),
    mergePullRequest: (number, login, method = 'merge') =>
      inTurn(repo, () =>
        mergePull(state, repo, pullOf(repo, number), person(login), { method, title: null, message: null, sha: null }),
      ),
    ci: (sha, verdict) => runCi(state, repo, sha, verdict),
    setPermission: (login, role) => void repo.roles.set(person(login).user.login.toLowerCase(), role),
    ...readersOf(repo),
  }
}

function pullOf(repo: Repo, number: number): PullIssue {
  const issue = issueOf(repo, number)
  if (!isPull(issue)) throw new Error(`${repo.name}#${number} is not a pull request`)
  return issue
}
