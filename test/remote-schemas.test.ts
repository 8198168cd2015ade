import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Chart, Install, Looked, Value, ValueMap } from '../src/model.ts'
import { bundleSchemas } from '../src/outside/helm/remote-schemas.ts'
import { createRenderer, RENDER_LIMITS } from '../src/outside/helm/render.ts'
import { findHelm, type Tool } from '../src/outside/helm/tools.ts'
import { aChart } from './support/plans.ts'

let dir = ''
let helm: Tool = { path: '', version: '', origin: 'env' }
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'schemas-test-'))
  const found = await findHelm(process.env)
  if (!found.ok) throw new Error(found.reason)
  helm = found.value
}, 60_000)
afterAll(() => rm(dir, { recursive: true, force: true }))

const DRAFTS = {
  4: 'http://json-schema.org/draft-04/schema#',
  7: 'http://json-schema.org/draft-07/schema#',
  2019: 'https://json-schema.org/draft/2019-09/schema',
  2020: 'https://json-schema.org/draft/2020-12/schema',
} as const

/** A web of schemas by address; everything else is not there. `asked` is the list of addresses in the order of asking. */
function web(pages: Record<string, Value>) {
  const asked: string[] = []
  const fetch = async (url: string): Promise<Looked<string>> => {
    asked.push(url)
    const page = pages[url]
    if (page === undefined) return { ok: false, reason: '404 Not Found', retry: false }
    return { ok: true, value: typeof page === 'string' ? page : JSON.stringify(page) }
  }
  return { asked, fetch }
}

function chart(schema: Value): Chart {
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.2.3\n',
    'templates/it.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: it}\n',
    'values.schema.json': JSON.stringify(schema),
  }
  return aChart({ schema, files: new Map(Object.entries(files)) })
}

/** `valid`, or why helm or we refused the values. */
async function check(schema: Value, fetch: (url: string) => Promise<Looked<string>>, tree: ValueMap): Promise<string> {
  const renderer = createRenderer({ helm, fetchSchema: fetch, scratch: join(dir, 'scratch'), limits: RENDER_LIMITS })
  const install: Install = {
    engine: 'flux',
    name: 'web',
    namespace: 'prod',
    values: [{ kind: 'values', file: 'v.yaml', tree, lines: new Map() }],
    crds: 'applied',
    file: 'web.yaml',
    line: 1,
  }
  const render = await renderer.render(chart(schema), install, null)
  return render.ok ? 'valid' : render.reason
}

async function bundled(schema: Value, fetch: (url: string) => Promise<Looked<string>>) {
  return bundleSchemas(new Map([['values.schema.json', Buffer.from(JSON.stringify(schema))]]), fetch)
}

describe('a chart whose schema points at other schemas', () => {
  test('is validated by helm through two levels, relative references included', async () => {
    const { asked, fetch } = web({
      'https://schemas.example.com/lib/v4/values.schema.json': {
        $schema: DRAFTS[2020],
        type: 'object',
        properties: { controllers: { additionalProperties: { $ref: 'parts/controller.json#/$defs/instance' } } },
      },
      'https://schemas.example.com/lib/v4/parts/controller.json': {
        $defs: {
          instance: { properties: { replicas: { $ref: '#/$defs/count' }, up: { $ref: '../values.schema.json' } } },
          count: { type: 'integer' },
        },
      },
    })
    const schema = { $schema: DRAFTS[2020], $ref: 'https://schemas.example.com/lib/v4/values.schema.json' }
    expect(await check(schema, fetch, { controllers: { main: { replicas: 2 } } })).toBe('valid')
    expect(asked).toEqual([
      'https://schemas.example.com/lib/v4/values.schema.json',
      'https://schemas.example.com/lib/v4/parts/controller.json',
    ])
    expect(await check(schema, fetch, { controllers: { main: { replicas: 'two' } } })).toBe(
      "rendering demo 1.2.3: helm exited 1: values don't meet the specifications of the schema(s) in the following chart(s):\ndemo:\n- at '/controllers/main/replicas': got string, want integer",
    )
    expect(
      await check(schema, fetch, { controllers: { main: { up: { controllers: { x: { replicas: 'x' } } } } } }),
    ).toContain("at '/controllers/main/up/controllers/x/replicas'")
  })

  test('is validated through the base that its own $id gives', async () => {
    const { fetch } = web({ 'https://schemas.example.com/a/count.json': { type: 'integer' } })
    const schema = {
      $schema: DRAFTS[2020],
      $id: 'https://schemas.example.com/a/values.schema.json',
      properties: { n: { $ref: 'count.json' }, self: { $ref: 'https://schemas.example.com/a/values.schema.json' } },
    }
    expect(await check(schema, fetch, { n: 1, self: { n: 2 } })).toBe('valid')
    expect(await check(schema, fetch, { self: { n: 'x' } })).toContain("at '/self/n': got string, want integer")
  })

  test('is validated when a fetched schema calls itself something else', async () => {
    const { asked, fetch } = web({
      'https://mirror.example.com/raw/main.json': {
        $id: 'https://schemas.example.com/v1/main.json',
        properties: { n: { $ref: 'count.json' }, deep: { $ref: 'https://schemas.example.com/v1/main.json' } },
      },
      'https://schemas.example.com/v1/count.json': { type: 'integer' },
    })
    const schema = { $ref: 'https://mirror.example.com/raw/main.json' }
    expect(await check(schema, fetch, { deep: { deep: { n: 'x' } } })).toContain("at '/deep/deep/n': got string")
    expect(asked).toEqual(['https://mirror.example.com/raw/main.json', 'https://schemas.example.com/v1/count.json'])
  })

  // Helm's validator misreads an embedded `definitions` of draft 2019-09 when the root is of another draft; it knows $defs.
  const pairs = [4, 7, 2019, 2020].flatMap(root => [4, 7, 2019, 2020].map(other => [root, other] as const))
  test.each(pairs)(
    'is validated when it is of draft %s and the other, of draft %s, begins with a $ref',
    async (root, other) => {
      const draft = (version: number) => DRAFTS[version as keyof typeof DRAFTS]
      const definitions = other < 2019 ? 'definitions' : '$defs'
      const { fetch } = web({
        'https://schemas.example.com/a.json': {
          $schema: draft(other),
          $ref: 'b.json',
          [definitions]: { n: { type: 'integer' } },
        },
        'https://schemas.example.com/b.json': {
          $schema: draft(other),
          properties: { n: { $ref: `a.json#/${definitions}/n` } },
        },
      })
      const schema = { $schema: draft(root), $ref: 'https://schemas.example.com/a.json' }
      expect(await check(schema, fetch, { n: 1 })).toBe('valid')
      expect(await check(schema, fetch, { n: 'x' })).toContain("at '/n': got string, want integer")
    },
  )

  test('keeps the meaning of each draft: exclusiveMinimum is a flag in draft 4 only', async () => {
    const { fetch } = web({
      'https://schemas.example.com/old.json': { $schema: DRAFTS[4], minimum: 5, exclusiveMinimum: true },
    })
    const schema = { $schema: DRAFTS[2020], properties: { n: { $ref: 'https://schemas.example.com/old.json' } } }
    expect(await check(schema, fetch, { n: 6 })).toBe('valid')
    expect(await check(schema, fetch, { n: 5 })).toContain("at '/n'")
  })

  test('is not rendered when one of them cannot be fetched, and the reason names it', async () => {
    const { fetch } = web({ 'https://schemas.example.com/a.json': { $ref: 'b.json' } })
    expect(await check({ $ref: 'https://schemas.example.com/a.json' }, fetch, {})).toBe(
      'rendering demo 1.2.3: values.schema.json cannot be used to check the values: it needs https://schemas.example.com/b.json, which could not be fetched: 404 Not Found',
    )
  })
})

describe('what is refused', () => {
  test.each([
    ['file:///etc/passwd', 'refers to file:///etc/passwd, and only https and http are fetched'],
    ['/dev/zero', 'refers to file:///dev/zero'],
    ['other.json', 'refers to file:///other.json'],
    ['ftp://schemas.example.com/a.json', 'refers to ftp://'],
    ['https://[', 'is no reference'],
  ])('a reference to %s', async ($ref, why) => {
    const { asked, fetch } = web({})
    const answer = await bundled({ properties: { a: { $ref } } }, fetch)
    expect(answer.ok === false && answer.reason).toContain(why)
    expect(asked).toEqual([])
  })

  test('a reference of a fetched schema to a file', async () => {
    const { asked, fetch } = web({ 'https://schemas.example.com/a.json': { $ref: 'file:///etc/shadow' } })
    const answer = await bundled({ $ref: 'https://schemas.example.com/a.json' }, fetch)
    expect(answer.ok === false && answer.reason).toContain('refers to file:///etc/shadow')
    expect(asked).toEqual(['https://schemas.example.com/a.json'])
  })

  test('a draft that helm would have to fetch', async () => {
    const answer = await bundled({ $schema: 'https://schemas.example.com/my-draft' }, web({}).fetch)
    expect(answer.ok === false && answer.reason).toContain('is no draft that helm knows')
  })

  test('an answer that is no JSON, and one that is too large', async () => {
    const page = 'https://schemas.example.com/a.json'
    const html = await bundled({ $ref: page }, web({ [page]: '<html>' }).fetch)
    expect(html.ok === false && html.reason).toContain(`the schema ${page} is not JSON`)
    const large = await bundled({ $ref: page }, web({ [page]: `"${'x'.repeat(5 * 2 ** 20)}"` }).fetch)
    expect(large.ok === false && large.reason).toContain(`the schema ${page} is larger than 5 MiB`)
  })

  test('a chain of references without end, and very many of them', async () => {
    let asked = 0
    const endless = async (): Promise<Looked<string>> => ({
      ok: true,
      value: JSON.stringify({ $ref: `${++asked}.json` }),
    })
    const chain = await bundled({ $ref: 'https://schemas.example.com/0.json' }, endless)
    expect(chain.ok === false && chain.reason).toContain('more than 10 schemas in a row')
    expect(asked).toBe(10)
    const refs = Array.from({ length: 201 }, (_, i) => ({ $ref: `https://schemas.example.com/${i}.json` }))
    const many = await bundled({ allOf: refs }, async () => ({ ok: true, value: 'true' }))
    expect(many.ok === false && many.reason).toContain('more than 200 other schemas')
  })

  test('a schema nested so deep that reading it would exhaust the stack', async () => {
    const deep = `${'{"not":'.repeat(5000)}{}${'}'.repeat(5000)}`
    const answer = await bundleSchemas(new Map([['values.schema.json', Buffer.from(deep)]]), web({}).fetch)
    expect(answer.ok === false && answer.reason).toContain('nested deeper than 200 levels')
  })

  test('asking later can help only when the address did not answer', async () => {
    const later = await bundled({ $ref: 'https://schemas.example.com/a.json' }, async () => ({
      ok: false,
      reason: 'timeout',
      retry: true,
    }))
    expect(later).toMatchObject({ ok: false, retry: true })
    expect(await bundled({ $ref: 'file:///x' }, web({}).fetch)).toMatchObject({ ok: false, retry: false })
  })
})

describe('what is left alone', () => {
  test('a schema without references to elsewhere stays byte for byte', async () => {
    const text =
      '{ "$schema": "http://json-schema.org/draft-07/schema#",\n "$ref": "#/definitions/a", "definitions": {"a": {"$id": "https://schemas.example.com/inner.json"}, "b": {"$ref": "https://schemas.example.com/inner.json"}, "c": {"$ref": "http://json-schema.org/draft-07/schema#"}} }'
    const { asked, fetch } = web({})
    const answer = await bundleSchemas(new Map([['values.schema.json', Buffer.from(text)]]), fetch)
    expect(answer.ok && answer.value.get('values.schema.json')?.toString()).toBe(text)
    expect(asked).toEqual([])
  })

  test('words that only look like references: property names and data', async () => {
    const { asked, fetch } = web({})
    const schema = {
      properties: { $ref: { type: 'string' }, default: { type: 'string' } },
      default: { $ref: 'https://schemas.example.com/data.json' },
      enum: [{ $ref: 'https://schemas.example.com/data.json' }],
    }
    expect((await bundled(schema, fetch)).ok).toBe(true)
    expect(asked).toEqual([])
  })

  test('files that are no schema of a chart; the schemas of subcharts are taken', async () => {
    const { asked, fetch } = web({ 'https://schemas.example.com/sub.json': true })
    const sub = Buffer.from('{"$ref": "https://schemas.example.com/sub.json"}')
    const other = Buffer.from('{"$ref": "https://schemas.example.com/other.json"}')
    const files = new Map([
      ['charts/a/charts/b/values.schema.json', sub],
      ['files/values.schema.json', other],
    ])
    const answer = await bundleSchemas(files, fetch)
    expect(answer.ok && answer.value.get('files/values.schema.json')).toBe(other)
    expect(asked).toEqual(['https://schemas.example.com/sub.json'])
  })
})
