import { type Command, IGNORABLE, VERBS_LATER, VERBS_NOW, type VerbLater } from '../config.ts'
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
  const command = commandOf(verb, argument)
  if (command) return { kind: 'command', command }
  const written = isVerb(verb) ? `${word} ${argument}`.trim() : word
  return { kind: 'misspelt', word: written, meant: meantBy(verb, argument) }
}

function firstLine(body: string): string {
  const lines = body.slice(0, 10_000).split(/\r\n|\r|\n/)
  return lines.find(line => line.trim() !== '') ?? ''
}

/** People mention us when they talk about us: only what could be a command is one. */
function isSentence(verb: string, argument: string): boolean {
  const isNear = isVerb(verb) || canonicalMeant(verb) !== null
  return !isNear || (verb !== 'hold' && wordsOf(argument) > 2)
}

function wordsOf(argument: string): number {
  return argument === '' ? 0 : argument.split(/\s+/).length
}

function canonical(word: string): string {
  return Object.hasOwn(ALIASES, word) ? (ALIASES[word] ?? word) : word
}

function commandOf(verb: string, argument: string): Command | null {
  if (isLater(verb)) return wordsOf(argument) > 2 ? null : { verb, argument }
  switch (verb) {
    case 'hold':
      return { verb, reason: argument }
    case 'ignore': {
      const what = IGNORABLE.find(known => known === argument.toLowerCase())
      return what === undefined ? null : { verb, what }
    }
    case 'help':
    case 'status':
    case 'resume':
    case 'rebase':
    case 'merge':
      return argument === '' ? { verb } : null
    default:
      return null
  }
}

function isLater(verb: string): verb is VerbLater {
  return (VERBS_LATER as readonly string[]).includes(verb)
}

const VERBS: readonly string[] = [...VERBS_NOW, ...VERBS_LATER, 'merge']

function isVerb(verb: string): boolean {
  return VERBS.includes(verb)
}

function meantBy(verb: string, argument: string): string | null {
  const meant = isVerb(verb) ? verb : canonicalMeant(verb)
  if (meant === null) return null
  if (meant === 'ignore') return `ignore ${suggest(argument, IGNORABLE) ?? 'version'}`
  return commandOf(meant, argument) === null ? meant : `${meant} ${argument}`.trim()
}

function canonicalMeant(verb: string): string | null {
  const meant = suggest(verb, [...VERBS, ...Object.keys(ALIASES)])
  return meant === null ? null : canonical(meant)
}
