import { type Command, type Ignorable, type Policy, VERBS_LATER, VERBS_NOW, type VerbNow } from '../config.ts'
import type { Comment, Permission, Proposal } from '../model.ts'
import { code } from '../text/markdown.ts'
import { series } from '../text/order.ts'

/** What a comment came to, as the decide room says it: the pull request is already as the command left it. */
export type Answered = { readonly comment: Comment; readonly proposal: Proposal } & (
  | { readonly kind: 'done'; readonly command: Command }
  | { readonly kind: 'misspelt'; readonly word: string; readonly meant: string | null }
  | { readonly kind: 'refused'; readonly command: Command; readonly needs: Permission }
)

/** The text of a reply, and the reaction that the comment gets. */
export type Reply = { readonly text: string; readonly reaction: '+1' | 'confused' | 'eyes' }

/** What a person is told about a comment of theirs. Nothing a stranger wrote leaves here except as code. */
export function reply(answer: Answered, commands: Policy['commands']): Reply {
  if (answer.kind === 'misspelt') return confused(misspelt(answer.word, answer.meant))
  if (answer.kind === 'refused') return confused(refused(answer.command, answer.needs, answer.comment.permission))
  return done(answer.command, answer.proposal, commands)
}

function confused(text: string): Reply {
  return { text, reaction: 'confused' }
}

function misspelt(word: string, meant: string | null): string {
  const start = `I don't know ${code(word, 80)}.`
  return meant === null ? `${start} \`/windlass help\` lists what I know.` : `${start} Did you mean ${code(meant, 80)}?`
}

function refused(command: Command, needs: Permission, has: Permission): string {
  const have = has === 'none' ? 'you have none here' : `you have ${has}`
  return `\`${command.verb}\` needs ${needs} permission; ${have}. Nothing was changed.`
}

function done(command: Command, proposal: Proposal, commands: Policy['commands']): Reply {
  switch (command.verb) {
    case 'help':
      return { text: help(commands), reaction: 'eyes' }
    case 'status':
      return { text: status(proposal), reaction: 'eyes' }
    case 'hold':
      return { text: held(command.reason), reaction: '+1' }
    case 'resume':
      return { text: 'Resumed: this pull request follows new versions and new values again.', reaction: '+1' }
    case 'rebase':
      return rebase(proposal)
    case 'ignore':
      return { text: ignored(command.what, proposal), reaction: '+1' }
    case 'merge':
      return confused(
        "I don't merge on command; merge it yourself, or allow automerge for low risk in `.github/windlass.yaml`.",
      )
    default:
      return confused(`\`${command.verb}\` is not available yet in this version. Nothing was changed.`)
  }
}

function held(reason: string): string {
  const because = reason === '' ? '' : ` (${code(reason, 300)})`
  return `Held${because}: I leave this pull request as it is until \`/windlass resume\`.`
}

/** A held branch and one with a person's commit are never rewritten, whoever asks. */
function rebase({ memory, humanCommit, branch }: Proposal): Reply {
  if (humanCommit) return confused(`I don't rewrite ${code(branch)}: ${code(humanCommit.author)} has committed to it.`)
  if (memory.hold)
    return confused('This pull request is held, so I leave its branch as it is. Say `/windlass resume` first.')
  return { text: `I write ${code(branch)} anew from the default branch.`, reaction: '+1' }
}

function ignored(what: Ignorable, { memory }: Proposal): string {
  const where = memory.environment === null ? '' : ` in ${code(memory.environment)}`
  return `I will not propose ${scope(what, memory.component, memory.to)}${where} again, and close this pull request.`
}

function scope(what: Ignorable, component: string, version: string): string {
  switch (what) {
    case 'version':
      return code(`${component} ${version}`)
    case 'minor':
      return code(`${component} ${series(version, 'minor')}.x`)
    case 'major':
      return code(`${component} ${series(version, 'major')}.x`)
    case 'component':
      return `any version of ${code(component)}`
  }
}

function status({ memory, state, humanCommit }: Proposal): string {
  const { component, from, to, environment, hold, ignored: refusals } = memory
  const where = environment === null ? '' : ` in ${code(environment)}`
  const lines = [
    `${code(`${component} ${from} → ${to}`)}${where}: ${state}`,
    hold === null
      ? 'not held'
      : `held by ${code(hold.by)} since ${code(hold.at)}${hold.reason === '' ? '' : `: ${code(hold.reason, 300)}`}`,
    ...(humanCommit ? [`left alone, because ${code(humanCommit.author)} has committed to the branch`] : []),
    ...refusals.map(({ by, what, version }) => `${code(by)} refused ${scope(what, component, version)}`),
  ]
  return lines.map(line => `- ${line}`).join('\n')
}

const DOES: Readonly<Record<VerbNow, readonly [form: string, does: string]>> = {
  help: ['help', 'shows this list'],
  status: ['status', 'says where this upgrade stands, and who held or refused what'],
  hold: ['hold [reason]', 'leaves this pull request as it is, whatever comes'],
  resume: ['resume', 'ends a hold'],
  rebase: ['rebase', 'writes the branch anew from the default branch (`recreate` is the same)'],
  ignore: [
    'ignore <version|minor|major|component>',
    'refuses this version, its minor or major line, or the component, and closes the pull request',
  ],
}

function help(commands: Policy['commands']): string {
  const rows = VERBS_NOW.map(verb => {
    const [form, does] = DOES[verb]
    const who = verb === 'help' ? 'everybody' : (commands[verb] ?? 'write')
    return `| \`/windlass ${form.replaceAll('|', '\\|')}\` | ${does} | ${who} |`
  })
  return [
    'One command a comment, at the start of its first line; `@windlass` works as well as `/windlass`.',
    '',
    '| command | does | needs |',
    '|---|---|---|',
    ...rows,
    '',
    `Not available yet in this version: ${VERBS_LATER.map(verb => `\`${verb}\``).join(', ')}.`,
    'Closing this pull request refuses its version.',
  ].join('\n')
}
