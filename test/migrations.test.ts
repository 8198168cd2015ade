import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compare } from '../src/compare/index.ts'
import type { Migration, Path, Value, ValueMap } from '../src/model.ts'
import { readCaseFolder } from '../src/outside/local/case-folder.ts'
import { migrate } from '../src/plan/migrate.ts'
import { splitDocuments } from '../src/text/documents.ts'
import { readYaml } from '../src/text/yaml.ts'
import { draftsFor, examplesFor, movesFor, movingTools } from '../src/walk/across.ts'
import { testCrd, wrongWith } from './support/structural.ts'

/** Real upgrades with their CRDs, kept beside the checkout; too large to be a part of it. */
const TRUTH = join(import.meta.dirname, '../../shared/truth')
const FIXTURES = join(import.meta.dirname, '../manifests-fixtures/migrations')
const REAL = readdirSync(FIXTURES).filter(name => !existsSync(join(FIXTURES, name, 'crds-after')))
const OWN = readdirSync(FIXTURES).filter(name => existsSync(join(FIXTURES, name, 'crds-after')))
const THERE = existsSync(TRUTH)
if (!THERE)
  console.warn(
    'NOT CHECKED: the CRDs of real upgrades are not beside this checkout, half of test/migrations.test.ts is skipped',
  )

type Outcome = { readonly files: ReadonlyMap<string, string>; readonly migrations: readonly Migration[] }

async function migrated(dir: string): Promise<Outcome> {
  const { comparison, files, named } = readCaseFolder(dir)
  const facts = compare(comparison)
  const moving = movingTools(comparison, named)
  const moves = await movesFor(comparison, facts, moving, async part => (part.after.ok ? part.after.value.renders : []))
  return migrate(files, new Map(), draftsFor(comparison, facts, moving, files), moves, examplesFor(comparison, moving))
}

/** Every file below a folder, by its path from there. */
function filesBelow(dir: string, prefix = ''): Record<string, string> {
  const entries = existsSync(dir) ? readdirSync(dir, { withFileTypes: true }) : []
  return Object.assign(
    {},
    ...entries.map(entry => {
      const path = `${prefix}${entry.name}`
      const at = join(dir, entry.name)
      return entry.isDirectory() ? filesBelow(at, `${path}/`) : { [path]: readFileSync(at, 'utf8') }
    }),
  )
}

function documents(text: string): ValueMap[] {
  return splitDocuments(text).flatMap(chunk => {
    const read = readYaml(chunk.text)
    return read.ok && read.value !== null ? [read.value as ValueMap] : []
  })
}

function crdsIn(dir: string) {
  return Object.values(filesBelow(dir))
    .flatMap(documents)
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
    .map(testCrd)
}

/** Every scalar of an object, as text: where it stands does not count. */
function scalars(value: Value, path: Path = []): string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => scalars(item, [...path, i]))
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, child]) => scalars(child, [...path, key]))
  }
  return [String(value)]
}

describe.each(OWN)('%s', name => {
  const dir = join(FIXTURES, name)
  test('comes out as the folder says', async () => {
    const { files } = await migrated(dir)
    expect(Object.fromEntries(files)).toEqual(filesBelow(join(dir, 'migrated')))
  })
  test('leaves to people what the folder says', async () => {
    const { migrations } = await migrated(dir)
    const todo = migrations.flatMap(({ what, todo: left }) => left.map(line => `${what}: ${line}`))
    expect(todo).toEqual(readFileSync(join(dir, 'todo.txt'), 'utf8').trim().split('\n').filter(Boolean))
  })
})

describe.skipIf(!THERE).each(REAL)('%s', name => {
  const dir = join(TRUTH, name)
  const crds = crdsIn(join(dir, 'crds-after'))

  test('comes out as the folder says', async () => {
    const { files } = await migrated(dir)
    expect(Object.fromEntries(files)).toEqual(filesBelow(join(FIXTURES, name)))
  })

  test('is taken by the new CRDs, in the opinion of another validator', async () => {
    const { migrations } = await migrated(dir)
    for (const { mechanical, before, after, what } of migrations.filter(one => /^[A-Z]/.test(one.what))) {
      if (!mechanical) continue
      const known = new Set(documents(before).flatMap(body => wrongWith(body, crdsIn(join(dir, 'crds-before'))) ?? []))
      for (const body of documents(after)) {
        const wrong = wrongWith(body, crds)
        expect([what, wrong?.filter(line => !known.has(line))]).toEqual([what, []])
      }
    }
  })

  test('keeps every comment and every value that still means something', async () => {
    const { migrations } = await migrated(dir)
    for (const { mechanical, before, after } of migrations) {
      if (!mechanical) continue
      const comments = (text: string) => text.match(/#.*$/gm) ?? []
      for (const comment of comments(before)) expect(comments(after)).toContain(comment)
      const now = documents(after)
        .flatMap(body => scalars(body))
        .join('\n')
      const [old] = documents(before)
      const { apiVersion: _, kind: __, ...rest } = old ?? {}
      const lost = scalars(rest).filter(text => !now.includes(text))
      // Words that the maps translate: `rsa` is `RSA`, a group with its version is a group, the protocol is a kind of its own.
      expect(
        lost.filter(text => !/^(?:rsa|WhenUnderutilized|karpenter\.k8s\.aws\/v1beta1|layer2)$/.test(text)),
      ).toEqual([])
    }
  })
})
