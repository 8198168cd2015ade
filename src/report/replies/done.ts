import type { Command, Policy } from '../../config.ts'
import type { Answer, Memory, Proposal, Said } from '../../model.ts'
import { code } from '../../text/markdown.ts'
import { type About, standing, waitingFor } from './about.ts'
import { explainReply } from './explain.ts'
import { help } from './help.ts'
import { diffReply, planReply } from './plan.ts'
import { refusedScope } from './refused.ts'
import { confused, done, type Reply, shown } from './reply.ts'
import { heldBy, saidBy, status } from './status.ts'

type Done = Extract<Answer, { readonly kind: 'done' }>
type Of<V extends Command['verb']> = Extract<Command, { readonly verb: V }>

/** What somebody said before, so that saying it again changes nothing. */
function already(said: Pick<Said, 'by' | 'at'> | null | undefined): Reply {
  return shown(`Nothing was changed: ${said ? `${saidBy(said)} said so already` : 'it is so already'}.`)
}

function upgrade({ component, from, to }: Memory): string {
  return code(`${component} ${from} → ${to}`)
}

function hold({ reason }: Of<'hold'>, { changed, proposal: { memory } }: Done): Reply {
  if (!changed && memory.hold) return shown(`This pull request is ${heldBy(memory.hold)}. Nothing was changed.`)
  const because = reason === '' ? '' : ` (${code(reason, 300)})`
  return done(`Held${because}: I leave this pull request as it is until \`/windlass resume\`.`)
}

/** A held branch and one with a person's commit are never rewritten, whoever asks. */
function leftAlone({ memory, humanCommit, branch }: Proposal): Reply | null {
  if (humanCommit)
    return confused(`I don't rewrite ${code(branch)}: ${code(humanCommit.author, 100)} has committed to it.`)
  if (memory.hold)
    return confused('This pull request is held, so I leave its branch as it is. Say `/windlass resume` first.')
  return null
}

function to({ version }: Of<'to'>, { changed, proposal }: Done, about: About): Reply {
  const stopped = leftAlone(proposal)
  if (stopped) return stopped
  const { outcome } = about
  const again = changed ? '' : 'Nothing was changed: that is asked for already. '
  const asked = code(`${proposal.memory.component} ${version}`, 200)
  if (outcome?.kind === 'planned') {
    const { to: now, available } = outcome.plan.upgrade
    if (now.version === version) return done(`${again}This pull request is about ${asked} now.`)
    const isKnown = available.includes(version)
    const others = available.slice(0, 5).map(one => code(one, 100))
    const why = isKnown
      ? `${asked} cannot be the next step here.`
      : `${asked} is not among the versions that may be proposed here: ${others.join(', ')}.`
    return shown(
      `${again}${why} I noted it; until it can be had, this pull request is about ${code(now.version, 100)}.`,
    )
  }
  if (outcome?.kind === 'held' && outcome.to === version) return done(`${again}Noted. Not yet: ${waitingFor(outcome)}`)
  return shown(`${again}Noted: ${asked}. ${standing(about)}`)
}

function ignore({ what }: Of<'ignore'>, { changed, proposal }: Done, about: About): Reply {
  const scope = refusedScope(what, proposal.memory)
  if (!changed) return shown(`Nothing was changed: ${scope} is refused already.`)
  return done(`I will not propose ${scope} again${afterIgnoring(proposal, about)}`)
}

/** What becomes of a pull request whose version is not wanted. A pass before this one may have closed it already, for the same reason. */
function afterIgnoring({ state, memory, humanCommit }: Proposal, { outcome }: About): string {
  const isClosed = outcome?.kind === 'declined' && outcome.reason === memory.closed
  if (state !== 'open' && !isClosed) return '.'
  if (outcome?.kind !== 'planned') return ', and close this pull request.'
  const next = code(outcome.plan.upgrade.to.version, 100)
  if (humanCommit)
    return `. ${code(humanCommit.author, 100)} has committed here, so I leave this pull request as it is.`
  if (memory.hold) return `. This pull request is held: it goes on to ${next} after \`/windlass resume\`.`
  return `: this pull request goes on to ${next}.`
}

function unignore({ changed }: Done, about: About): Reply {
  if (!changed) return shown('Nothing was changed: nothing is refused here.')
  return done(`Taken back: what was refused here may be proposed again. ${standing(about)}`)
}

const STILL = 'Failed health, a soak time, a missing approval and a closed window still hold it.'

function granted({ command, changed, environment, branch, proposal }: Done, about: About): Reply {
  const { component, to: version, granted: all } = proposal.memory
  const what = command.verb === 'approve' ? 'approve' : 'promote'
  if (!changed) {
    const earlier = all.find(one => one.what === what && one.branch === branch && one.version === version)
    return already(earlier)
  }
  const which = code(`${component} ${version}`)
  const where = environment === null ? '' : ` ${command.verb === 'step' ? 'in' : 'into'} ${code(environment, 100)}`
  if (what === 'approve') return done(`Approved: ${which} may go${where}. ${standing(about)}`)
  const from = command.verb === 'step' ? `The step after ${which}${where}` : `${which} goes on${where}: it`
  return done(
    `${from} does not wait for a health of which nothing is known, nor for schedule and limits. ${STILL} ${standing(about)}`,
  )
}

function rollback({ changed, proposal: { memory } }: Done): Reply {
  if (!changed) return already(memory.rollback)
  const where = memory.environment === null ? '' : ` in ${code(memory.environment, 100)}`
  return done(
    `Noted: ${upgrade(memory)}${where} is to be taken back. I open a pull request that undoes exactly this change, or say here why that cannot be done.`,
  )
}

function mode({ mode: asked }: Of<'mode'>, { changed, proposal: { memory } }: Done): Reply {
  if (!changed) return already(memory.mode)
  const today = 'It changes nothing today: this version works every upgrade out by the fixed walk.'
  return done(`Noted: ${code(asked)}. ${today}`)
}

/** What a person is told whose command was obeyed. */
export function doneReply(answer: Done, { commands }: Pick<Policy, 'commands'>, about: About): Reply {
  const { command, proposal, changed } = answer
  switch (command.verb) {
    case 'help':
      return shown(help(commands))
    case 'status':
      return shown(status(proposal, standing(about)))
    case 'plan':
      return shown(planReply(about, proposal))
    case 'diff':
      return shown(diffReply(about, proposal))
    case 'explain':
      return shown(explainReply(command.evidence, about, proposal))
    case 'hold':
      return hold(command, answer)
    case 'resume':
      return changed
        ? done('Resumed: this pull request follows new versions and new values again.')
        : shown('Nothing was changed: this pull request is not held.')
    case 'rebase':
      return leftAlone(proposal) ?? done(`I write ${code(proposal.branch)} anew from the default branch.`)
    case 'retry':
      return leftAlone(proposal) ?? done('I try again from the start. What was tried before is forgotten.')
    case 'to':
      return to(command, answer, about)
    case 'ignore':
      return ignore(command, answer, about)
    case 'unignore':
      return unignore(answer, about)
    case 'approve':
    case 'promote':
    case 'step':
      return granted(answer, about)
    case 'rollback':
      return rollback(answer)
    case 'mode':
      return mode(command, answer)
    case 'merge':
      return confused(
        "I don't merge on command; merge it yourself, or allow automerge for low risk in `.github/windlass.yaml`.",
      )
  }
}
