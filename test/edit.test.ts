import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Edit, Pin, Place, RepoFile } from '../src/model.ts'
import { applyEdits, editFiles, edits, StaleEdit, stuckDigests } from '../src/plan/edit.ts'

function placeOf(text: string, from: string, nth = 0, file = 'a.yaml'): Place {
  let start = text.indexOf(from)
  for (let i = 0; i < nth; i++) start = text.indexOf(from, start + 1)
  expect(start).toBeGreaterThanOrEqual(0)
  const line = text.slice(0, start).split('\n').length
  return { file, line, column: 1, start, end: start + from.length }
}

function edit(text: string, from: string, to: string, nth = 0): Edit {
  return { place: placeOf(text, from, nth), from, to }
}

function file(text: string, path = 'a.yaml'): RepoFile {
  return { path, blob: path, text }
}

function edited(text: string, ...all: Edit[]): string {
  const done = editFiles([file(text)], all)
  expect(done).toMatchObject({ ok: true })
  return (done.ok && done.files.get('a.yaml')) || ''
}

describe('a splice', () => {
  test('changes the range and nothing else, in whatever order the edits come', () => {
    const text = 'a: 1.0.0 # one\nb: 2.0.0\n'
    expect(applyEdits(text, [edit(text, '2.0.0', '2.10.0'), edit(text, '1.0.0', '1')])).toBe('a: 1 # one\nb: 2.10.0\n')
  })

  test('is refused when the old text has moved, with the file and line', () => {
    const stale = edit('a: 1.0.0\n', '1.0.0', '1.1.0')
    expect(() => applyEdits('# new\na: 1.0.0\n', [stale])).toThrow(StaleEdit)
    expect(editFiles([file('# new\na: 1.0.0\n')], [stale])).toEqual({
      ok: false,
      reason: 'a.yaml:1 was to hold "1.0.0" and holds "ew\\na:": the file has changed',
      file: 'a.yaml',
      line: 1,
    })
  })

  test('is refused when two edits overlap', () => {
    const text = 'a: 1.0.0\n'
    const both = [edit(text, '1.0.0', '2.0.0'), edit(text, '0.0', '1.1')]
    expect(() => applyEdits(text, both)).toThrow(StaleEdit)
    expect(editFiles([file(text)], both)).toMatchObject({ ok: false, file: 'a.yaml', line: 1 })
  })
})

describe('the bytes that people chose stay', () => {
  const cases: Record<string, readonly [before: string, after: string]> = {
    'double quotes': ['v: "1.2.3"  # why\nl: ["ALL"]\n', 'v: "1.10.0"  # why\nl: ["ALL"]\n'],
    'single quotes': ["v: '1.2.3'\n", "v: '1.10.0'\n"],
    'Windows line ends': ['a:  x\r\nv: 1.2.3\r\n', 'a:  x\r\nv: 1.10.0\r\n'],
    'a byte order mark': ['\uFEFFv: 1.2.3\n', '\uFEFFv: 1.10.0\n'],
    'an anchor and its aliases': ['v: &v 1.2.3\nw: *v\n', 'v: &v 1.10.0\nw: *v\n'],
    'a tag': ['v: !!str 1.2.3\n', 'v: !!str 1.10.0\n'],
    'flow style': ['{a: {v: 1.2.3, b: [1,2]}}\n', '{a: {v: 1.10.0, b: [1,2]}}\n'],
    'a block scalar': [
      'values: |\n  # keep\n  image:\n    tag: 1.2.3\n\n  x: 1\n',
      'values: |\n  # keep\n  image:\n    tag: 1.10.0\n\n  x: 1\n',
    ],
    'another document that does not parse': ['a: [\n---\nv: 1.2.3\n...\n# end\n', 'a: [\n---\nv: 1.10.0\n...\n# end\n'],
    'equal keys': ['v: 0\nv: 1.2.3\n', 'v: 0\nv: 1.10.0\n'],
    'no newline at the end': ['v: 1.2.3', 'v: 1.10.0'],
    'comments that name the version': ['v: 1.2.3 # was 1.2.2\n', 'v: 1.10.0 # was 1.2.2\n'],
    'a version inside a longer scalar': ['image: app:1.2.3-alpine\n', 'image: app:1.10.0-alpine\n'],
  }
  for (const [name, [before, after]] of Object.entries(cases))
    test(name, () => {
      expect(edited(before, edit(before, '1.2.3', '1.10.0'))).toBe(after)
    })

  test('a version and its digest in one scalar move together', () => {
    const [one, two] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`]
    const text = `tag: v1@${one}\n`
    expect(edited(text, edit(text, 'v1', 'v2'), edit(text, one, two))).toBe(`tag: v2@${two}\n`)
  })

  test('files without edits are not among the results', () => {
    const text = 'v: 1.2.3\n'
    const done = editFiles([file(text), file('other: 1\n', 'b.yaml')], [edit(text, '1.2.3', '2.0.0')])
    expect(done).toEqual({ ok: true, files: new Map([['a.yaml', 'v: 2.0.0\n']]) })
  })
})

describe('a version that YAML would take for something else', () => {
  test('is quoted with the quotes of the document', () => {
    const single = "a: 'x'\nv: 1.9.1\n"
    expect(edited(single, edit(single, '1.9.1', '1.10'))).toBe("a: 'x'\nv: '1.10'\n")
    const none = 'v: 1.9.1\n'
    expect(edited(none, edit(none, '1.9.1', '1.10'))).toBe('v: "1.10"\n')
  })

  test.each(['1e3', '1234567e8', '0x1f', '20240102', 'no', '1_0', '010', 'null'])('%s is quoted', to => {
    const text = 'v: abc1\n'
    expect(edited(text, edit(text, 'abc1', to))).toBe(`v: "${to}"\n`)
  })

  test('is not quoted when it is quoted already, or when a number stood there', () => {
    const quoted = 'v: "1.9.1"\n'
    expect(edited(quoted, edit(quoted, '1.9.1', '1.10'))).toBe('v: "1.10"\n')
    const number = 'v: 1.9\n'
    expect(edited(number, edit(number, '1.9', '1.10'))).toBe('v: 1.10\n')
  })

  test.each(['1.0\nevil: true', '1.0 # x', '"1"', '*x', '&x 1', '', '$(X)', '{{x}}', '1: 2', '-1'])(
    '%j is never written',
    to => {
      const text = 'v: 1.9.1\n'
      expect(editFiles([file(text)], [edit(text, '1.9.1', to)])).toMatchObject({
        ok: false,
        reason: `${JSON.stringify(to)} is not a version that can be written`,
      })
    },
  )

  test.each([
    ['an alias', 'v: &abc 1\nw: *abc\n', '*abc', 'v2'],
    ['an anchor', 'v: &abc 1\n', 'abc', 'v2'],
    ['the anchor of a list', 'v: &abc [1]\n', 'abc', 'v2'],
    ['a part whose loss makes a number', 'v: abc10\n', 'abc', '2'],
    ['a colon that ends a plain scalar', 'v: abc\n', 'abc', 'v2:'],
    ['the indicator of a block scalar', 'v: |\n  abc\n', '|', '1'],
  ])('%s cannot be edited: more than a version would change', (_, text, from, to) => {
    const done = editFiles([file(text)], [edit(text, from, to)])
    expect(done).toMatchObject({ ok: false, reason: expect.stringContaining('more than the version') })
  })

  test('an edit of a file that is not there is refused', () => {
    expect(editFiles([], [edit('v: 1', '1', '2')])).toMatchObject({ ok: false, file: 'a.yaml', line: 1 })
  })
})

describe('edits of pins', () => {
  const [one, two] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`]
  const moves = (pins: readonly Pin[]) => pins.map(pin => ({ pin, to: '1.1.0' }))
  const pin = (version: string, start: number, digest: string | null = null): Pin => ({
    component: 'c',
    kind: 'flux-ocirepository',
    version,
    digest:
      digest === null
        ? null
        : {
            value: digest,
            place: { file: 'a.yaml', line: 2, column: 1, start: 50, end: 50 + digest.length },
          },
    source: { type: 'oci', url: 'oci://x.example.com/c', chart: 'c' },
    place: { file: 'a.yaml', line: 1, column: 1, start, end: start + version.length },
    environment: null,
    installs: [],
    aliases: [],
  })

  test('a place that two pins share is edited once', () => {
    expect(edits(moves([pin('1.0.0', 3), pin('1.0.0', 3)]), new Map())).toEqual([
      { place: expect.objectContaining({ start: 3, end: 8 }), from: '1.0.0', to: '1.1.0' },
    ])
  })

  test('a digest moves with its version; one that is not known stays and is told', () => {
    const pins = [pin('1.0.0', 3, one)]
    expect(edits(moves(pins), new Map([[one, two]])).map(({ from, to }) => [from, to])).toEqual([
      ['1.0.0', '1.1.0'],
      [one, two],
    ])
    expect(stuckDigests(pins, new Map([[one, two]]))).toEqual([])
    expect(edits(moves(pins), new Map()).map(({ to }) => to)).toEqual(['1.1.0'])
    expect(stuckDigests(pins, new Map())).toEqual(pins)
  })

  test('nothing becomes of a pin that stands at the version already', () => {
    expect(edits(moves([pin('1.1.0', 3)]), new Map())).toEqual([])
  })
})

/** Documents as people write them: some structure around one marked version, in every style. */
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/)
const leaf = fc.oneof(
  word,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant('1.2.3'),
  fc.string({ maxLength: 12 }),
)
const { tree } = fc.letrec(tie => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 3 }),
  ),
}))
const version = fc.constantFrom('1.2.3', 'v1.2', '1.10', '2024', 'abc', '1e3', 'on', '0.0.1-rc.1', 'v1_x')

test('for any document and any scalar in it, exactly that scalar changes and reads as the new version', () => {
  fc.assert(
    fc.property(
      fc.record({
        before: tree,
        after: tree,
        style: fc.constantFrom('PLAIN', "'", '"', '&a ', '|'),
        flow: fc.boolean(),
        crlf: fc.boolean(),
        bom: fc.boolean(),
        second: fc.boolean(),
        to: version,
      }),
      ({ before, after, style, flow, crlf, bom, second, to }) => {
        const options = { lineWidth: 0, collectionStyle: flow ? ('flow' as const) : ('block' as const) }
        const [head, tail] = [stringify({ before }, options), stringify({ after }, options)]
        const written =
          style === '|'
            ? '|-\n  9.9.9-mark'
            : style === 'PLAIN'
              ? '9.9.9-mark'
              : style === '&a '
                ? '&a 9.9.9-mark'
                : `${style}9.9.9-mark${style}`
        const line = flow ? '' : `pinned: ${written} # keep\n`.replace(style === '|' ? ' # keep' : '\0', '')
        const body = flow
          ? `{ ${head.trim().slice(1, -1)}, pinned: ${style === '|' ? '9.9.9-mark' : written}, ${tail.trim().slice(1, -1)} }\n`
          : head + line + tail
        const documents = second ? `---\nfirst: 1\n---\n${body}` : body
        const text = (bom ? '\uFEFF' : '') + (crlf ? documents.replaceAll('\n', '\r\n') : documents)
        const start = text.indexOf('9.9.9-mark')
        const result = edited(text, edit(text, '9.9.9-mark', to))
        const now = result.slice(start, result.length - (text.length - start - '9.9.9-mark'.length))
        expect(result.slice(0, start)).toBe(text.slice(0, start))
        expect([to, `"${to}"`, `'${to}'`]).toContain(now)
        const read = parse(result.slice(second ? result.lastIndexOf('---') : 0), { logLevel: 'silent' })
        expect(read.pinned).toBe(to)
        const same = parse(text.slice(second ? text.lastIndexOf('---') : 0), { logLevel: 'silent' })
        expect({ ...read, pinned: null }).toEqual({ ...same, pinned: null })
      },
    ),
    { numRuns: 500 },
  )
})
