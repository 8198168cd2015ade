import { type Bump, bump, movedDigests } from '../../src/choose/bump.ts'
import type { Detected, Edit } from '../../src/model.ts'
import { edits } from '../../src/plan/edit.ts'

/** The edits of a bump, as the command makes them. */
export function bumpEdits(detected: Detected, asked: Bump): readonly Edit[] {
  return edits(bump(detected, asked), movedDigests(asked))
}
