import { createRequire } from 'node:module'
import type { RE2JS } from '@bufbuild/re2'
import { findAll } from './pike.ts'

/** A pattern as Kubernetes reads it (Go's RE2), or why it cannot be tried. `null`: it would cost too much. */
export type Pattern =
  | {
      readonly ok: true
      readonly test: (text: string) => boolean | null
      readonly findAll: (text: string, most: number) => string[] | null
    }
  | { readonly ok: false; readonly reason: string }

const LONGEST_PATTERN = 4096
/** Instructions squared times characters: what one try may cost in the worst case, some seconds. */
const MOST_WORK = 200_000_000
const MOST_KEPT = 2000

const require = createRequire(import.meta.url)
const kept = new Map<string, Pattern>()

/** Reads a pattern once. The library is loaded with the first one. Matching is linear in the text. */
export function readPattern(source: string): Pattern {
  const known = kept.get(source)
  if (known) return known
  if (kept.size >= MOST_KEPT) kept.clear()
  const pattern = compile(source)
  kept.set(source, pattern)
  return pattern
}

function compile(source: string): Pattern {
  if (source.length > LONGEST_PATTERN) return { ok: false, reason: `longer than ${LONGEST_PATTERN} characters` }
  try {
    const { RE2JS: engine } = require('@bufbuild/re2') as { RE2JS: typeof RE2JS }
    const compiled = engine.compile(source)
    const size = compiled.re2().prog.inst.length
    const within = (text: string): boolean => size * size * (text.length + 1) <= MOST_WORK
    return {
      ok: true,
      test: text => (within(text) ? compiled.test(text) : null),
      findAll: (text, most) => (within(text) ? findAll(compiled, text, most) : null),
    }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : 'it cannot be read' }
  }
}
