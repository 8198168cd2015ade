import { posix } from 'node:path'
import type { Body, Expression } from '../text/hcl.ts'
import { lineIndex } from '../text/lines.ts'
import type { Fact, Version } from './facts.ts'
import type { Given } from './terraform-facts.ts'
import type { FileText } from './text-file.ts'

/** An expression that is written out. */
export type Literal = Extract<Expression, { text: string }>
/** One file of a module, with the means to say where things stand in it. */
export type Terraform = {
  readonly file: string
  readonly folder: string
  lineOf(start: number): number
  /** A part of a literal as a version; the whole of it when no part is given. */
  version(literal: Literal, text?: string, at?: number): Version
}

/** Lines and ranges of one file. */
export function terraformFile(file: FileText): Terraform {
  const lineAt = lineIndex(file.text)
  return {
    file: file.path,
    folder: posix.dirname(file.path),
    lineOf: start => lineAt(start).line,
    version: (literal, text = literal.text, at = 0) => {
      const start = literal.start + at
      return {
        version: text,
        digest: null,
        place: { file: file.path, ...lineAt(start), start, end: start + text.length },
      }
    },
  }
}

/** What an argument is given, null when it is not there. */
export function argument({ attributes }: Body, name: string): Expression | null {
  return attributes.find(attribute => attribute.name === name)?.value ?? null
}

/** `4.0` of `~> 4.0` and `= 4.0`: an operator that one version alone follows stays when the version moves. */
const CONSTRAINT = /^\s*(?:(?:=|~>)\s*)?(v?\d[0-9A-Za-z.+_-]*)\s*$/

/** What an argument is given, as far as it can be followed. */
export function given(tf: Terraform, value: Expression | null): Given | null {
  if (value === null) return null
  if (value.type === 'reference' && /^(?:var|local)$/.test(value.path[0] ?? ''))
    return { type: 'reference', name: value.path.join('.') }
  if (value.type !== 'string' && value.type !== 'number') return { type: 'unreadable' }
  const [, text] = CONSTRAINT.exec(value.text) ?? []
  return { type: 'literal', ...tf.version(value, text, text === undefined ? 0 : value.text.indexOf(text)) }
}

/** The text of a plain string. */
export function literalText(value: Expression | null): string | null {
  return value?.type === 'string' ? value.text : null
}

/** A note that something has no version to edit. */
export function skipped(tf: Terraform, start: number, reason: string): Fact {
  return { fact: 'skipped', skipped: { file: tf.file, line: tf.lineOf(start), reason } }
}
