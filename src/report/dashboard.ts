import type { Dashboard } from '../model.ts'
import { redact } from '../text/secrets.ts'
import { controls } from './dashboard-controls.ts'
import type { Section } from './dashboard-lines.ts'
import { detectedSection, openSection, problemSection, refusedSection } from './dashboard-lists.ts'
import { matrix } from './dashboard-matrix.ts'
import { type DashboardView, open, waiting } from './dashboard-view.ts'
import { waitingSections } from './dashboard-waiting.ts'
import { plural } from './headline.ts'
import { embed, ourText } from './memory.ts'

/** The title of the issue when it is opened; people may give it another. */
const TITLE = 'Windlass dashboard'

/** Longest body in UTF-16 units. GitHub takes 65,536 with the hidden line, which may have 8,200. */
const MAX_BODY = 56_000

/** A section with less room than this says nothing. */
const LEAST = 200

const FOOTER = [
  '---',
  'What you write above or below this text stays. Close this issue to be left in peace, or say `dashboard: false` in the policy file.',
].join('\n')

/** Says that we are awake. The day only, so that a second look on the same day changes nothing. */
function heartbeat({ now, commit }: DashboardView): string {
  const day = now.toISOString().slice(0, 10)
  return `Looked at on ${day}, first at ${commitLink(commit)}; the next look is on every push, and at least at every sweep of the server.`
}

function commitLink(commit: string): string {
  return `commit [${commit.slice(0, 7)}](../commit/${commit})`
}

function counts(view: DashboardView): string {
  const current = view.outcomes.filter(({ kind }) => kind === 'current').length
  const unknown = view.outcomes.filter(({ kind }) => kind === 'unknown').length
  const parts = [
    `${plural(open(view).length, 'pull request')} open`,
    `${waiting(view).length} waiting`,
    `${current} up to date`,
    ...(view.refused.length === 0 ? [] : [`${view.refused.length} refused`]),
    ...(unknown === 0 ? [] : [`${unknown} could not be looked up`]),
  ]
  return `**${parts.join(' · ')}**`
}

function sections(view: DashboardView): readonly Section[] {
  const { before, after } = waitingSections(view)
  return [
    controls(view),
    ...before,
    matrix(view),
    ...after,
    openSection(view),
    refusedSection(view),
    problemSection(view),
    detectedSection(view),
  ]
}

/** The first lines, without secrets, as far as they fit. */
function fitting(lines: readonly string[], room: number): readonly string[] {
  const shown: string[] = []
  let used = 0
  for (const line of lines) {
    const safe = redact(line)
    used += safe.length + 1
    if (used > room) break
    shown.push(safe)
  }
  return shown
}

/** A section in the room that is left: whole lines, so that no box, table or fold is left open. */
function print({ head, lines, tail, room, more }: Section, left: number): readonly string[] {
  const frame = [...head, ...tail, more(lines.length)].join('\n').length + 1
  const own = Math.min(room, left) - frame
  if (lines.length === 0 || own < LEAST) return []
  const shown = fitting(lines, own)
  const cut = lines.length - shown.length
  return [...head, ...shown, ...(cut === 0 ? [] : [more(cut)]), ...tail]
}

/**
 * The one issue in which everything stands: what can be done first, then what waits and why, the long list last. A function of
 * what one pass found; the same findings on the same day give the same text.
 */
export function dashboard(view: DashboardView): { readonly title: string; readonly body: string } {
  const off = view.policy.enabled
    ? []
    : ['The policy switches Windlass off here (`enabled: false`): nothing is proposed.']
  const lines = [heartbeat(view), '', counts(view), ...off, '']
  const room = Math.min(MAX_BODY, view.room) - FOOTER.length - 1
  for (const section of sections(view)) lines.push(...print(section, room - lines.join('\n').length - 1))
  return { title: TITLE, body: redact([...lines, FOOTER].join('\n')) }
}

const LOOKED = /^(Looked at on \S+, first at )commit \[[0-9a-f]{7}\]\(\.\.\/commit\/[0-9a-f]{40,64}\);/m

function comparable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(LOOKED, '$1;').trim()
}

/** Whether the issue says this already. The commit does not count: a push that changes nothing here is no reason to write. */
export function says({ body }: Pick<Dashboard, 'body'>, text: string): boolean {
  return comparable(ourText(body)) === comparable(text)
}

/** How much of an issue we may fill: what GitHub takes, less what people wrote around ours; in UTF-16 units. */
export function roomIn(found: Pick<Dashboard, 'body'> | null): number {
  return MAX_BODY - (found === null ? 0 : embed(found.body, '', '').length)
}

/** What the issue says when the policy wants none. */
export const DASHBOARD_OFF =
  'The policy switches the dashboard off (`dashboard: false`), so this issue is closed. Nothing else changes.'
