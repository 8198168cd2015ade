import type { Path } from '../model.ts'
import { pathKey } from '../text/path-key.ts'

/** What the comments of a `values.yaml` say; keys are found by their indentation, so flow style has no comments here. */
export type Comments = {
  /** The comment above a key, '' when there is none. */
  readonly above: (path: Path) => string
  /** Whether a key stands in a comment as an example (`# replicas: 2`) in the map where it would be set. */
  readonly isExample: (path: Path) => boolean
}

/** Longer texts are read up to here, in UTF-16 units; the largest values.yaml seen has 190,000. */
const LONGEST = 2_000_000
const KEY = /^( *)(?:"([^"]{1,200})"|'([^']{1,200})'|([\w./-]{1,200})):(?:\s|$)/
const COMMENT = /^( *)#(.*)$/
const EXAMPLE = /^\s?\s*([A-Za-z_][\w./-]{0,199}):(?:\s|$)/
/** An example that a comment only names to send people away from it is none. */
const FAREWELL = /deprecat|remov|no longer|renam|replac|instead/i

type Level = { readonly indent: number; readonly path: readonly string[] }

/** Reads the comments of a values.yaml, in one walk over its lines. */
export function commentsOf(text: string): Comments {
  const comments = new Map<string, string>()
  const examples = new Set<string>()
  let levels: readonly Level[] = []
  let block: string[] = []
  let keys: string[] = []
  const close = () => {
    if (!FAREWELL.test(block.join('\n'))) for (const key of keys) examples.add(key)
    block = []
    keys = []
  }
  for (const line of text.slice(0, LONGEST).split('\n')) {
    const [, margin = '', said = ''] = COMMENT.exec(line) ?? []
    if (said !== '') {
      block.push(said.trim())
      const example = EXAMPLE.exec(said)?.[1]
      if (example !== undefined) keys.push(pathKey([...around(levels, margin.length), example]))
      continue
    }
    const [, space = '', double, single, bare] = KEY.exec(line) ?? []
    const key = double ?? single ?? bare
    if (key !== undefined) {
      const path = [...around(levels, space.length), key]
      levels = [...levels.filter(({ indent }) => indent < space.length), { indent: space.length, path }]
      if (block.length > 0) comments.set(pathKey(path), block.join('\n'))
    }
    close()
  }
  close()
  return { above: path => comments.get(pathKey(path)) ?? '', isExample: path => examples.has(pathKey(path)) }
}

function around(levels: readonly Level[], indent: number): readonly string[] {
  return levels.findLast(level => level.indent < indent)?.path ?? []
}
