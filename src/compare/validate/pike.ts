import type { RE2JS } from '@bufbuild/re2'

type Program = ReturnType<RE2JS['re2']>['prog']

/** Instructions of RE2 by their numbers (google/re2j `Inst`). */
const OP = { alt: 1, altMatch: 2, capture: 3, emptyWidth: 4, match: 6, nop: 7, firstRune: 8 } as const

/** The places of an empty match, as bits (google/re2j `Utils`). */
const [BEGIN_LINE, END_LINE, BEGIN_TEXT, END_TEXT, WORD, NO_WORD] = [1, 2, 4, 8, 16, 32]

const isWord = (rune: number) => rune > 0 && /^\w$/.test(String.fromCodePoint(rune))

function placeOf(before: number, after: number): number {
  return (
    (before < 0 ? BEGIN_TEXT | BEGIN_LINE : before === 10 ? BEGIN_LINE : 0) |
    (after < 0 ? END_TEXT | END_LINE : after === 10 ? END_LINE : 0) |
    (isWord(before) === isWord(after) ? NO_WORD : WORD)
  )
}

type Thread = { readonly pc: number; readonly start: number }

/** Follows everything that eats nothing, in order of preference. */
function follow(program: Program, into: Thread[], seen: Set<number>, first: Thread, place: number): void {
  const open = [first]
  for (let thread = open.pop(); thread; thread = open.pop()) {
    const { pc, start } = thread
    if (seen.has(pc)) continue
    seen.add(pc)
    const { op, out, arg } = program.getInst(pc)
    if (op === OP.alt || op === OP.altMatch) open.push({ pc: arg, start }, { pc: out, start })
    else if (op === OP.nop || op === OP.capture || (op === OP.emptyWidth && (arg & ~place) === 0))
      open.push({ pc: out, start })
    else if (op === OP.match || op >= OP.firstRune) into.push(thread)
  }
}

/** The first match from a position on, as positions in code points: the leftmost, and of those the one that the pattern prefers. */
function firstMatch(program: Program, runes: readonly number[], from: number): readonly [number, number] | null {
  let found: readonly [number, number] | null = null
  let threads: Thread[] = []
  for (let at = from; at <= runes.length; at++) {
    const place = placeOf(runes[at - 1] ?? -1, runes[at] ?? -1)
    const now: Thread[] = []
    const seen = new Set<number>()
    for (const thread of threads) follow(program, now, seen, thread, place)
    if (!found) follow(program, now, seen, { pc: program.start, start: at }, place)
    threads = []
    for (const { pc, start } of now) {
      const inst = program.getInst(pc)
      if (inst.op === OP.match) {
        found = [start, at]
        break
      }
      if (inst.op >= OP.firstRune && at < runes.length && inst.matchRune(runes[at] ?? -1))
        threads.push({ pc: inst.out, start })
    }
    if (found && threads.length === 0) return found
  }
  return found
}

/**
 * Every match without overlap, at most `most` (all when negative), as Go's `FindAllString` gives them. The library only says whether
 * there is a match, so its program is run here (Pike's machine: all ways at once, linear in program and text).
 */
export function findAll(pattern: RE2JS, text: string, most: number): string[] {
  const program = pattern.re2().prog
  const runes = Array.from(text, char => char.codePointAt(0) ?? 0)
  const found: string[] = []
  let lastEnd = -1
  for (let at = 0; at <= runes.length && (most < 0 || found.length < most); ) {
    const match = firstMatch(program, runes, at)
    if (!match) break
    const [start, end] = match
    if (end > start || start !== lastEnd) found.push(String.fromCodePoint(...runes.slice(start, end)))
    lastEnd = end
    at = end > start ? end : end + 1
  }
  return found
}
