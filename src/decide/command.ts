import { type Command, IGNORABLE, MODES, VERBS } from '../config.ts'
import { suggest } from '../text/suggest.ts'

export type { Command }

/** What a comment asks. `misspelt` shows what was written and, as a whole command, what was probably meant. */
export type Parsed =
  | { readonly kind: 'none' }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'misspelt'; readonly word: string; readonly meant: string | null }

/** Longest argument that is kept, in characters: a reason, a version, an environment. */
const ARGUMENT = 500

/** Our branch is always written anew from the default branch, so both words of Dependabot mean the same. */
const ALIASES: Readonly<Record<string, string>> = { recreate: 'rebase' }

const PATTERN = /^([/@])windlass(?:[ \t]+(\S{1,60})(?:[ \t]+(.*))?)?[ \t]*$/i

/** A version as people write one: one word with a digit in it. */
const VERSION = /^(?=.*\d)[\w.+-]{1,128}$/

type Word = Command['verb']
type Reader = (argument: string) => Command | null

function alone(command: Command): Reader {
  return argument => (argument === '' ? command : null)
}

/** What a verb comes to with what follows it; null where the two do not fit. */
const READERS: Readonly<Record<Word, Reader>> = {
  help: alone({ verb: 'help' }),
  status: alone({ verb: 'status' }),
  plan: alone({ verb: 'plan' }),
  diff: alone({ verb: 'diff' }),
  explain: argument =>
    /^(E\d{1,7})?$/i.test(argument) ? { verb: 'explain', evidence: argument.toUpperCase() || null } : null,
  rebase: alone({ verb: 'rebase' }),
  retry: alone({ verb: 'retry' }),
  hold: reason => ({ verb: 'hold', reason }),
  resume: alone({ verb: 'resume' }),
  approve: argument => (wordsOf(argument) > 1 ? null : { verb: 'approve', environment: argument || null }),
  step: alone({ verb: 'step' }),
  promote: argument => (wordsOf(argument) === 1 ? { verb: 'promote', environment: argument } : null),
  rollback: argument => {
    const [, to = ''] = /^to\s+(\S+)$/i.exec(argument) ?? []
    if (argument === '') return { verb: 'rollback', to: null }
    return VERSION.test(to) ? { verb: 'rollback', to } : null
  },
  to: version => (VERSION.test(version) ? { verb: 'to', version } : null),
  ignore: argument => {
    const what = IGNORABLE.find(known => known === argument.toLowerCase())
    return what === undefined ? null : { verb: 'ignore', what }
  },
  unignore: alone({ verb: 'unignore' }),
  mode: argument => {
    const mode = MODES.find(known => known === argument.toLowerCase())
    return mode === undefined ? null : { verb: 'mode', mode }
  },
  merge: alone({ verb: 'merge' }),
}

/**
 * The command of a comment: `/windlass <verb>` or `@windlass <verb>` at the very start of its first line that is not
 * empty. Quotes, code and commands further down are nothing, and so is a mention in a sentence. A command with a word
 * too many is misspelt: prose must not act.
 */
export function parseCommand(body: string): Parsed {
  const found = PATTERN.exec(firstLine(body))
  if (!found) return { kind: 'none' }
  const [, sign, word = 'help', rest = ''] = found
  const argument = rest.trim().slice(0, ARGUMENT)
  const verb = canonical(word.toLowerCase())
  if (sign === '@' && isSentence(verb, argument)) return { kind: 'none' }
  const command = isVerb(verb) ? READERS[verb](argument) : null
  if (command) return { kind: 'command', command }
  const written = isVerb(verb) ? `${word} ${argument}`.trim() : word
  return { kind: 'misspelt', word: written, meant: meantBy(verb, argument) }
}

function firstLine(body: string): string {
  const lines = body.slice(0, 10_000).split(/\r\n|\r|\n/)
  return lines.find(line => line.trim() !== '') ?? ''
}

/** People mention us when they talk about us: only what could be a command is one, and short words are near to everything. */
function isSentence(verb: string, argument: string): boolean {
  const isNear = isVerb(verb) || (verb.length > 3 && nearest(verb) !== null)
  return !isNear || (verb !== 'hold' && wordsOf(argument) > 2)
}

function wordsOf(argument: string): number {
  return argument === '' ? 0 : argument.split(/\s+/).length
}

function canonical(word: string): string {
  return Object.hasOwn(ALIASES, word) ? (ALIASES[word] ?? word) : word
}

const WORDS: readonly Word[] = [...VERBS, 'merge']

function isVerb(word: string): word is Word {
  return (WORDS as readonly string[]).includes(word)
}

/** The verb that a word is near to, null when there is none. */
function nearest(word: string): Word | null {
  const near = canonical(suggest(word, [...WORDS, ...Object.keys(ALIASES)]) ?? '')
  return isVerb(near) ? near : null
}

function meantBy(word: string, argument: string): string | null {
  const verb = isVerb(word) ? word : nearest(word)
  if (verb === null) return null
  const [first = ''] = argument.split(/\s+/)
  const fits = [argument, first].find(text => READERS[verb](text) !== null)
  return fits === undefined ? example(verb, argument) : `${verb} ${fits}`.trim()
}

/** A verb with what has to follow it, where what was written cannot. */
function example(verb: Word, argument: string): string {
  switch (verb) {
    case 'ignore':
      return `ignore ${suggest(argument, IGNORABLE) ?? 'version'}`
    case 'mode':
      return `mode ${suggest(argument, MODES) ?? 'workflow'}`
    case 'promote':
      return 'promote <environment>'
    case 'to':
      return 'to <version>'
    default:
      return verb
  }
}
