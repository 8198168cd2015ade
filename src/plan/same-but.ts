import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, type Scalar } from 'yaml'
import type { Edit } from '../model.ts'
import { plainValue } from '../text/yaml-scalars.ts'

/** What Kubernetes takes a scalar for. */
function typeOf(scalar: Scalar): string {
  return scalar.type === 'PLAIN' ? typeof plainValue(scalar.source ?? '') : 'string'
}

/** The text with one of its `from` made into `to`: which one does not matter here, the bytes around it are checked elsewhere. */
function variants(text: string, { from, to }: Edit): readonly string[] {
  const found: string[] = []
  for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + 1))
    found.push(text.slice(0, at) + to + text.slice(at + from.length))
  return found
}

function allVariants(text: string, edits: readonly Edit[]): readonly string[] {
  return edits.reduce<readonly string[]>(
    (texts, edit) => texts.flatMap(each => variants(each, edit)).slice(0, 1000),
    [text],
  )
}

function sameScalar(before: Scalar, after: Scalar, edits: readonly Edit[]): boolean {
  const text = before.source ?? ''
  if (edits.length === 0) return before.type === after.type && text === after.source
  if (typeOf(before) === 'string' && typeOf(after) !== 'string') return false
  return allVariants(text, edits).includes(after.source ?? '')
}

function sameAnchor(before: Node, after: Node): boolean {
  return (before as Partial<Scalar>).anchor === (after as Partial<Scalar>).anchor && before.tag === after.tag
}

/** Whether two nodes are equal apart from the edited scalars, which must hold their new text and still be strings. */
function same(before: unknown, after: unknown, inside: (node: Node) => readonly Edit[]): boolean {
  if (isPair(before))
    return isPair(after) && same(before.key, after.key, inside) && same(before.value, after.value, inside)
  if (!isNode(before) || !isNode(after)) return before === after
  if (isAlias(before)) return isAlias(after) && before.source === after.source
  if (isScalar(before))
    return isScalar(after) && before.anchor === after.anchor && sameScalar(before, after, inside(before))
  if (!sameAnchor(before, after)) return false
  const both = (isMap(before) && isMap(after)) || (isSeq(before) && isSeq(after))
  return (
    both &&
    before.items.length === after.items.length &&
    before.items.every((item, i) => same(item, after.items[i], inside))
  )
}

/**
 * The post-condition of every edit: the document parses, and says what it said before except in the edited scalars.
 * `start` is where the document begins in its file, so that places can be compared with it.
 */
export function sameBut(before: Document, after: Document, edits: readonly Edit[], start: number): boolean {
  if (after.errors.length > before.errors.length) return false
  const inside = ({ range }: Node): readonly Edit[] =>
    edits.filter(({ place }) => range && place.start - start >= range[0] && place.end - start <= range[1])
  return same(before.contents, after.contents, inside)
}
