import fc from 'fast-check'
import { FAILSAFE_SCHEMA, load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { scanIndex } from '../src/outside/registries/helm-index-scan.ts'

const FIELDS = ['version', 'digest', 'created', 'appVersion', 'urls', 'deprecated']

/** What the parser says of the fields that count, in the order of charts and entries; or that it refuses the text. */
function parsed(text: string): unknown {
  try {
    const { entries } = load(text, { schema: FAILSAFE_SCHEMA, json: true }) as {
      entries: Record<string, Record<string, unknown>[]>
    }
    return Object.entries(entries).map(([chart, list]) => [chart, list.map(counted)])
  } catch {
    return 'refused'
  }
}

function counted(entry: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(FIELDS.filter(field => Object.hasOwn(entry, field)).map(field => [field, entry[field]]))
}

function scanned(text: string): unknown {
  const found = scanIndex(text)
  return found === null ? null : Object.entries(found.entries).map(([chart, list]) => [chart, list.map(counted)])
}

/** Says nothing, or exactly what the parser says. */
function agrees(text: string): boolean {
  const found = scanned(text)
  if (found !== null) expect(found).toEqual(parsed(text))
  return found !== null
}

const INDEX = `apiVersion: v1
entries:
  app:
  - annotations:
      artifacthub.io/changes: |
        - kind: changed
          version: 9.9.9

          urls:
          - https://wrong.example.com
      artifacthub.io/images: |2-
          digest: sha256:wrong
        version: 8.8.8
      version: 7.7.7
    apiVersion: v2
    appVersion: "1.10"
    created: "2026-01-02T03:04:05.678Z"
    dependencies:
    - condition: sub.enabled
      name: sub
      repository: https://charts.example.com
      urls:
      - https://wrong.example.com/sub.tgz
      version: 6.6.6
    - name: other
      version: ~1
    description: A chart that is
      folded over lines
    digest: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    home: https://example.com/?a=b#c
    icon: 'it''s an
      icon'
    keywords:
      - one
      - "two \\
        lines \\u00e9"
      - - three
    maintainers: []
    name: app
    urls:
    - https://example.com/app-1.0.0.tgz
    - app-1.0.0.tgz
    version: 1.0.0
  - created: 2026-01-01T00:00:00Z
    deprecated: true
    urls:
    - app-0.9.0.tgz
    version: '0.9.0'
  zero:
  - urls: 
    - zero-0.1.0.tgz
    version: 0.1.0
generated: "2026-01-02T03:04:05Z"
`

describe('an index as helm writes it', () => {
  test('is scanned, up to lists in lists, which are left to the parser', () => {
    expect(scanned(INDEX)).toBe(null)
    const text = INDEX.replace('      - - three\n', '')
    expect(agrees(text)).toBe(true)
    expect(scanIndex(text)?.entries.app?.[0]).toEqual({
      appVersion: '1.10',
      created: '2026-01-02T03:04:05.678Z',
      digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      urls: ['https://example.com/app-1.0.0.tgz', 'app-1.0.0.tgz'],
      version: '1.0.0',
    })
    expect(scanIndex(text)?.entries.zero).toEqual([{ urls: ['zero-0.1.0.tgz'], version: '0.1.0' }])
  })

  test.each([
    ['carriage returns', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a tab', (text: string) => text.replace('A chart', 'A\tchart')],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['an anchor', (text: string) => text.replace('version: 1.0.0', 'version: &v 1.0.0')],
    ['a flow map', (text: string) => text.replace('name: other\n      version: ~1', '{ name: other }')],
    ['a flow list of addresses', (text: string) => text.replace('urls: \n    - zero-0.1.0.tgz', 'urls: [zero.tgz]')],
    ['a comment', (text: string) => text.replace('apiVersion: v1\n', '# made by hand\napiVersion: v1\n')],
    ['a comment behind a version', (text: string) => text.replace('version: 1.0.0', 'version: 1.0.0 # one')],
    ['a repeated field', (text: string) => text.replace('version: 1.0.0', 'version: 1.0.0\n    version: 1.0.1')],
    ['a repeated chart', (text: string) => text.replace('  zero:', '  app:')],
    ['a chart whose name is a number', (text: string) => text.replace('  zero:', '  7:')],
    ['a version over two lines', (text: string) => text.replace('version: 1.0.0', 'version: 1.0.0\n      rc')],
    ['a version in a block', (text: string) => text.replace('version: 1.0.0', 'version: |-\n      1.0.0')],
    ['a version with escapes', (text: string) => text.replace('version: 1.0.0', 'version: "1.0.0\\u002b1"')],
    ['no version at all', (text: string) => text.replace('version: 1.0.0', 'version:')],
    ['two documents', (text: string) => `${text}---\napiVersion: v1\n`],
    ['a colon in a text', (text: string) => text.replace('A chart that is', 'A chart: that is')],
    ['an escape that does not exist', (text: string) => text.replace('\\u00e9', '\\q')],
    ['a quote that is never closed', (text: string) => text.replace("icon'", 'icon')],
    ['a line that stands between', (text: string) => text.replace('    home:', '   home:')],
    ['entries without charts', () => 'apiVersion: v1\nentries: {}\n'],
    ['no entries', () => 'apiVersion: v1\n'],
    ['nothing', () => ''],
  ])('%s: the parser is asked', (_, change) => {
    const plain = INDEX.replace('      - - three\n', '')
    expect(change(plain)).not.toBe(plain)
    expect(scanIndex(change(plain))).toBe(null)
  })
})

type Lines = readonly string[]
const indented = (lines: Lines, by: number): Lines => lines.map(one => (one === '' ? '' : ' '.repeat(by) + one))

/** Mostly the first, so that most indexes are plain; sometimes the second. */
function mostly<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: odd })
}

/** Words, and what could be taken for a field, a list or the end of something. */
const TAME = 'chart|1.2.3|é|😀|(see)|https://x.example.com/?a=b#c|x,y|a:b|-1'.split('|')
const ODD =
  'version:|version: 9.9.9|- version: 8.8.8|urls:|- https://x.example.com|a: b|#|# no|it\'s|"|"quoted"|\\|\\n|\'\'|>-|&a|*a|!!str|{}|[a]|---|...|%|@|`|~|? a|:|, b|digest: x|-|<<: *a|\u00a0|'.split(
    '|',
  )
const tame = fc.array(fc.constantFrom(...TAME), { minLength: 1, maxLength: 4 }).map(words => `a ${words.join(' ')}`)
const word = fc.constantFrom(...TAME, ...ODD)
const wild = fc.array(word, { maxLength: 4 }).map(words => words.join(' '))

const single = (text: string) => text.replaceAll("'", "''")
const folded = ([first = '', ...more]: Lines): Lines => [first, ...indented(more, 2)]
const block = fc
  .tuple(
    fc.constantFrom('|', '|-', '|+', '>', '>-', '|2', '>1-'),
    mostly(
      fc.array(wild, { maxLength: 3 }).map(lines => ['    first', ...indented(lines, 4)]),
      fc
        .array(fc.tuple(fc.nat({ max: 4 }), wild), { maxLength: 3 })
        .map(all => all.map(([by, a]) => ' '.repeat(by) + a)),
    ),
  )
  .map(([head, lines]): Lines => [head, ...lines])
/** A value as the lines behind and below its key, whose column is 0. */
const scalar: fc.Arbitrary<Lines> = mostly(
  fc.oneof(
    fc.constantFrom('"a: b"', "'it''s'", '""', '[]', '{}', '"\\u00e9\\x41"', '').map(text => [text]),
    fc.array(tame, { minLength: 1, maxLength: 3 }).map(folded),
    wild.map(text => [JSON.stringify(text)]),
    fc.tuple(wild, wild).map(([a, b]): Lines => [`'${single(a)}`, `  ${single(b)}'`]),
    fc.tuple(wild, wild).map(([a, b]): Lines => [JSON.stringify(a).slice(0, -1), `  ${JSON.stringify(b).slice(1)}`]),
    fc
      .tuple(wild, wild)
      .map(([a, b]): Lines => [`${JSON.stringify(a).slice(0, -1)}\\`, `  ${JSON.stringify(b).slice(1)}`]),
    block,
  ),
  fc.array(wild, { minLength: 1, maxLength: 3 }).map(folded),
)
const key = mostly(
  fc.constantFrom('name', 'description', 'version', 'urls', 'digest', 'artifacthub.io/changes', 'created', '7'),
  fc.constantFrom('<<', 'a b', '"quoted"', 'a:b'),
)

function pair(name: string, [first = '', ...rest]: Lines): Lines {
  return [`${name}:${first === '' ? '' : ` ${first}`}`, ...rest]
}

function items(all: readonly Lines[], by: number): Lines {
  return all.flatMap(([first = '', ...more]) => [`${' '.repeat(by)}- ${first}`, ...indented(more, by + 2)])
}

const { map } = fc.letrec<{ map: Lines; value: Lines }>(tie => ({
  map: fc
    .array(fc.tuple(key, tie('value')), { minLength: 1, maxLength: 3 })
    .map(pairs => pairs.flatMap(([name, value]) => pair(name, value))),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('map').map((lines): Lines => ['', ...indented(lines, 2)]),
    fc
      .tuple(fc.constantFrom(0, 2), fc.array(fc.oneof(tie('map'), scalar), { minLength: 1, maxLength: 3 }))
      .map(([by, all]): Lines => ['', ...items(all, by)]),
  ),
}))

const version = mostly(
  fc.constantFrom('1.2.3', '"1.10"', "'2.0'", 'v3', '1.0.0+x', 'null', '"a b"', '""'),
  fc.constantFrom('~', '', '1.0 # x', '1.0:', '"\\x41"', '|'),
)
const addresses = mostly(
  fc.constantFrom('', 'urls:\n- a.tgz', 'urls:\n  - a.tgz\n  - "b.tgz"'),
  fc.constantFrom('urls: []', 'urls:', 'urls:\n- a b', 'urls:\n- a: b'),
)
const entry = fc
  .tuple(version, addresses, fc.option(scalar), fc.option(map))
  .map(
    ([given, urls, about, annotations]): Lines => [
      ...(annotations ? pair('annotations', ['', ...indented(annotations, 2)]) : []),
      ...(about ? pair('description', about) : []),
      ...urls.split('\n').filter(text => text !== ''),
      `version: ${given}`,
    ],
  )
const names = mostly(fc.constantFrom('app', 'web', '3scale'), fc.constantFrom('7', '__proto__', 'a b'))
const index = fc
  .tuple(
    fc.uniqueArray(fc.tuple(names, fc.array(entry, { minLength: 1, maxLength: 2 })), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 3,
    }),
    fc.constantFrom(0, 2),
    scalar,
  )
  .map(([charts, by, about]) =>
    [
      ...pair('about', about),
      'entries:',
      ...charts.flatMap(([name, entries]) => [`  ${name}:`, ...indented(items(entries, by), 2)]),
      '',
    ].join('\n'),
  )

test('generated indexes: the scan says nothing, or what the parser says', () => {
  let said = 0
  fc.assert(
    fc.property(index, text => {
      if (agrees(text)) said++
    }),
    { numRuns: 5000 },
  )
  expect(said).toBeGreaterThan(500)
})

test('indexes with anything put anywhere', () => {
  const plain = INDEX.replace('      - - three\n', '')
  fc.assert(
    fc.property(
      fc.nat({ max: plain.length }),
      fc.nat({ max: 6 }),
      fc.oneof(word, fc.constantFrom('\n', '\n  ', ' ', '\n\n', '\t', '\r')),
      (at, length, text) => {
        agrees(plain.slice(0, at) + text + plain.slice(at + length))
      },
    ),
    { numRuns: 5000 },
  )
})
