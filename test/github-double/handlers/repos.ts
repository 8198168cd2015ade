import { aheadBehind, commitOf, commitsBetween, mergeBase, readCommit } from '../git.ts'
import { changedFiles } from '../git-diff.ts'
import type { Answer, Handlers, Input, RepoCall } from '../handler.ts'
import { paginate } from '../pages.ts'
import { commit, fileChange } from '../present/commit.ts'
import { fullRepository, htmlUrl, repoUrl } from '../present/repository.ts'
import { user } from '../present/user.ts'
import { branchTip } from '../pulls.ts'
import { notFound } from '../refusal.ts'
import { type Role, roleOf } from '../state.ts'

/** The repository, its branches, comparisons, and who may do what. */
export const repoHandlers: Handlers = {
  'repos/get': {
    auth: 'repo',
    needs: ['metadata:read'],
    handle: ({ state, repo }) => ({ status: 200, body: fullRepository(state, repo) }),
  },
  'repos/get-branch': { auth: 'repo', needs: ['contents:read'], handle: getBranch },
  'repos/get-commit': { auth: 'repo', needs: ['contents:read'], handle: getCommit },
  'repos/compare-commits-with-basehead': { auth: 'repo', needs: ['contents:read'], handle: compare },
  'repos/get-collaborator-permission-level': { auth: 'repo', needs: ['metadata:read'], handle: getPermission },
}

/** Comparisons list at most this many commits and files, as GitHub does. */
const MOST_COMMITS = 250
const MOST_FILES = 300

async function getBranch({ state, repo }: RepoCall, { branch }: Input<'repos', 'getBranch'>): Promise<Answer> {
  const sha = await branchTip(repo, branch)
  if (sha === null) throw notFound('Branch not found')
  const url = `${repoUrl(state, repo)}/branches/${encodeURIComponent(branch)}`
  const body = {
    name: branch,
    commit: commit(state, repo, await readCommit(repo.dir, sha)),
    _links: { self: url, html: `${htmlUrl(state, repo)}/tree/${branch}` },
    protected: false,
    protection: { enabled: false },
    protection_url: `${url}/protection`,
  }
  return { status: 200, body }
}

async function getCommit({ state, repo }: RepoCall, { ref }: Input<'repos', 'getCommit'>): Promise<Answer> {
  const sha = await commitOf(repo.dir, ref)
  if (sha === null) throw notFound(`No commit found for SHA: ${ref}`)
  const found = await readCommit(repo.dir, sha)
  const parent = found.parents[0]
  const files = parent ? await changedFiles(repo.dir, parent, sha) : []
  return {
    status: 200,
    body: { ...commit(state, repo, found), files: files.map(file => fileChange(state, repo, sha, file)) },
  }
}

async function compare(call: RepoCall, input: Input<'repos', 'compareCommitsWithBasehead'>): Promise<Answer> {
  const { state, repo } = call
  const { dir } = repo
  const [base, head] = await Promise.all(input.basehead.split('...').map(ref => commitOf(dir, localName(call, ref))))
  const fork = base && head ? await mergeBase(dir, base, head) : null
  if (!base || !head || !fork) throw notFound()
  const { ahead, behind } = await aheadBehind(dir, base, head)
  const commits = (await commitsBetween(dir, base, head)).slice(0, MOST_COMMITS)
  const files = (await changedFiles(dir, fork, head)).slice(0, MOST_FILES)
  const { items, headers } =
    input.page || input.per_page ? paginate(call, commits, input) : { items: commits, headers: {} }
  const html = `${htmlUrl(state, repo)}/compare/${input.basehead}`
  const body = {
    url: `${repoUrl(state, repo)}/compare/${input.basehead}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commit(state, repo, await readCommit(dir, base)),
    merge_base_commit: commit(state, repo, await readCommit(dir, fork)),
    status: ahead && behind ? 'diverged' : ahead ? 'ahead' : behind ? 'behind' : 'identical',
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: items.map(one => commit(state, repo, one)),
    files: files.map(file => fileChange(state, repo, head, file)),
  }
  return { status: 200, body, headers }
}

function getPermission(
  { state, repo }: RepoCall,
  { username }: Input<'repos', 'getCollaboratorPermissionLevel'>,
): Answer {
  const account = state.users.get(username.toLowerCase())
  if (!account) throw notFound(`${username} is not a user`)
  const role = roleOf(repo, account)
  return {
    status: 200,
    body: {
      permission: LEGACY[role],
      role_name: role,
      user: { ...user(state, account), role_name: role, permissions: abilities(role) },
    },
  }
}

/** `permission` knows four words; `role_name` tells the finer ones. */
const LEGACY: Readonly<Record<Role, string>> = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
}
const LADDER: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin']

function abilities(role: Role) {
  const reaches = (least: Role) => LADDER.indexOf(role) >= LADDER.indexOf(least)
  return {
    pull: reaches('read'),
    triage: reaches('triage'),
    push: reaches('write'),
    maintain: reaches('maintain'),
    admin: reaches('admin'),
  }
}

/** `owner:branch` names a branch of this repository when the owner is ours; forks are not here. */
function localName({ repo }: RepoCall, ref: string): string {
  const prefix = `${repo.owner.login}:`
  return ref.startsWith(prefix) ? ref.slice(prefix.length) : ref
}
