import type { Note } from '../model.ts'

/** Where a text sends the users of a key: the name as it is written there. `origin` says which text. */
export type Successor = { readonly name: string; readonly origin: string }

/** Notes are read up to so many lines, and lines up to so many characters. */
const MOST = { lines: 50_000, line: 2_000 } as const

const NAME = String.raw`[A-Za-z_][\w-]*(?:\.[\w-]+)*`
/** The words by which maintainers lead from an old key to the new one, and the name that follows. */
const LEADS = new RegExp(
  String.raw`(?:=>|->|→|\b(?:renamed|moved|migrated|changed)\s+to\b|\b(?:replaced|superseded)\s+(?:by|with)\b|\bin\s+favou?r\s+of\b|\buse\b|\binto\b|\bto\b)[\s:]*(?:the\s+)?(?:new\s+)?(?:\.?Values\.)?[\`"'*_]*(${NAME})`,
  'gi',
)
const TOKEN = /(?:[\w*<>-]+\.)*[\w*<>-]+/g
const GONE = /remov|dropp|no longer|delet|unsupported|discontinu/i

/** The lines of the notes that name a key, from the name on. */
export type Mention = { readonly origin: string; readonly line: string; readonly rest: string }

type Named = { readonly token: string; readonly isQuoted: boolean; readonly mention: Mention }

/** Every line of the notes with the texts of the names in it, so that many keys are looked up at the price of one reading. */
export function mentionsIn(notes: readonly Note[]): (path: readonly string[]) => readonly Mention[] {
  const byName = new Map<string, Named[]>()
  const lines = notes.flatMap(({ origin, text }) =>
    text.split('\n').map(line => ({ origin, line: line.slice(0, MOST.line) })),
  )
  for (const { origin, line } of lines.slice(0, MOST.lines))
    for (const { 0: token, index } of line.matchAll(TOKEN)) {
      const name = token.split('.').at(-1) ?? ''
      const mention = { origin, line, rest: line.slice(index + token.length) }
      const isQuoted = /[`'"]/.test(line[index - 1] ?? '')
      byName.set(name, [...(byName.get(name) ?? []).slice(-20), { token, isQuoted, mention }])
    }
  return path => (byName.get(path.at(-1) ?? '') ?? []).filter(named => means(named, path)).map(({ mention }) => mention)
}

/**
 * Whether a name in a text means a key: it is its end, and `x`, `*` and `<name>` stand for any part. A single word must be
 * telling (`maxHeat`), or be the whole key and stand in quotes (`debug`).
 */
function means({ token, isQuoted }: Named, path: readonly string[]): boolean {
  const words = token.split('.')
  const end = path.slice(-words.length)
  if (words.length > path.length) return false
  if (words.length === 1 && !/[a-z][A-Z]/.test(token) && !(path.length === 1 && isQuoted)) return false
  return words.every((word, i) => word === end[i] || (i < words.length - 1 && /^(?:.|\*+|<.*>)$/.test(word)))
}

/** The names that the mentions of a key lead to, in their order: by words (`renamed to`, `=>`), or as the next cell of a table. */
export function successors(mentions: readonly Mention[]): readonly Successor[] {
  return mentions.flatMap(({ origin, rest }) => {
    const cell = /^[`*\s]*\|[`*\s]*([A-Za-z_][\w-]*(?:\.[\w-]+)*)[`*\s]*\|/.exec(rest)?.[1]
    const named = [...rest.matchAll(LEADS)].map(([, name = '']) => name)
    return [...(cell === undefined ? [] : [cell]), ...named].map(name => ({ name, origin }))
  })
}

/** The first text that says in so many words that the key is gone, null when none does. */
export function saysGone(mentions: readonly Mention[]): string | null {
  return mentions.find(({ line }) => GONE.test(line))?.origin ?? null
}

/** The names that the comment above a key leads to: `deprecated, use a.b instead`. */
export function inComment(comment: string, origin: string): readonly Successor[] {
  return [...comment.slice(0, MOST.line).matchAll(LEADS)].map(([, name = '']) => ({ name, origin }))
}
