import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { detect } from '../src/detect/index.ts'
import type { Edit, RepoFile } from '../src/model.ts'
import { editFiles } from '../src/plan/edit.ts'
import { bumpEdits } from './support/bumped.ts'

function edit(path: string, text: string, from: string, to: string): Edit {
  const start = text.indexOf(from)
  expect(start).toBeGreaterThanOrEqual(0)
  return { place: { file: path, line: 1, column: 1, start, end: start + from.length }, from, to }
}

function edited(path: string, text: string, from: string, to: string): string {
  const done = editFiles([{ path, blob: path, text }], [edit(path, text, from, to)])
  expect(done).toMatchObject({ ok: true })
  return (done.ok && done.files.get(path)) || ''
}

describe('an edit of HCL', () => {
  test.each([
    ['a string', 'version = "1.2.3" # why\r\n', '1.2.3', '1.3.0', 'version = "1.3.0" # why\r\n'],
    ['a constraint', 'version = "~> 4.0"\n', '4.0', '5.0', 'version = "~> 5.0"\n'],
    [
      'a part of an address',
      'source = "git::https://x//y?ref=v1&a=b"\n',
      'v1',
      'v2',
      'source = "git::https://x//y?ref=v2&a=b"\n',
    ],
    ['a heredoc', 'v = <<EOT\ntag: 1.2.3\nEOT\n', '1.2.3', '1.3.0', 'v = <<EOT\ntag: 1.3.0\nEOT\n'],
    ['a number that stays one', 'cluster_version = 1.26\n', '1.26', '1.27', 'cluster_version = 1.27\n'],
    ['a number that 1.30 would not stay', 'cluster_version = 1.29\n', '1.29', '1.30', 'cluster_version = "1.30"\n'],
    ['a number that becomes a version', 'cluster_version = 1.29\n', '1.29', '1.30.1', 'cluster_version = "1.30.1"\n'],
  ])('changes %s and nothing else', (_, text, from, to, after) => {
    expect(edited('main.tf', text, from, to)).toBe(after)
  })

  test.each([
    ['a comment', '# 1.2.3\nv = "1.2.3"\n', '1.2.3'],
    ['a name', 'v1 = "x"\n', 'v1'],
    ['a part of two pieces', 'v = 1.2.3\n', '2.3'],
    ['more than one text', 'v = ["1.2", "1.3"]\n', '1.2", "1.3'],
  ])('is refused in %s', (_, text, from) => {
    expect(editFiles([{ path: 'main.tf', blob: 'b', text }], [edit('main.tf', text, from, '2.4')])).toMatchObject({
      ok: false,
      reason: expect.stringContaining('change more than the version'),
    })
  })

  test('is refused when the file has changed since', () => {
    const stale = edit('main.tf', 'v = "1.2.3"\n', '1.2.3', '1.3.0')
    const done = editFiles([{ path: 'main.tf', blob: 'b', text: '# new\nv = "1.2.3"\n' }], [stale])
    expect(done).toMatchObject({ ok: false, reason: expect.stringContaining('the file has changed') })
  })
})

test.each([
  ['versions.env', '# renovate: datasource=docker depName=nginx\nWEB="1.27.0"\n'],
  ['values.yaml.gotmpl', '# renovate: datasource=docker depName=nginx\n{{ if .x }}\nweb: "1.27.0"\n{{ end }}\n'],
  [
    'helmfile.yaml',
    'releases:\n  - name: nginx\n    chart: r/nginx\n    version: 1.27.0\n    {{ if .Values.x }}\n    wait: {{ .Values.x }}\n    {{ end }}\n',
  ],
])('a bump reaches into %s and changes its version only', (path, text) => {
  const file: RepoFile = { path, blob: path, text }
  const detected = detect({ commit: 'c', files: [file], skipped: [] }, { environments: [], ignorePaths: [] })
  const edits = bumpEdits(detected, {
    dependency: 'nginx',
    from: '1.27.0',
    to: '1.27.1',
    digests: new Map(),
    files: [],
  })
  const done = editFiles([file], edits)
  expect(done.ok && done.files.get(path)).toBe(text.replace('1.27.0', '1.27.1'))
})

/** Pieces of HCL that stand around a pin: whatever they are, the pin's bytes alone change. */
const around = fc.array(
  fc.constantFrom(
    '# a "comment',
    '// another {',
    '/* more\n "1.2.3" */',
    'a = "x"',
    'b = { "k" = [1, 2.50, true], c : null }',
    'd = <<-EOT\n  1.2.3 "\n  EOT',
    `e = "\\" $\${f} \${g["h"]} %{ if i }j%{ endif }"`,
    'locals {\n  k = "1.2.3"\n}',
    'l = m == 1 ? "n" : o("p")',
    '}',
    '',
  ),
  { maxLength: 8 },
)
const version = fc.stringMatching(/^v?[0-9]{1,3}\.[0-9]{1,3}(\.[0-9]{1,3}(-[a-z]{1,4}\.[0-9])?)?$/)

test('in any file that Terraform may hold, the bytes of the version change and no other', () => {
  const cases = fc.property(
    around,
    around,
    version,
    version,
    fc.constantFrom('\n', '\r\n'),
    (before, after, from, to, eol) => {
      const lines = (pieces: readonly string[]) => pieces.map(piece => piece.replaceAll('\n', eol) + eol).join('')
      const front = `${lines(before)}pin = "`
      const rest = `"${eol}${lines(after)}`
      const start = front.length
      const place = { file: 'main.tf', line: 1, column: 1, start, end: start + from.length }
      const done = editFiles([{ path: 'main.tf', blob: 'b', text: front + from + rest }], [{ place, from, to }])
      expect(done.ok && done.files.get('main.tf')).toBe(front + to + rest)
    },
  )
  fc.assert(cases, { numRuns: 2000 })
})
