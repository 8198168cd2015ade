import type { HclToken } from './hcl-tokens.ts'

/** Deeper expressions are read as nothing. */
export const MAX_DEPTH = 64

/** The pieces of a text without its comments, and how far they are read. */
export type Reader = { readonly text: string; readonly tokens: readonly HclToken[]; at: number; depth: number }

/** The next piece, or one further ahead; undefined at the end. */
export function peek(reader: Reader, ahead = 0): HclToken | undefined {
  return reader.tokens[reader.at + ahead]
}

/** What stands in a piece; nothing at the end. */
export function textOf({ text }: Reader, token: HclToken | undefined): string {
  return token ? text.slice(token.start, token.end) : ''
}

/** Whether this mark stands next; newlines and strings never equal one. */
export function isNext(reader: Reader, mark: string, ahead = 0): boolean {
  const token = peek(reader, ahead)
  return token?.kind === 'mark' && textOf(reader, token) === mark
}

/** Moves over line ends. */
export function skipNewlines(reader: Reader): void {
  while (peek(reader)?.kind === 'newline') reader.at++
}

/** What stands between the quotes of a string. */
export function unquoted(reader: Reader, token: HclToken): string {
  return textOf(reader, token).slice(1, -1)
}
