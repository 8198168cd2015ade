import type { Octokit } from '@octokit/rest'
import { type Memory, NOTHING_SAID, type Proposal } from '../../model.ts'
import { readMemory, readNote } from '../../report/memory.ts'
import type { Mirror, Remote } from '../git/mirror.ts'
import { isOurs } from '../git/signature.ts'
import type { KeptNote, Notes } from '../store/notes.ts'
import type { Site } from './github-read.ts'
import { Stale } from './stale.ts'

/** Pages (of 100) of pull requests that are looked through, the ones that changed last first. */
const PAGES = 3

/** Seconds for which GitHub may answer as if something that we wrote had not been written. */
const LAG = 60

/** A pull request as GitHub lists it. */
export type Pull = Awaited<ReturnType<Octokit['rest']['pulls']['list']>>['data'][number]

/**
 * Our pull requests among those that are listed, open and past: opened by our login, from a `windlass/` branch of this very repository. Where GitHub shows an older
 * memory than `kept`, the one that we wrote last, the kept one counts. Throws Stale while a pull request that we just opened is not shown.
 */
export async function readProposals(
  site: Site,
  mirror: Mirror,
  remote: Remote,
  kept: readonly KeptNote[],
  pulls: readonly Pull[],
): Promise<readonly Proposal[]> {
  const shown = new Set(pulls.map(({ number }) => number))
  for (const { number, openedAge } of kept) {
    if (openedAge !== null && openedAge < LAG && !shown.has(number))
      throw new Stale(`GitHub does not show #${number} of ${site.owner}/${site.name} yet, which we opened`)
  }
  const ours = pulls.filter(pull => isOurPull(site, pull))
  return Promise.all(
    ours.map(pull =>
      proposalOf(
        site,
        mirror,
        remote,
        pull,
        kept.find(({ number }) => number === pull.number),
      ),
    ),
  )
}

/** A pass that died may have written a note that nobody has kept: kept now, it cannot be taken away any more. */
export async function learnNotes(
  { key, owner, name }: Site,
  notes: Notes,
  kept: readonly KeptNote[],
  proposals: readonly Proposal[],
): Promise<void> {
  for (const { number, branch, body, memory } of proposals) {
    const known = kept.find(note => note.number === number)?.generation ?? 0
    const note = readNote('memory', body, { key, repository: `${owner}/${name}`, branch })?.line
    if (note === undefined || memory.generation <= known) continue
    await notes.keep({ number, generation: memory.generation, note, title: null }, 'read')
  }
}

function isOurPull({ login, owner, name }: Site, { user, head }: Pull): boolean {
  return user?.login === login && head.ref.startsWith('windlass/') && head.repo?.full_name === `${owner}/${name}`
}

/**
 * The pull requests of a repository, those that changed last. Further pages are asked for while they bring something of ours, or something that we know of is missing. An open pull request that
 * nobody has touched for so long that it stands on none of them is found by its branch.
 */
export async function listPulls(site: Site, remote: Remote, kept: readonly KeptNote[]): Promise<readonly Pull[]> {
  const { octokit, owner, name } = site
  const found: Pull[] = []
  const wanted = new Set(kept.map(({ number }) => number))
  for (let page = 1; page <= PAGES; page++) {
    const asked = { owner, repo: name, state: 'all', sort: 'updated', direction: 'desc', per_page: 100, page } as const
    const { data } = await octokit.rest.pulls.list(asked)
    found.push(...data)
    for (const { number } of data) wanted.delete(number)
    if (data.length < 100) return found
    if (wanted.size === 0 && !data.some(pull => isOurPull(site, pull))) break
  }
  for (const [branch, head] of remote.heads) {
    if (found.some(pull => pull.head.ref === branch && (pull.state === 'open' || pull.head.sha === head))) continue
    const asked = { owner, repo: name, head: `${owner}:${branch}`, state: 'open' } as const
    found.push(...(await octokit.rest.pulls.list(asked)).data)
  }
  return found
}

async function proposalOf(
  site: Site,
  mirror: Mirror,
  remote: Remote,
  pull: Pull,
  kept: KeptNote | undefined,
): Promise<Proposal> {
  const { memory, forgotten } = memoryOf(site, pull, kept)
  const state = stateOf(pull, memory, kept)
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
    memory,
    forgotten,
    humanCommit: state === 'open' ? await humanCommit(site, mirror, remote.heads.get(pull.head.ref)) : null,
    openedAt: pull.created_at,
    updatedAt: pull.updated_at,
    closedAt: pull.closed_at,
    mergedAt: pull.merged_at,
    mergeCommit: pull.merged_at === null ? null : pull.merge_commit_sha,
    ci: { kind: 'none' },
  }
}

/**
 * The newest memory, and whether an open pull request lacks it. Of two of one generation the one that is kept counts: the other was under way
 * when its pass lost the repository. A pull request of which nothing is known has no inputs, which brings it up to date.
 */
function memoryOf(
  { key, owner, name }: Site,
  pull: Pull,
  kept: KeptNote | undefined,
): Pick<Proposal, 'memory' | 'forgotten'> {
  const binding = { key, repository: `${owner}/${name}`, branch: pull.head.ref }
  const shown = readMemory(pull.body ?? '', binding)
  const newest = kept === undefined ? null : readMemory(kept.note, binding)
  const isKept = kept?.note === readNote('memory', pull.body ?? '', binding)?.line
  if (newest === null || isKept || (shown !== null && shown.generation > newest.generation))
    return { memory: shown ?? NOTHING_SAID, forgotten: false }
  const isLagging = shown !== null && isFresh(kept)
  return { memory: newest, forgotten: !isLagging && pull.state === 'open' }
}

function stateOf(pull: Pull, { closed }: Memory, kept: KeptNote | undefined): Proposal['state'] {
  if (pull.state === 'open') return closed !== null && isFresh(kept) ? 'closed' : 'open'
  return pull.merged_at ? 'merged' : 'closed'
}

function isFresh(kept: KeptNote | undefined): boolean {
  return kept !== undefined && kept.age < LAG
}

/** The head of a branch of ours, if it is somebody else's commit. */
async function humanCommit(site: Site, mirror: Mirror, head: string | undefined): Promise<Proposal['humanCommit']> {
  if (head === undefined) return null
  const commit = await mirror.commit(head)
  return isOurs(site.key, commit) ? null : { sha: head, author: commit.author }
}
