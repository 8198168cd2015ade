import type { Check, Memory, Proposal, PullRequest, Said, TakeBack } from '../model.ts'
import { cell, code } from '../text/markdown.ts'
import { redact } from '../text/secrets.ts'
import { bare } from './headline.ts'
import { within } from './within.ts'

/** Room of the list of files in UTF-16 units. */
const ROOM = 10_000

function where({ environment }: Pick<Memory, 'environment'>): string {
  return environment === null ? '' : ` in ${bare(environment, 30)}`
}

/** The title, in the words of conventional commits; also the message of the commit. */
export function rollbackMessage({ upgrade: { memory } }: TakeBack): string {
  const component = bare(memory.component, 50)
  const move = `${bare(memory.from, 40)} → ${bare(memory.to, 40)}`
  return `revert(${component}): take back ${component} ${move}${where(memory)}`
}

/** Who asked, or what is red and since when; what a signal says is only ever code. */
function because({ by, at, reason }: Said): string {
  if (by === 'windlass') return `Red since ${code(at, 40)}, after the merge: ${code(reason, 300)}`
  return `${code(by, 100)} asked for it on ${code(at, 40)}${reason === '' ? '' : `: ${code(reason, 300)}`}`
}

function fileLine([path, text]: readonly [string, string | null]): string {
  return `- ${code(path, 300)}${text === null ? ', which goes' : ''}`
}

function body({ upgrade, why, revert }: TakeBack): string {
  const { component, from, to, environment } = upgrade.memory
  const files = revert.ok ? [...revert.files].map(fileLine) : []
  const place = environment === null ? '' : ` in **${cell(environment, 100)}**`
  return redact(
    [
      `## Take back ${cell(`${component} ${from} → ${to}`, 250)}${place}`,
      `${because(why)}.`,
      '',
      `Exactly what #${upgrade.number} changed is put back, and nothing else:`,
      '',
      ...within(files, ROOM, n => `- and ${n} more`),
      '',
      `What it cannot bring back: whatever ${code(to, 60)} itself has written since, in the cluster or outside of it. No CRD makes this upgrade one-way, as far as its facts say; that is all that was checked.`,
      '',
      `After the merge ${code(to, 60)} is not proposed again here; a newer version is. Closing this pull request keeps ${code(to, 60)}.`,
    ].join('\n'),
  )
}

/** The pull request that takes an upgrade back. */
export function rollback(takeBack: TakeBack): PullRequest {
  const { upgrade } = takeBack
  const { environment } = upgrade.memory
  return {
    title: rollbackMessage(takeBack),
    into: takeBack.into,
    branch: upgrade.branch.replace(/^windlass\//, 'windlass/rollback/'),
    labels: ['windlass/rollback', ...(environment === null ? [] : [`env/${bare(environment, 46)}`])],
    reviewers: [],
    body: body(takeBack),
  }
}

/** The check run of such a pull request: it asks for a look and never blocks. */
export function rollbackCheck(takeBack: TakeBack): Check {
  return { title: rollbackMessage(takeBack).slice(0, 250), summary: body(takeBack), conclusion: 'neutral' }
}

/** Said once on a merged upgrade that is to be taken back, where a revert would not do it. */
export function oneWay({ memory }: Proposal, why: Said, reason: string): string {
  return redact(
    [
      `${because(why)}.`,
      '',
      `I open no pull request that takes ${code(`${memory.component} ${memory.from} → ${memory.to}`, 200)} back: ${cell(reason, 500)}.`,
      'Roll forward to a version that mends it, or decide yourselves; this version goes no further by itself meanwhile.',
    ].join('\n'),
  )
}
