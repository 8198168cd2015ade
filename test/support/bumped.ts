import { type Bump, bump, movedDigests } from '../../src/choose/bump.ts'
import type { Detected, Edit } from '../../src/model.ts'
import { editsOfEach } from '../../src/plan/edit.ts'

/** The edits of a bump, as the command makes them. */
export function bumpEdits(detected: Detected, asked: Bump): readonly Edit[] {
  return editsOfEach(bump(detected, asked), movedDigests(asked))
}
