import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Edit } from '../src/model.ts'
import { editFiles } from '../src/plan/edit.ts'
import { splitDocuments } from '../src/text/documents.ts'
import { lineIndex } from '../src/text/lines.ts'
import { locate } from '../src/text/located.ts'

/** How the version is written; `text` is what reads back. */
const style = fc.constantFrom(
  (v: string) => v,
  (v: string) => `'${v}'`,
  (v: string) => `"${v}"`,
  (v: string) => `&pin ${v}`,
  (v: string) => `${v} # was ${v}`,
  (v: string) => `|\n    ${v}`,
  (v: string) => `>-\n    ${v}`,
)

const part = fc.nat({ max: 40 })
const version = fc
  .tuple(fc.constantFrom('', 'v'), part, part, part, fc.constantFrom('', '-rc.1', '-alpine'))
  .map(([v, a, b, c, tail]) => `${v}${a}.${b}.${c}${tail}`)

/** What may stand beside it, with the same version in other roles. */
const beside = fc.constantFrom(
  (v: string) => `# ${v}\n`,
  (v: string) => `  other: ${v}\n`,
  (v: string) => `  list: [a, ${v}, "b"]\n`,
  (v: string) => `  text: |\n    tag: ${v}\n\n    end\n`,
  (v: string) => `  map: {tag: ${v}}\n`,
  () => "  quoted: 'it''s'\n",
  () => '\n',
)

const document = fc.record({
  style,
  before: fc.array(beside, { maxLength: 3 }),
  after: fc.array(beside, { maxLength: 3 }),
  more: fc.boolean(),
  anchors: fc.boolean(),
  crlf: fc.boolean(),
  bom: fc.boolean(),
})

/** Keys are numbered, so that none is given twice. */
function numbered(text: string): string {
  let n = 0
  return text.replace(/^( {2})(other|list|text|map|quoted):/gm, (_, lead, key) => `${lead}${key}${n++}:`)
}

test('an edit changes exactly the bytes of its scalar, which then reads as the new version, whatever stands around it', () => {
  fc.assert(
    fc.property(document, version, version, (shape, from, to) => {
      fc.pre(from !== to)
      const write = (parts: readonly ((v: string) => string)[]) => parts.map(each => each(from)).join('')
      const anchors = shape.anchors ? '  copy: &shared {a: 1}\n  again: *shared\n' : ''
      const body = `root:\n${anchors}${write(shape.before)}  pin: ${shape.style(from)}\n${write(shape.after)}`
      const whole = `${shape.bom ? '\uFEFF' : ''}${numbered(body)}${shape.more ? `---\nroot:\n  pin: ${from}\n` : ''}`
      const text = shape.crlf ? whole.replaceAll('\n', '\r\n') : whole
      const [chunk] = splitDocuments(text)
      const spot = chunk && locate(chunk, lineIndex(text)).scalar(['root', 'pin'])
      expect(spot?.text).toBe(from)
      if (!spot) return
      const { line, column, start, end } = spot
      const edit: Edit = { place: { file: 'a.yaml', line, column, start, end }, from, to }
      const edited = editFiles([{ path: 'a.yaml', blob: '', text }], [edit])
      expect(edited).toMatchObject({ ok: true })
      if (!edited.ok) return
      const after = edited.files.get('a.yaml') ?? ''
      expect(after).toBe(text.slice(0, start) + to + text.slice(end))
      const [first] = parseAllDocuments(after, { uniqueKeys: false })
      expect(String((first as { toJS(): { root: { pin: unknown } } }).toJS().root.pin).trim()).toBe(to)
    }),
    { numRuns: 10_000 },
  )
}, 120_000)
