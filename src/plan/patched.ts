import { yamlOverwrite } from 'yaml-diff-patch'
import type { ValueMap } from '../model.ts'

/** A comment at the end of a line, as YAML writes it. */
const COMMENT = /(?:^|\s)#.*$/

/** Lines of a text that another one does not have, each as often as it is missing there. */
function lost(before: string, after: string): readonly string[] {
  const left = new Map<string, number>()
  for (const line of after.split('\n')) left.set(line, (left.get(line) ?? 0) + 1)
  return before.split('\n').filter(line => {
    const count = left.get(line) ?? 0
    left.set(line, count - 1)
    return count <= 0
  })
}

/**
 * A document that says `expected`, made by a structural patch: for what is written in flow style, which has no lines to move. The
 * patch prints what it touches anew, so it is only taken where no more lines come out otherwise than there are `changes`, and
 * every comment of those is still there. Null where it is not; the caller compares what the result says.
 */
export function patched(text: string, expected: ValueMap, changes: number): string | null {
  if (/[&*]\w/.test(text)) return null
  try {
    const after = yamlOverwrite(text, expected)
    const missing = lost(text, after)
    const comments = missing.flatMap(line => COMMENT.exec(line)?.[0].trim() ?? [])
    return missing.length <= changes && comments.every(comment => after.includes(comment)) ? after : null
  } catch {
    return null
  }
}
