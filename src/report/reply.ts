import type { Policy } from '../config.ts'
import type { Answer, Permission } from '../model.ts'
import { code } from '../text/markdown.ts'
import type { About } from './replies/about.ts'
import { cannot } from './replies/cannot.ts'
import { doneReply } from './replies/done.ts'
import { confused, type Reply } from './replies/reply.ts'
import { refusedMarker } from './reply-marker.ts'

export type { About } from './replies/about.ts'
export type { Reply } from './replies/reply.ts'

/** What a person is told about a comment of theirs. Nothing a stranger wrote leaves here except as code. */
export function reply(answer: Answer, policy: Pick<Policy, 'commands'>, about: About): Reply {
  switch (answer.kind) {
    case 'done':
      return doneReply(answer, policy, about)
    case 'cannot':
      return confused(cannot(answer.command, answer.obstacle, answer.proposal))
    case 'misspelt':
      return confused(misspelt(answer.word, answer.meant))
    case 'refused':
      return denied(refused(answer.verb, answer.needs, answer.comment.permission), answer.comment.author)
    case 'not-approver':
      return denied(notApprover(answer.environment, answer.approvers), answer.comment.author)
    case 'edited':
      return confused(
        'This comment was changed after it was written, and GitHub does not tell me by whom: write a new comment. Nothing was changed.',
      )
    case 'silent':
      return { text: null, reaction: 'confused' }
  }
}

function misspelt(word: string, meant: string | null): string {
  const start = `I don't know ${code(word, 80)}.`
  return meant === null ? `${start} \`/windlass help\` lists what I know.` : `${start} Did you mean ${code(meant, 80)}?`
}

/** Said once to each person on each pull request. */
function denied(text: string, login: string): Reply {
  return confused(`${text} Nothing was changed.\n${refusedMarker(login)}`)
}

function refused(verb: string | null, needs: Permission, has: Permission): string {
  const have = has === 'none' ? 'you have none here' : `you have ${has}`
  return `${verb === null ? 'A command' : `\`${verb}\``} needs ${needs} permission; ${have}.`
}

function notApprover(environment: string, approvers: readonly string[]): string {
  const names = approvers.map(name => code(name, 100)).join(', ')
  return `Only these may approve for ${code(environment, 80)}: ${names}.`
}
