import type { Commit, Person } from '../git.ts'
import type { FileChange } from '../git-diff.ts'
import type { Repo, State } from '../state.ts'
import { htmlUrl, repoUrl } from './repository.ts'
import { nodeId, user } from './user.ts'

/** `git-commit`: a commit as the git data API shows it. */
export function gitCommit(state: State, repo: Repo, commit: Commit) {
  const url = repoUrl(state, repo)
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${htmlUrl(state, repo)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    parents: commit.parents.map(sha => parent(state, repo, sha, 'git/commits')),
    verification: verification(commit),
  }
}

/** `commit`: a commit as pull requests, branches and comparisons show it. */
export function commit(state: State, repo: Repo, found: Commit) {
  const url = repoUrl(state, repo)
  return {
    sha: found.sha,
    node_id: nodeId('Commit', found.sha),
    url: `${url}/commits/${found.sha}`,
    html_url: `${htmlUrl(state, repo)}/commit/${found.sha}`,
    comments_url: `${url}/commits/${found.sha}/comments`,
    commit: {
      url: `${url}/git/commits/${found.sha}`,
      author: found.author,
      committer: found.committer,
      message: found.message,
      comment_count: 0,
      tree: { sha: found.tree, url: `${url}/git/trees/${found.tree}` },
      verification: verification(found),
    },
    author: account(state, found.author),
    committer: account(state, found.committer),
    parents: found.parents.map(sha => parent(state, repo, sha, 'commits')),
  }
}

/** `diff-entry`: one changed file at a commit. */
export function fileChange(state: State, repo: Repo, head: string, file: FileChange) {
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${htmlUrl(state, repo)}/blob/${head}/${path}`,
    raw_url: `${htmlUrl(state, repo)}/raw/${head}/${path}`,
    contents_url: `${repoUrl(state, repo)}/contents/${path}?ref=${head}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  }
}

/** The committer GitHub writes when an app gives neither author nor committer; it signs those commits. */
export const webFlow = { name: 'GitHub', email: 'noreply@github.com' }

/** The private address GitHub gives every account, which ties a commit to it. */
export function noreply(account: { readonly id: number; readonly login: string }): string {
  return `${account.id}+${account.login}@users.noreply.github.com`
}

function account(state: State, { email }: Person) {
  const found = [...state.users.values()].find(known => noreply(known) === email)
  return found ? user(state, found) : null
}

function parent(state: State, repo: Repo, sha: string, place: string) {
  return { sha, url: `${repoUrl(state, repo)}/${place}/${sha}`, html_url: `${htmlUrl(state, repo)}/commit/${sha}` }
}

function verification({ committer }: Commit) {
  const verified = committer.email === webFlow.email
  return { verified, reason: verified ? 'valid' : 'unsigned', signature: null, payload: null, verified_at: null }
}
