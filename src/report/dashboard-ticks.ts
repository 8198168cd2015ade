import type { Tick } from '../model.ts'
import { ourText } from './memory.ts'

/** A ticked box in exactly the form in which `box` writes it; GitHub's own editor writes a small x, people may write a large one. */
const TICKED =
  /^- \[[xX]\] <!-- windlass:tick (promote|open|unignore|retry|look)(?: (windlass(?:\/[a-z0-9._-]{1,60}){2,3})(?: ([A-Za-z0-9._~!'()*%-]{1,300}))?)? --> /

/** Longest version that a box can carry, in UTF-16 units as it is written there. */
const LONGEST = 300

/**
 * An empty box that a person may tick, with one line of text behind it; none for a version that is too long to stand in one.
 * Whatever a version is called, it cannot end the hidden part.
 */
export function box({ what, branch, version }: Tick, text: string): readonly string[] {
  const carried = encodeURIComponent(version.toWellFormed())
  if (carried.length > LONGEST) return []
  const about = [what, branch, carried].filter(word => word !== '')
  return [`- [ ] <!-- windlass:tick ${about.join(' ')} --> ${text}`]
}

function tickOf(line: string): Tick[] {
  const [, what, branch = '', version = ''] = TICKED.exec(line) ?? []
  if (what === undefined || (branch === '') !== (what === 'look')) return []
  try {
    return [{ what: what as Tick['what'], branch, version: decodeURIComponent(version) }]
  } catch {
    return []
  }
}

/** The boxes of ours that are ticked in the body of an issue: between our markers, each once. */
export function readTicks(body: string): readonly Tick[] {
  const ticks = ourText(body).split(/\r?\n/).flatMap(tickOf)
  return [...new Map(ticks.map(tick => [JSON.stringify(tick), tick])).values()]
}
