import type { Commit } from '../../model.ts'
import type { Mirror, Remote } from '../git/mirror.ts'
import { baseOf, isOurs, signMessage } from '../git/signature.ts'
import { isAmbiguous } from './answer.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

/** Somebody changed the branch or the pull request between our look and our write: the next pass decides anew. */
export class Moved extends Error {
  override readonly name = 'Moved'
}

/** The head of one of our branches; `existed` when an earlier pass had put it there, and may have gone on. */
export type Head = { readonly sha: string; readonly existed: boolean }

/** Puts the commit on the branch, without force. Throws Moved when somebody else's commit is there. */
export async function push(site: Site, mirror: Mirror, remote: Remote, branch: string, commit: Commit): Promise<Head> {
  const { octokit, key } = site
  const repo = { owner: site.owner, repo: site.name }
  const head = remote.heads.get(branch)
  const before = head === undefined ? null : await mirror.commit(head)
  if (before && !isOurs(key, before)) throw new Moved(`${branch} has a commit that is not ours`)
  const base = await mirror.commit(commit.base)
  const entries = await Promise.all(
    [...commit.files].map(async ([path, content]) => ({
      path,
      mode: (await mirror.mode(commit.base, path)) as '100644' | '100755',
      type: 'blob' as const,
      ...(content === null ? { sha: null } : { content }),
    })),
  )
  const tree = (await octokit.rest.git.createTree({ ...repo, base_tree: base.tree, tree: entries })).data.sha
  if (head !== undefined && before?.tree === tree && baseOf(before) === commit.base) return { sha: head, existed: true }
  const onCurrentBase = before !== null && baseOf(before) === commit.base
  const parents = head === undefined ? [commit.base] : onCurrentBase ? [head] : [head, commit.base]
  const message = signMessage(key, commit.message, commit.base, tree, parents)
  const { sha } = (await octokit.rest.git.createCommit({ ...repo, message, tree, parents })).data
  try {
    if (head === undefined) await octokit.rest.git.createRef({ ...repo, ref: `refs/heads/${branch}`, sha })
    else await octokit.rest.git.updateRef({ ...repo, ref: `heads/${branch}`, sha, force: false })
    return { sha, existed: false }
  } catch (error) {
    if (!hasStatus(error, 422) && !isAmbiguous(error)) throw error
    const there = await headOf(site, branch)
    if (there?.tree === tree && baseOf(there) === commit.base) return { sha: there.sha, existed: true }
    if (there === null || there.sha === head) throw error
    throw new Moved(`${branch} is at ${there.sha}, where this pass did not put it`)
  }
}

/** The head of a branch as the API knows it, if it is a commit of ours; null when it is not, or there is no such branch. */
async function headOf({ octokit, owner, name, key }: Site, branch: string) {
  const repo = { owner, repo: name }
  try {
    const { sha } = (await octokit.rest.git.getRef({ ...repo, ref: `heads/${branch}` })).data.object
    const { data } = await octokit.rest.git.getCommit({ ...repo, commit_sha: sha })
    const commit = { sha, tree: data.tree.sha, parents: data.parents.map(parent => parent.sha), message: data.message }
    return isOurs(key, commit) ? commit : null
  } catch (error) {
    if (hasStatus(error, 404)) return null
    throw error
  }
}
