import { type Attribute, attribute } from './hcl-expressions.ts'
import { isNext, MAX_DEPTH, peek, type Reader, textOf, unquoted } from './hcl-reader.ts'
import { hclTokens } from './hcl-tokens.ts'

export type { Attribute, Expression } from './hcl-expressions.ts'

/** What stands between the braces of a block, or in a whole file. */
export type Body = { readonly attributes: readonly Attribute[]; readonly blocks: readonly Block[] }

/** `type "label" { … }`; `start` is the offset of the type. */
export type Block = Body & { readonly type: string; readonly labels: readonly string[]; readonly start: number }

/** Terraform's blocks have two labels at most. */
const MAX_LABELS = 8

function block(reader: Reader): Block | null {
  const start = peek(reader)
  if (start?.kind !== 'word') return null
  const labels: string[] = []
  let ahead = 1
  for (; labels.length < MAX_LABELS; ahead++) {
    const label = peek(reader, ahead)
    if (label?.kind !== 'word' && label?.kind !== 'string') break
    labels.push(label.kind === 'string' ? unquoted(reader, label) : textOf(reader, label))
  }
  if (!isNext(reader, '{', ahead) || reader.depth > MAX_DEPTH) return null
  reader.at += ahead + 1
  reader.depth++
  const read = body(reader)
  reader.depth--
  return { type: textOf(reader, start), labels, start: start.start, ...read }
}

function body(reader: Reader): Body {
  const attributes: Attribute[] = []
  const blocks: Block[] = []
  while (peek(reader) && !isNext(reader, '}')) {
    const found = attribute(reader, false)
    const inner = found ? null : block(reader)
    if (found) attributes.push(found)
    if (inner) blocks.push(inner)
    if (!found && !inner) reader.at++
  }
  reader.at++
  return { attributes, blocks }
}

/**
 * Reads HCL (Terraform, tfvars) for its blocks, attributes and literals. Takes any text: what it does not understand
 * is left out, nothing is thrown. A closing brace too many ends the reading of nothing but its own level.
 */
export function readHcl(text: string): Body {
  const tokens = hclTokens(text).filter(({ kind }) => kind !== 'comment')
  const reader: Reader = { text, tokens, at: 0, depth: 0 }
  const attributes: Attribute[] = []
  const blocks: Block[] = []
  while (peek(reader)) {
    const read = body(reader)
    attributes.push(...read.attributes)
    blocks.push(...read.blocks)
  }
  return { attributes, blocks }
}
