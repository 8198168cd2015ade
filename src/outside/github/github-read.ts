import type { Octokit } from '@octokit/rest'
import type { Mirror, Remote } from '../git/mirror.ts'
import { isOurs } from '../git/signature.ts'

/** One repository of one installation, and who we are there. */
export type Site = {
  readonly octokit: Octokit
  readonly owner: string
  readonly name: string
  /** Our login in this installation, `windlass[bot]`. */
  readonly login: string
  /** Signs commits and memories. */
  readonly key: string
}

/** Branches that look like ours and whose last commit is somebody else's. They are never adopted. */
export async function readForeignBranches(site: Site, mirror: Mirror, remote: Remote): Promise<ReadonlySet<string>> {
  const foreign = new Set<string>()
  for (const [branch, head] of remote.heads) {
    if (!isOurs(site.key, await mirror.commit(head))) foreign.add(branch)
  }
  return foreign
}
