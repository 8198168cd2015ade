import { type Policy, VERBS, type Verb } from '../../config.ts'

const DOES: Readonly<Record<Verb, readonly [form: string, does: string]>> = {
  help: ['help', 'shows this list'],
  status: ['status', 'says where this upgrade stands, and who said what of it'],
  plan: ['plan', 'shows what would be proposed now: way, risk, findings, what is left to do, what it waits for'],
  diff: ['diff', 'shows what changes: edits, values, CRDs and rendered objects'],
  explain: ['explain [E8]', 'says why the risk is what it is, or shows one record of the evidence and what cites it'],
  rebase: ['rebase', 'writes the branch anew from the default branch (`recreate` is the same)'],
  retry: ['retry', 'forgets the attempts after a red CI, and tries again'],
  hold: ['hold [reason]', 'leaves this pull request as it is, whatever comes'],
  resume: ['resume', 'ends a hold'],
  approve: [
    'approve [environment]',
    'lets this version enter an environment that asks for approval; the next one unless named',
  ],
  step: ['step', 'goes on to the next step of the way here although nothing is known of the health'],
  promote: [
    'promote <environment>',
    'goes on to that environment although nothing is known of the health, and without waiting for schedule and limits',
  ],
  rollback: ['rollback', 'takes a merged upgrade back, in a pull request of its own'],
  to: ['to <version>', 'proposes that version instead'],
  ignore: [
    'ignore <version|minor|major|component>',
    'refuses this version, its minor or major line, or the component (and what is older), and closes the pull request',
  ],
  unignore: ['unignore', 'takes back what was refused here, also by closing'],
  mode: ['mode <workflow|agent>', 'notes how to work; today there is only the fixed walk'],
}

/** Every command, what it does, and who may give it. */
export function help(commands: Policy['commands']): string {
  const rows = VERBS.map(verb => {
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
    'Closing this pull request refuses its version and what is older.',
  ].join('\n')
}
