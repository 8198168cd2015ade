/** Why a pattern is not taken; caught by the reader of patterns and shown to whoever wrote it. */
export class Unsupported extends Error {}

/** One step of the machine: eats a character, or goes on without eating. */
export type State =
  | { readonly kind: 'eat'; readonly fits: (char: string) => boolean; readonly next: number }
  | { readonly kind: 'fork'; readonly next: readonly number[] }
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'match' }

/** Builds the states of an expression so that they go on to `next`; returns the state to begin at. */
export type Build = (states: State[], next: number) => number

/** More states than this are no filter of versions. */
const MOST_STATES = 2000
/** Twice what an OCI tag may have. */
const LONGEST_TEXT = 256

/** Adds a state and returns its number; throws Unsupported when there are too many. */
export function add(states: State[], state: State): number {
  if (states.length >= MOST_STATES) throw new Unsupported('repeats too much')
  return states.push(state) - 1
}

/** All states reachable without eating; a search begins anew at every character, so `first` is always among them. */
function reach(states: readonly State[], from: Iterable<number>, at: number, length: number): Set<number> {
  const seen = new Set<number>()
  const open = [...from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const state = states[id]
    if (state?.kind === 'fork') open.push(...state.next)
    if ((state?.kind === 'start' && at === 0) || (state?.kind === 'end' && at === length)) open.push(state.next)
  }
  return seen
}

/** Whether the text has the pattern in it: all ways are walked at once, so none is walked twice. State 0 is the match. */
export function run(states: readonly State[], first: number, text: string): boolean {
  if (text.length > LONGEST_TEXT) return false
  let next: number[] = []
  for (let at = 0; at <= text.length; at++) {
    const now = reach(states, [...next, first], at, text.length)
    if (now.has(0)) return true
    const char = text[at] ?? ''
    next = [...now].flatMap(id => {
      const state = states[id]
      return state?.kind === 'eat' && char !== '' && state.fits(char) ? [state.next] : []
    })
  }
  return false
}

/** One part some times over. Each round adds a state of its own, so that the limit on states also limits rounds of nothing. */
export function repeat(build: Build, least: number, most: number): Build {
  if (most < least) throw new Unsupported('a repetition ends before it begins')
  const endless = most === Number.POSITIVE_INFINITY
  return (states, next) => {
    let after = next
    if (endless) {
      after = add(states, { kind: 'match' })
      states[after] = { kind: 'fork', next: [build(states, after), next] }
    }
    for (let n = endless ? least : most; n > 0; n--) {
      const inner = build(states, after)
      after = add(states, { kind: 'fork', next: n > least ? [inner, next] : [inner] })
    }
    return after
  }
}
