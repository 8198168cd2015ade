import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ObjectMap, readTool } from '../src/knowledge/index.ts'
import type { FactOf, Resource, ValueMap } from '../src/model.ts'
import { type Draft, type Drafting, draftsOf, placeKey, type Served, type Verdict } from '../src/plan/drafts.ts'
import { migrate } from '../src/plan/migrate.ts'
import { type Change, changed } from '../src/plan/object-change.ts'
import { rewriteDocument } from '../src/plan/rewrite-document.ts'
import type { ValueMove } from '../src/plan/value-moves.ts'
import { valueObjects } from '../src/plan/value-objects.ts'
import { splitDocuments } from '../src/text/documents.ts'
import { readYaml } from '../src/text/yaml.ts'
import { anInstall } from './support/plans.ts'

function yaml(text: string): ValueMap {
  const read = readYaml(text)
  if (!read.ok) throw new Error(read.reason)
  return read.value as ValueMap
}

function rewritten(text: string, ...changes: readonly Change[]): string | null {
  return rewriteDocument(text, 0, { prefix: [], changes, created: [] })?.file ?? null
}

describe('a document is changed in its own lines', () => {
  const KILN = `# the kiln of the studio
apiVersion: fire.example.com/v1 # old
kind: Kiln
spec:
  # how hot
  heat:   1200   # degrees
  racks:
  - name: top
    size: 2
  - name: 'bottom'
    size: 3
  notes: |
    # not a comment
      kept
  last: "x"
`
  test('a value, in its own quotes', () => {
    expect(rewritten(KILN, { kind: 'set', path: ['apiVersion'], value: 'fire.example.com/v2' })).toBe(
      KILN.replace('fire.example.com/v1', 'fire.example.com/v2'),
    )
    expect(rewritten(KILN, { kind: 'set', path: ['spec', 'last'], value: 'true' })).toBe(KILN.replace('"x"', '"true"'))
    expect(rewritten(KILN, { kind: 'set', path: ['spec', 'racks', 1, 'name'], value: "it's" })).toBe(
      KILN.replace("'bottom'", "'it''s'"),
    )
    expect(rewritten(KILN, { kind: 'set', path: ['spec', 'racks', 0, 'name'], value: 'yes' })).toBe(
      KILN.replace('name: top', 'name: "yes"'),
    )
  })
  test('a key under another name', () => {
    expect(rewritten(KILN, { kind: 'move', path: ['spec', 'heat'], to: ['spec', 'degrees'] })).toBe(
      KILN.replace('heat: ', 'degrees: '),
    )
  })
  test('a key one level down, where it stood, with its comment', () => {
    expect(rewritten(KILN, { kind: 'move', path: ['spec', 'heat'], to: ['spec', 'fire', 'heat'] })).toBe(
      KILN.replace(
        '  # how hot\n  heat:   1200   # degrees\n',
        '  fire:\n    # how hot\n    heat:   1200   # degrees\n',
      ),
    )
  })
  test('a block with a list and text in it, to the end of another map', () => {
    const both: readonly Change[] = [
      { kind: 'move', path: ['spec', 'racks'], to: ['inside', 'racks'] },
      { kind: 'move', path: ['spec', 'notes'], to: ['inside', 'words'] },
    ]
    expect(rewritten(KILN, ...both)).toBe(`# the kiln of the studio
apiVersion: fire.example.com/v1 # old
kind: Kiln
spec:
  # how hot
  heat:   1200   # degrees
  last: "x"
inside:
  racks:
  - name: top
    size: 2
  - name: 'bottom'
    size: 3
  words: |
    # not a comment
      kept
`)
  })
  test('the first key of an item of a list, whose dash stays', () => {
    expect(rewritten(KILN, { kind: 'remove', path: ['spec', 'racks', 0, 'name'] })).toBe(
      KILN.replace('  - name: top\n    size: 2\n', '  - size: 2\n'),
    )
  })
  test('the last key of a map goes with the map', () => {
    expect(rewritten('a: 1\nb:\n- 1\n', { kind: 'remove', path: ['b', 0] })).toBe('a: 1\n')
    expect(rewritten('a: 1\nb:\n  c:\n    d: 2\n', { kind: 'remove', path: ['b', 'c', 'd'] })).toBe('a: 1\n')
  })
  test('a map becomes the first item of a list', () => {
    const text = 'spec:\n  where:\n    room: a # one\n'
    expect(rewritten(text, { kind: 'move', path: ['spec', 'where'], to: ['spec', 'places', 0, 'tags'] })).toBe(
      'spec:\n  places:\n    - tags:\n        room: a # one\n',
    )
  })
  test('a value is added behind the others, and into what was empty', () => {
    expect(rewritten('a:\n  b: 1', { kind: 'add', path: ['a', 'c'], value: [{ d: 'x' }] })).toBe(
      'a:\n  b: 1\n  c:\n    - d: x\n',
    )
    expect(rewritten('a: {} # soon\n', { kind: 'add', path: ['a', 'c'], value: 1 })).toBe('a: # soon\n  c: 1\n')
  })
  test('comments inside what is moved stay with it, and those above what is removed go', () => {
    const text = 'a:\n  # one\n  b: 1 # two\n  # three\n  c: 2\n'
    expect(rewritten(text, { kind: 'move', path: ['a', 'b'], to: ['d', 'b'] })).toBe(
      'a:\n  # three\n  c: 2\nd:\n  # one\n  b: 1 # two\n',
    )
    expect(rewritten(text, { kind: 'remove', path: ['a', 'b'] })).toBe('a:\n  # three\n  c: 2\n')
  })
  test('Windows line ends stay', () => {
    expect(rewritten('a: 1\r\nb: 2\r\n', { kind: 'move', path: ['a'], to: ['c'] })).toBe('c: 1\r\nb: 2\r\n')
  })
  test.each<[string, string, Change]>([
    ['an alias in the way', 'a: &x { b: 1 }\nc: *x\n', { kind: 'set', path: ['c', 'b'], value: 2 }],
    ['an anchor that others read', 'a: &x 1\nc: *x\n', { kind: 'set', path: ['a'], value: 2 }],
    [
      'a comment that would lose its place',
      'l:\n- a: 1\n  # about b\n  b: 2\n',
      { kind: 'remove', path: ['l', 0, 'a'] },
    ],
    ['something that is there already', 'a: 1\nb: 2\n', { kind: 'move', path: ['a'], to: ['b'] }],
    ['nothing there', 'a: 1\n', { kind: 'move', path: ['b'], to: ['c'] }],
    ['no YAML', 'a: [\n', { kind: 'remove', path: ['a'] }],
  ])('not with %s', (_, text, change) => {
    expect(rewritten(text, change)).toBe(null)
  })
})

test('a key of a flow map may get another name', () => {
  expect(
    rewritten('spec: { heat: 1, rest: 2 }\n', { kind: 'move', path: ['spec', 'heat'], to: ['spec', 'fire'] }),
  ).toBe('spec: { fire: 1, rest: 2 }\n')
})

test('an object is not touched by changes that cannot be made', () => {
  expect(changed({ a: 1 }, [{ kind: 'move', path: ['b'], to: ['c'] }])).toBe(null)
  expect(changed({ a: 1 }, [{ kind: 'add', path: ['a', 'b'], value: 1 }])).toBe(null)
  expect(changed({ a: 1 }, [{ kind: 'add', path: ['__proto__', 'x'], value: 1 }])).toBe(null)
  expect(({} as { x?: unknown }).x).toBe(undefined)
})

const MAPS = readTool(
  'kiln.yaml',
  `
name: Kiln
maps:
  - from: { apiVersion: fire.example.com/v1, kind: Oven }
    to: { apiVersion: fire.example.com/v2, kind: Kiln }
    at: '>=2.0.0'
    source: https://example.com/notes
    refers: [{ apiVersion: fire.example.com/v2, kind: Shelf, name: spec.shelf }]
    create:
      - if: { path: spec.mode, is: gas }
        object: { apiVersion: fire.example.com/v2, kind: Pipe, metadata: { name: '\${metadata.name}', namespace: '\${metadata.namespace}' } }
    steps:
      - { move: spec.heat, to: spec.fire.heat, text: '{}C' }
      - { move: spec.mode, to: spec.mode, values: { gas: Gas, wood: ~ } }
      - { move: 'spec.racks[].wide', to: 'spec.racks[].width' }
      - { set: spec.count, value: 1 }
      - { drop: spec.old }
      - { prefix: spec.image, with: example.com/, unless: '^[^/]*\\.[^/]*/' }
      - { ask: spec.secret, say: write it elsewhere, matching: plain }
      - note: it gets hot
`,
).maps

const OVEN = `apiVersion: fire.example.com/v1
kind: Oven
metadata:
  name: big
spec:
  heat: 1200
`

function resourcesOf(text: string, file = 'oven.yaml', environment: string | null = 'dev'): Resource[] {
  return splitDocuments(text).map((chunk, document) => {
    const body = yaml(chunk.text)
    const { name } = body.metadata as { name: string }
    const { apiVersion, kind } = body as { apiVersion: string; kind: string }
    const place = { file, document, line: chunk.contentLine, environment, lineOf: () => null }
    return { apiVersion, kind, namespace: null, name, body, ...place }
  })
}

const VALID: Verdict = { status: 'valid', why: [] }

function served(more: Partial<Served> = {}): Served {
  return {
    validate: bodies => bodies.map(() => VALID),
    validateBefore: bodies => bodies.map(() => VALID),
    versions: () => [],
    serves: () => null,
    otherDefaults: () => [],
    fields: () => [],
    ...more,
  }
}

function drafted(text: string, more: Partial<Drafting> = {}): readonly Draft[] {
  const resources = resourcesOf(text)
  return draftsOf({
    resources,
    facts: [],
    maps: MAPS,
    timely: new Set(MAPS),
    environment: 'dev',
    served: served(),
    ...more,
  })
}

function made(text: string, more: Partial<Drafting> = {}) {
  return migrate([{ path: 'oven.yaml', blob: '', text }], new Map(), drafted(text, more), [], [])
}

function textAfter(text: string, more: Partial<Drafting> = {}): string | undefined {
  return made(text, more).files.get('oven.yaml')
}

describe('a map', () => {
  test('turns an object into its successor', () => {
    expect(
      textAfter(`${OVEN}  mode: wood # for now\n  racks:\n  - wide: 3\n  image: kiln/kiln:1\n`),
    ).toBe(`apiVersion: fire.example.com/v2
kind: Kiln
metadata:
  name: big
spec:
  fire:
    heat: 1200C
  racks:
  - width: 3
  image: example.com/kiln/kiln:1
  count: 1
`)
  })
  test('makes further objects, without what the old one does not have', () => {
    const files = textAfter(`${OVEN}  mode: gas\n---\na: 1\n`.replace('a: 1', OVEN.trim().replace('big', 'small')))
    expect(files).toContain(
      'kind: Pipe\nmetadata:\n  name: big\n---\napiVersion: fire.example.com/v2\nkind: Kiln\nmetadata:\n  name: small',
    )
  })
  test('is not offered before its time, and never to what the new side does not serve', () => {
    expect(drafted(OVEN, { timely: new Set() })).toEqual([])
    expect(drafted(OVEN, { served: served({ serves: () => false }) })).toEqual([])
  })
  test('is offered when its kind is new on the new side, or when the object breaks', () => {
    const isNew = served({ serves: side => side === 'after' })
    expect(drafted(OVEN, { timely: new Set(), served: isNew })).toHaveLength(1)
    const facts = resourcesOf(OVEN).map(({ body: _, ...resource }): FactOf<'resource'> => {
      return { kind: 'resource', resource, status: 'broken', why: [{ kind: 'crd-removed', path: '', detail: 'gone' }] }
    })
    expect(drafted(OVEN, { timely: new Set(), facts })).toHaveLength(1)
  })
  test('drops a field only where the new CRD refuses it', () => {
    const text = `${OVEN}  old: 1\n`
    expect(textAfter(text)).toContain('old: 1')
    const refuses = served({
      validate: bodies =>
        bodies.map(({ spec }) =>
          Object.hasOwn(spec as ValueMap, 'old')
            ? { status: 'broken', why: [{ kind: 'unknown-field', path: 'spec.old', detail: 'unknown' }] }
            : VALID,
        ),
    })
    expect(textAfter(text, { served: refuses })).not.toContain('old')
  })
})

describe('a person is asked', () => {
  const asks = (text: string, more: Partial<Drafting> = {}) =>
    drafted(text, more).map(draft => [draft.mechanical, ...draft.asks])

  test('where the map says so, and only for the text that it means', () => {
    expect(asks(`${OVEN}  secret: plain\n`)).toEqual([[false, 'write it elsewhere']])
    expect(asks(`${OVEN}  secret: sealed\n`)).toEqual([[true]])
  })
  test('where the new CRD refuses the result, or nobody could check it', () => {
    const refuses = { status: 'broken' as const, why: [{ kind: 'required', path: 'spec.role', detail: 'is missing' }] }
    expect(asks(OVEN, { served: served({ validate: bodies => bodies.map(() => refuses) }) })).toEqual([
      [false, 'spec.role: is missing'],
    ])
    const unchecked = { status: 'not-checked' as const, why: [] }
    expect(asks(OVEN, { served: served({ validate: bodies => bodies.map(() => unchecked) }) })).toEqual([
      [false, 'fire.example.com/v2 Kiln could not be checked against a CRD'],
    ])
  })
  test('not for what was wrong all along', () => {
    const wrong = {
      status: 'already-broken' as const,
      why: [{ kind: 'unknown-field', path: 'spec.x', detail: 'unknown' }],
    }
    const both = served({
      validate: bodies => bodies.map(() => wrong),
      validateBefore: bodies => bodies.map(() => wrong),
    })
    expect(asks(OVEN, { served: both })).toEqual([[true]])
    expect(asks(OVEN, { served: served({ validate: bodies => bodies.map(() => wrong) }) })).toEqual([
      [false, 'spec.x: unknown'],
    ])
  })
  test('where the outcome stands in the repository already', () => {
    const kiln = OVEN.replace('v1', 'v2').replace('Oven', 'Kiln')
    expect(asks(`${OVEN}---\n${kiln}`)).toEqual([[false, 'Kiln/big stands at oven.yaml:8 already']])
  })
  test('where it needs an object that is not there', () => {
    expect(asks(`${OVEN}  shelf: oak\n`)).toEqual([
      [false, 'it needs Shelf/oak (fire.example.com/v2), which is not there yet'],
    ])
    const shelf = 'apiVersion: fire.example.com/v2\nkind: Shelf\nmetadata:\n  name: oak\n'
    expect(asks(`${OVEN}  shelf: oak\n---\n${shelf}`)).toEqual([[true]])
  })
  test('where other environments still run the old version and share the file', () => {
    const resources = resourcesOf(OVEN, 'oven.yaml', null)
    expect(drafted(OVEN, { resources })[0]?.mechanical).toBe(false)
    expect(drafted(OVEN, { resources, served: served({ serves: () => true }) })[0]?.mechanical).toBe(true)
    expect(drafted(OVEN, { resources: resourcesOf(OVEN, 'oven.yaml', 'prod') })).toEqual([])
  })
  test('where its lines cannot be changed, with an example of the new shape', () => {
    const text = `${OVEN.slice(0, OVEN.indexOf('spec:'))}spec: &hot { heat: 1200 }\nstatus: *hot\n`
    const { files, migrations } = made(text)
    expect(files.size).toBe(0)
    expect(migrations[0]).toMatchObject({ mechanical: false, file: 'oven.yaml', document: 0 })
    expect(migrations[0]?.after).toContain('heat: 1200C')
    expect(migrations[0]?.todo).toHaveLength(1)
  })
})

describe('without a map', () => {
  const facts = (status: FactOf<'resource'>['status']) =>
    resourcesOf(OVEN).map(
      ({ body: _, ...resource }): FactOf<'resource'> => ({ kind: 'resource', resource, status, why: [] }),
    )
  const none = { maps: [] as readonly ObjectMap[], timely: new Set<ObjectMap>() }
  const versions = () => ['v3', 'v2']

  test('a served version that takes the object as it is, is proof enough', () => {
    const onlyV2 = served({
      versions,
      validate: bodies =>
        bodies.map(({ apiVersion }) => (apiVersion === 'fire.example.com/v2' ? VALID : { ...VALID, status: 'broken' })),
    })
    expect(textAfter(OVEN, { ...none, facts: facts('broken'), served: onlyV2 })).toBe(OVEN.replace('v1', 'v2'))
    expect(textAfter(OVEN, { ...none, facts: facts('deprecated'), served: onlyV2 })).toBe(OVEN.replace('v1', 'v2'))
  })
  test('nothing happens to what is well, and nothing is said where no version fits', () => {
    expect(drafted(OVEN, { ...none, facts: facts('valid'), served: served({ versions }) })).toEqual([])
    const refuses = served({ versions, validate: bodies => bodies.map(() => ({ status: 'broken', why: [] })) })
    expect(drafted(OVEN, { ...none, facts: facts('deprecated'), served: refuses })).toEqual([])
  })
  test('what breaks and fits nowhere is left to a person, with the version to go to and what it lacks', () => {
    const why = [{ kind: 'required', path: 'spec.source', detail: 'must be given' }]
    const refuses = served({ versions, validate: bodies => bodies.map(() => ({ status: 'broken', why })) })
    const { files, migrations } = made(OVEN, { ...none, facts: facts('broken'), served: refuses })
    expect([...files]).toEqual([])
    expect(migrations).toMatchObject([
      { mechanical: false, todo: ['spec.source: must be given'], after: OVEN.replace('v1', 'v3') },
    ])
  })
  test('fields that have other names are found by both schemas, in a new version and in its own', () => {
    const takes = (apiVersion: string) =>
      served({
        versions: () => [apiVersion],
        fields: (side, _, path) =>
          path.join('.') !== 'spec' ? [] : side === 'before' ? ['heat', 'mode'] : ['heats', 'mode', 'rest'],
        validate: bodies =>
          bodies.map(({ spec }) =>
            Object.hasOwn(spec as ValueMap, 'heat')
              ? { status: 'broken', why: [{ kind: 'unknown-field', path: 'spec.heat', detail: 'unknown' }] }
              : VALID,
          ),
      })
    const renamed = OVEN.replace('heat: ', 'heats: ')
    expect(textAfter(OVEN, { ...none, facts: facts('broken'), served: takes('v2') })).toBe(renamed.replace('v1', 'v2'))
    expect(textAfter(OVEN, { ...none, facts: facts('broken'), served: takes('v1') })).toBe(renamed)
  })
  test('what breaks in its own version, and has no other name for its fields, is not repeated as an example', () => {
    const why = [{ kind: 'required', path: 'spec.source', detail: 'must be given' }]
    const refuses = served({ validate: bodies => bodies.map(() => ({ status: 'broken', why })) })
    expect(drafted(OVEN, { ...none, facts: facts('broken'), served: refuses })).toEqual([])
    const wrong = { status: 'already-broken' as const, why }
    const both = served({
      validate: bodies => bodies.map(() => wrong),
      validateBefore: bodies => bodies.map(() => wrong),
    })
    expect(drafted(OVEN, { ...none, facts: facts('broken'), served: both })).toEqual([])
  })
  test('a field that is unlike in name is only taken where the new version asks for it', () => {
    const takes = (kind: string) =>
      served({
        versions: () => ['v2'],
        fields: (side, _, path) => (path.join('.') !== 'spec' ? [] : side === 'before' ? ['heat'] : ['temperature']),
        validate: bodies =>
          bodies.map(({ spec }) => {
            const why = [
              { kind: 'unknown-field', path: 'spec.heat', detail: 'is unknown' },
              { kind, path: 'spec.temperature', detail: 'must be given' },
            ]
            return Object.hasOwn(spec as ValueMap, 'heat') ? { status: 'broken', why } : VALID
          }),
      })
    const more = { ...none, facts: facts('broken') }
    expect(textAfter(OVEN, { ...more, served: takes('required') })).toBe(
      OVEN.replace('v1', 'v2').replace('heat: ', 'temperature: '),
    )
    expect(textAfter(OVEN, { ...more, served: takes('enum') })).toBe(undefined)
  })
  test('another default is a question', () => {
    const other = served({ versions, otherDefaults: () => ['`spec.mode` is not set'] })
    expect(drafted(OVEN, { ...none, facts: facts('deprecated'), served: other })[0]).toMatchObject({
      mechanical: false,
      asks: ['`spec.mode` is not set'],
    })
  })
})

test('an item of a List is changed where it stands', () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: fire.example.com/v1\n  kind: Oven\n  metadata: { name: big }\n`
  const body = yaml(list).items as unknown as ValueMap[]
  const [first] = body
  if (!first) throw new Error('no item')
  const resources = [{ ...(resourcesOf(OVEN)[0] as Resource), body: first }]
  const drafts = drafted(OVEN, { resources })
  const { files } = migrate([{ path: 'oven.yaml', blob: '', text: list }], new Map(), drafts, [], [])
  expect(files.get('oven.yaml')).toContain('- apiVersion: fire.example.com/v2\n  kind: Kiln\n')
})

test('a document has one name', () => {
  const [a, b] = resourcesOf(`${OVEN}---\n${OVEN}`)
  expect(a && b && placeKey(a) === placeKey(b)).toBe(false)
})

describe('a value of the chart', () => {
  const move = (line: number, more: Partial<ValueMove> = {}): ValueMove => ({
    file: 'app.yaml',
    line,
    from: ['kiln', 'syncPeriod'],
    to: ['kiln', 'resyncPeriod'],
    why: 'it has another name',
    source: null,
    problems: [],
    ...more,
  })
  const moved = (text: string, one: ValueMove) =>
    migrate([{ path: 'app.yaml', blob: '', text }], new Map(), [], [one], [])

  test('gets its new name where it stands', () => {
    const text = 'spec:\n  values:\n    kiln:\n      syncPeriod:   1m # soon\n'
    const { files, migrations } = moved(text, move(4))
    expect(files.get('app.yaml')).toBe(text.replace('syncPeriod', 'resyncPeriod'))
    expect(migrations).toMatchObject([{ mechanical: true, what: 'kiln.syncPeriod', document: 0, line: 4, todo: [] }])
  })
  test('gets it in a text within the file, and nothing around it changes', () => {
    const text = `a: 1
spec:
  helm:
    values: |
      # ours
      kiln:
        syncPeriod:   1m # soon

      other: |
        syncPeriod: 2
  rest: x # y
`
    expect(moved(text, move(7)).files.get('app.yaml')).toBe(text.replace('syncPeriod:  ', 'resyncPeriod:  '))
    const further = move(7, { to: ['controller', 'resync', 'period'] })
    expect(moved(text, further).files.get('app.yaml')).toBe(
      text
        .replace('      kiln:\n        syncPeriod:   1m # soon\n', '')
        .replace('  rest:', '      controller:\n        resync:\n          period:   1m # soon\n  rest:'),
    )
  })
  test('is left to a person where the chart does not take it, or it stands twice', () => {
    const text = 'kiln:\n  syncPeriod: 1m\n'
    const refused = moved(text, move(2, { problems: ['the new chart does not render with it'] }))
    expect([...refused.files]).toEqual([])
    expect(refused.migrations).toMatchObject([{ mechanical: false, todo: ['the new chart does not render with it'] }])
    const twice = 'a: |\n  kiln:\n    syncPeriod: 1\nb: |\n  kiln:\n    syncPeriod: 2\n'
    expect([...moved(twice, move(99)).files]).toEqual([])
  })
})

test('values whose place objects take come with the objects, in the namespace of the install', () => {
  const [rule] = readTool(
    'kiln.yaml',
    `name: Kiln
valueObjects:
  - entering: '>=2.0.0'
    key: config
    each: pools
    say: put them somewhere
    source: https://example.com/notes
    create: [{ if: { path: hot, is: true }, object: { apiVersion: a/v1, kind: Pool, metadata: { name: '\${name}', namespace: '\${namespace}' }, spec: { at: '\${at}' } } }]
`,
  ).valueObjects
  if (!rule) throw new Error('no rule')
  const tree = yaml('config: { pools: [{ name: a, hot: true, at: [1] }, { name: b, hot: false, at: [2] }, nothing] }')
  const values = [{ kind: 'values' as const, file: 'values.yaml', tree, lines: new Map([['["config"]', 3]]) }]
  expect(valueObjects([anInstall({ values, namespace: 'studio' })], [rule])).toMatchObject([
    {
      mechanical: false,
      what: 'config',
      line: 3,
      todo: ['put them somewhere'],
      after: 'apiVersion: a/v1\nkind: Pool\nmetadata:\n  name: a\n  namespace: studio\nspec:\n  at:\n    - 1\n',
    },
  ])
  expect(valueObjects([anInstall()], [rule])).toEqual([])
})

describe('whatever stands in a file', () => {
  const line = fc.constantFrom(
    'a: 1',
    'b:',
    '  c: 2 # two',
    '  - d: 3',
    '- e',
    '  f: |',
    '    g',
    "'h': {i: 1}",
    '? j',
    ': k',
    'a: &x 1',
    'l: *x',
    '<<: *x',
    '# m',
    '',
    '\t',
    'n: "o',
    '--- p',
    '[q]: r',
    'null: 1',
    '~:',
    '  b: [1, 2]',
    '%YAML 1.1',
  )
  const step = fc.constantFrom<string | number>('a', 'b', 'c', 'd', 'f', 'h', 'i', 'l', 'null', '', 0, 1)
  const path = fc.array(step, { minLength: 1, maxLength: 4 })
  const change = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), path, value: fc.constantFrom('x', 'true', 7, null, ['y']) }),
    fc.record({ kind: fc.constant('add' as const), path, value: fc.constantFrom('x', 'true', 7, { z: [1] }, ['y']) }),
    fc.record({ kind: fc.constant('remove' as const), path }),
    fc.record({ kind: fc.constant('move' as const), path, to: path }),
  )

  test('a change is made right or not at all', () => {
    let made = 0
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (lines, changes) => {
          const text = lines.join('\n')
          const done = rewriteDocument(text, 0, { prefix: [], changes, created: [] })
          if (done === null) return
          made++
          const [before, after] = [text, done.file].map(each => yaml(splitDocuments(each)[0]?.text ?? ''))
          expect(after).toEqual(changed(before as ValueMap, changes))
        },
      ),
      { numRuns: 30_000, seed: 7 },
    )
    expect(made).toBeGreaterThan(100)
  })
})

describe('what is written in flow style', () => {
  const move: Change = { kind: 'move', path: ['spec', 'heat'], to: ['fire', 'heat'] }
  const moved = (text: string, document = 0) =>
    rewriteDocument(text, document, { prefix: [], changes: [move], created: [] })?.file ?? null

  test('is patched, and every other line stays as it is', () => {
    const text = '# an oven\nkind: Oven # big\nspec: { heat: 1, rest: "2" } # hot\n'
    expect(moved(text)).toBe('# an oven\nkind: Oven # big\nspec: { rest: "2" } # hot\nfire:\n  heat: 1\n')
  })

  test('in one document of several, too', () => {
    expect(moved('a: 1\n---\nspec: { heat: 1, rest: 2 }\n', 1)).toBe('a: 1\n---\nspec: { rest: 2 }\nfire:\n  heat: 1\n')
  })

  test.each([
    ['another line would be printed anew', 'spec: { heat: 1, rest: 2 }\nwide:   [ a,b ]\n'],
    ['a comment would be lost', 'spec: {\n  heat: 1, # hot\n  rest: 2 }\n'],
    ['line ends would change', 'a: 1\r\nb: 2\r\nspec: { heat: 1, rest: 2 }\r\n'],
    ['something is anchored', 'a: &x 1\nb: *x\nspec: { heat: 1, rest: 2 }\n'],
  ])('is left alone where %s', (_, text) => {
    expect(moved(text)).toBe(null)
  })
})
