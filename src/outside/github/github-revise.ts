import type { Memory, Proposal, PullRequest } from '../../model.ts'
import { embed, readMemory, writeMemory } from '../../report/memory.ts'
import { redact } from '../../text/secrets.ts'
import type { Notes } from '../store/notes.ts'
import { isAmbiguous } from './answer.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

/** GitHub refuses longer bodies with 422; the rest of the room is for human text around ours. */
const MAX_BODY = 60_000

/** A pull request as it stands at GitHub. */
export type Standing = Pick<Proposal, 'number' | 'branch' | 'title' | 'body' | 'labels'>

/** What becomes of it; a null title leaves the title alone. */
export type Revision = Pick<PullRequest, 'labels' | 'body'> & {
  readonly memory: Memory
  readonly title: string | null
  readonly closed: boolean
}

export type Reviser = {
  /** Opens a pull request into `base` whose memory says that it is unfinished (no inputs); finds the one that is there already. */
  open(pullRequest: PullRequest, base: string, memory: Memory): Promise<Standing>
  /** Writes text, memory, labels and title in one request. */
  revise(standing: Standing, revision: Revision): Promise<void>
}

/**
 * The one place where memories are written: each write counts one up, and what was written is kept. `committed` answers the title of the
 * newest commit on a branch, by which we know our title of the pull request when our notes do not.
 */
export function createReviser(
  site: Site,
  notes: Notes,
  committed: (branch: string) => Promise<string | null>,
): Reviser {
  const { octokit, owner, name, key } = site
  const repo = { owner, repo: name }
  const newest = new Map<string, number>()

  const bindingOf = (branch: string) => ({ key, repository: `${owner}/${name}`, branch })

  function seal(branch: string, memory: Memory) {
    const generation = Math.max(memory.generation, newest.get(branch) ?? 0) + 1
    newest.set(branch, generation)
    return { generation, note: writeMemory({ ...memory, generation }, bindingOf(branch)) }
  }

  async function existing(branch: string): Promise<Standing | null> {
    const { data } = await octokit.rest.pulls.list({ ...repo, head: `${owner}:${branch}`, state: 'open' })
    const pull = data.find(({ user }) => user?.login === site.login)
    if (pull === undefined) return null
    const { number, title, body, labels } = pull
    newest.set(branch, readMemory(body ?? '', bindingOf(branch))?.generation ?? 0)
    return { number, branch, title, body: body ?? '', labels: labels.map(label => label.name) }
  }

  /** The title is given unless a person has given another one than we did. */
  async function isOurTitle({ number, branch, title }: Standing): Promise<boolean> {
    const kept = (await notes.all()).find(note => note.number === number)
    return title === (kept?.title ?? (await committed(branch)))
  }

  return {
    async open({ branch, title, body: text }, base, memory) {
      const sealed = seal(branch, { ...memory, inputs: '' })
      const asked = { title: redact(title), body: bodyOf('', text, sealed.note) }
      try {
        const { number } = (await octokit.rest.pulls.create({ ...repo, ...asked, head: branch, base })).data
        await notes.keep({ number, ...sealed, title: asked.title }, 'opened')
        return { number, branch, ...asked, labels: [] }
      } catch (error) {
        const found = isAmbiguous(error) || hasStatus(error, 422) ? await existing(branch) : null
        if (found === null) throw error
        return found
      }
    },
    async revise(standing, { memory, title, body: text, labels: wanted, closed }) {
      const { number, branch } = standing
      const sealed = seal(branch, memory)
      const labels = relabelled(standing.labels, wanted)
      const given = title === null ? null : redact(title)
      const titled = given !== null && given !== standing.title && (await isOurTitle(standing))
      await octokit.rest.issues.update({
        ...repo,
        issue_number: number,
        body: bodyOf(standing.body, text, sealed.note),
        ...(labels === null ? {} : { labels }),
        ...(titled ? { title: given } : {}),
        ...(closed ? { state: 'closed' as const } : {}),
      })
      await notes.keep({ number, ...sealed, title: given }, 'written')
    },
  }
}

function bodyOf(existing: string, text: string, note: string): string {
  return embed(existing, redact(text).slice(0, MAX_BODY), note)
}

/** Our labels are replaced as a family (`risk/*`, `env/*`, `type/*`, `windlass/*`); labels of people stay. Null when nothing changes. */
function relabelled(present: readonly string[], wanted: readonly string[]): string[] | null {
  const kept = present.filter(label => !/^(risk|env|type|windlass)\//.test(label))
  const labels = [...new Set([...kept, ...wanted])]
  return labels.length === present.length && labels.every(label => present.includes(label)) ? null : labels
}
