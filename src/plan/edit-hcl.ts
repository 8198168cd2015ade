import type { Edit } from '../model.ts'
import { type HclToken, hclTokens } from '../text/hcl-tokens.ts'
import { applyEdits } from './splice.ts'

/** What an edit may change: text, never a name, a sign or a comment. */
const EDITABLE = new Set<HclToken['kind']>(['string', 'number', 'heredoc'])

/** `1.30` without quotes is the number 1.3: a version that a number cannot hold becomes a string. */
function quoted(edit: Edit, tokens: readonly HclToken[]): Edit {
  const token = tokens.find(({ start, end }) => start === edit.place.start && end === edit.place.end)
  const holds = /^\d+(?:\.\d+)?$/.test(edit.to) && String(Number(edit.to)) === edit.to
  return token?.kind === 'number' && !holds ? { ...edit, to: `"${edit.to}"` } : edit
}

/** The token as it must read afterwards; null when an edit reaches over its ends. */
function expected(text: string, token: HclToken, edits: readonly Edit[]): string | null {
  const inside = edits.filter(({ place }) => place.start < token.end && token.start < place.end)
  if (inside.some(({ place }) => place.start < token.start || place.end > token.end)) return null
  if (inside.length > 0 && !EDITABLE.has(token.kind)) return null
  const local = inside.map(edit => ({
    ...edit,
    place: { ...edit.place, start: edit.place.start - token.start, end: edit.place.end - token.start },
  }))
  return applyEdits(text.slice(token.start, token.end), local)
}

function sameKind(before: HclToken, after: HclToken): boolean {
  return before.kind === after.kind || (before.kind === 'number' && after.kind === 'string')
}

/**
 * HCL after its edits, or null when the edits would change more than the texts they stand in: the new text splits into
 * the same pieces, and each piece without an edit reads as before. Throws StaleEdit when the old text is not there.
 */
export function editHcl(text: string, edits: readonly Edit[]): string | null {
  const before = hclTokens(text)
  const all = edits.map(edit => quoted(edit, before))
  const edited = applyEdits(text, all)
  const after = hclTokens(edited)
  const same =
    before.length === after.length &&
    before.every((token, i) => {
      const other = after[i]
      return other && sameKind(token, other) && edited.slice(other.start, other.end) === expected(text, token, all)
    })
  return same ? edited : null
}
