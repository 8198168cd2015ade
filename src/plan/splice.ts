import type { Edit } from '../model.ts'

/** The file is not the one that the edit was made for. */
export class StaleEdit extends Error {
  readonly edit: Edit

  constructor(edit: Edit, found: string) {
    const { file, line } = edit.place
    super(
      `${file}:${line} was to hold ${JSON.stringify(edit.from)} and holds ${JSON.stringify(found)}: the file has changed`,
    )
    this.name = 'StaleEdit'
    this.edit = edit
  }
}

/** Splices every edit into the text of its file; all other bytes stay. Throws StaleEdit when the old text is not there. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const ordered = edits.toSorted((a, b) => a.place.start - b.place.start)
  let done = ''
  let at = 0
  for (const edit of ordered) {
    const { start, end } = edit.place
    const found = text.slice(start, end)
    if (start < at || found !== edit.from) throw new StaleEdit(edit, found)
    done += text.slice(at, start) + edit.to
    at = end
  }
  return done + text.slice(at)
}
