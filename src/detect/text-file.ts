import type { Place, RepoFile } from '../model.ts'
import { type LineIndex, lineIndex } from '../text/lines.ts'
import { type Outline, outline } from '../text/outline.ts'
import type { Fact } from './facts.ts'

/** What a file says and where: its name is all that a reader of text asks besides. */
export type FileText = Pick<RepoFile, 'path' | 'text'>

/** A file as text, with the means to say where things stand in it; lines are counted when first asked for. */
export type TextFile = FileText & {
  readonly outline: Outline
  place(start: number, end: number): Place
  /** Whether an offset lies in a comment of its line, as YAML and HCL write them. */
  isComment(offset: number): boolean
}

/** A comment that begins farther before, on a line that long, is not looked for: generated JSON has such lines, and no comments. */
const FARTHEST = 1000

/** Reads the text of a file, whatever its format, and says nothing of what it does not know. */
export type TextDetector = (file: TextFile) => readonly Fact[]

export function textFile({ path, text }: FileText): TextFile {
  let lines: LineIndex | null = null
  let read: Outline | null = null
  return {
    path,
    text,
    get outline() {
      read ??= outline(text)
      return read
    },
    place(start, end) {
      lines ??= lineIndex(text)
      return { file: path, ...lines(start), start, end }
    },
    isComment(offset) {
      const before = text.slice(Math.max(0, offset - FARTHEST), offset)
      return /(?:^|\s)#/.test(before.slice(before.lastIndexOf('\n') + 1))
    },
  }
}
