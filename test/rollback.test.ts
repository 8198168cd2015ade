import { expect, test } from 'vitest'
import type { CrdChangeKind, Fact } from '../src/model.ts'
import { rollback } from '../src/plan/rollback.ts'

const change = (kind: CrdChangeKind, path: string, crd = 'kilns.example.com'): Fact => ({ kind, crd, path, detail: '' })

test.each<[string, readonly Fact[], boolean]>([
  ['nothing', [], true],
  ['a storage version that both releases know', [change('storage-version-changed', 'v1')], true],
  ['one that is new', [change('version-added', 'v1'), change('storage-version-changed', 'v1')], false],
  [
    'one that is known, beside a new one',
    [change('version-added', 'v2'), change('storage-version-changed', 'v1')],
    true,
  ],
  [
    'one that is new in another CRD',
    [change('version-added', 'v1', 'b.c'), change('storage-version-changed', 'v1')],
    true,
  ],
  ['a version that is gone', [change('version-removed', 'v1')], false],
])('going back after %s', (_, facts, possible) => {
  expect(rollback(facts).possible).toBe(possible)
})
