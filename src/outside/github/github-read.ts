import type { Octokit } from '@octokit/rest'
import { type Memory, NOTHING_SAID, type Proposal } from '../../model.ts'
import { readMemory } from '../../report/memory.ts'
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

/** Closed pull requests are looked through for refused versions this many pages (of 100) back. */
const CLOSED_PAGES = 3

type Pull = Awaited<ReturnType<Octokit['rest']['pulls']['list']>>['data'][number]

/** A pull request of ours whose note was removed or damaged: known by its branch, and brought up to date by the next pass. */
const FORGOTTEN: Memory = NOTHING_SAID

function stateOf(pull: Pull): Proposal['state'] {
  if (pull.state === 'open') return 'open'
  return pull.merged_at ? 'merged' : 'closed'
}

async function firstHumanCommit(
  site: Site,
  mirror: Mirror,
  head: string | undefined,
): Promise<Proposal['humanCommit']> {
  if (head === undefined) return null
  const commit = await mirror.commit(head)
  return isOurs(site.key, commit) ? null : { sha: head, author: commit.author }
}

/** Our pull requests, open and past: opened by our login, from a `windlass/` branch of this very repository. */
export async function readProposals(site: Site, mirror: Mirror, remote: Remote): Promise<readonly Proposal[]> {
  const { octokit, owner, name } = site
  const list = (state: 'open' | 'closed') => ({
    owner,
    repo: name,
    state,
    sort: 'updated' as const,
    direction: 'desc' as const,
    per_page: 100,
  })
  const open = await octokit.paginate(octokit.rest.pulls.list, list('open'))
  let pages = 0
  const closed = await octokit.paginate(octokit.rest.pulls.list, list('closed'), (response, done) => {
    if (++pages === CLOSED_PAGES) done()
    return response.data
  })
  const ours = [...open, ...closed].filter(
    pull =>
      pull.user?.login === site.login &&
      pull.head.ref.startsWith('windlass/') &&
      pull.head.repo?.full_name === `${owner}/${name}`,
  )
  return Promise.all(
    ours.map(async (pull): Promise<Proposal> => {
      const binding = { key: site.key, repository: `${owner}/${name}`, branch: pull.head.ref }
      const state = stateOf(pull)
      return {
        number: pull.number,
        branch: pull.head.ref,
        base: pull.base.ref,
        state,
        draft: pull.draft === true,
        title: pull.title,
        body: pull.body ?? '',
        labels: pull.labels.map(label => label.name),
        head: pull.head.sha,
        memory: readMemory(pull.body ?? '', binding) ?? FORGOTTEN,
        humanCommit: state === 'open' ? await firstHumanCommit(site, mirror, remote.heads.get(pull.head.ref)) : null,
        openedAt: pull.created_at,
        updatedAt: pull.updated_at,
        closedAt: pull.closed_at,
        mergedAt: pull.merged_at,
        mergeCommit: pull.merged_at === null ? null : pull.merge_commit_sha,
        ci: { kind: 'none' },
      }
    }),
  )
}

/** Branches that look like ours and whose last commit is somebody else's. They are never adopted. */
export async function readForeignBranches(site: Site, mirror: Mirror, remote: Remote): Promise<ReadonlySet<string>> {
  const foreign = new Set<string>()
  for (const [branch, head] of remote.heads) {
    if (!isOurs(site.key, await mirror.commit(head))) foreign.add(branch)
  }
  return foreign
}
