import { describe, expect, test } from 'vitest'
import { shifts } from '../src/choose/changed.ts'
import { DEFAULT_POLICY } from '../src/config/defaults.ts'
import { isReviewed, leftOut, reviewInputs, type Seen } from '../src/decide/review.ts'
import { detect } from '../src/detect/index.ts'
import type { LeftOut, Pin, Plan, Review, Tree } from '../src/model.ts'
import { review } from '../src/report/review.ts'
import { readReviewNote, writeReviewNote } from '../src/report/review-note.ts'
import { aMigration, aPin, aPlan, planned } from './support/plans.ts'

const OLD = `sha256:${'1'.repeat(64)}`
const NEW = `sha256:${'2'.repeat(64)}`
const OTHER = `sha256:${'3'.repeat(64)}`

/** A pin somewhere in a file; the place differs, so that only its name can tell that it is the same. */
function at(version: string, line: number, more: Partial<Pin> = {}): Pin {
  return aPin(version, {
    place: { file: 'dev/beacon.yaml', line, column: 1, start: line * 100, end: line * 100 + 5 },
    ...more,
  })
}

const text = (all: ReturnType<typeof shifts>) =>
  all.map(({ pin, to }) => `${pin.place.line} ${pin.version} → ${to.version} ${to.digest ?? ''}`.trim())

describe('what a pull request moves', () => {
  test('a version that changed, wherever its line is now', () => {
    expect(text(shifts([at('1.0.0', 9)], [at('1.0.0', 9)], [at('2.0.0', 42)]))).toEqual(['9 1.0.0 → 2.0.0'])
  })

  test('nothing where nothing changed, in another component or in another file', () => {
    const now = [at('1.0.0', 9)]
    expect(shifts(now, now, [at('1.0.0', 12)])).toEqual([])
    expect(shifts(now, now, [at('2.0.0', 9, { component: 'buoy' })])).toEqual([])
    const elsewhere = { ...at('2.0.0', 9), place: { ...at('2.0.0', 9).place, file: 'prod/beacon.yaml' } }
    expect(shifts(now, now, [elsewhere])).toEqual([])
  })

  test('what others merged since it was made is not undone by it', () => {
    const stale = [at('1.0.0', 1), at('5.0.0', 2, { component: 'buoy' })]
    const now = [at('1.1.0', 1), at('5.0.0', 2, { component: 'buoy' })]
    const head = [at('1.0.0', 1), at('6.0.0', 2, { component: 'buoy' })]
    expect(text(shifts(now, stale, head))).toEqual(['2 5.0.0 → 6.0.0'])
  })

  test('what the default branch has already is no change', () => {
    expect(shifts([at('2.0.0', 1)], [at('1.0.0', 1)], [at('2.0.0', 1)])).toEqual([])
  })

  test('starts from what the default branch has now, not from what it had', () => {
    expect(text(shifts([at('1.1.0', 1)], [at('1.0.0', 1)], [at('2.0.0', 1)]))).toEqual(['1 1.1.0 → 2.0.0'])
  })

  test('one of two places with one name, told apart by their order', () => {
    const now = [at('1.0.0', 1), at('1.0.0', 5)]
    expect(text(shifts(now, now, [at('1.0.0', 1), at('2.0.0', 5)]))).toEqual(['5 1.0.0 → 2.0.0'])
  })

  test('a place that is new beside one that moves', () => {
    const now = [at('1.0.0', 1)]
    expect(text(shifts(now, now, [at('2.0.0', 1), at('2.0.0', 7)]))).toEqual(['1 1.0.0 → 2.0.0'])
    expect(shifts(now, now, [at('1.0.0', 1), at('2.0.0', 7)])).toEqual([])
  })

  test('nothing, where a place came in front of those that stay', () => {
    const now = [at('1.0.0', 1), at('3.0.0', 5)]
    expect(shifts(now, now, [at('9.0.0', 1), at('1.0.0', 4), at('3.0.0', 8)])).toEqual([])
  })

  test('a digest that changed, that came, and that went', () => {
    const place = { file: 'dev/beacon.yaml', line: 1, column: 20, start: 120, end: 191 }
    const [old, next] = [
      { value: OLD, place },
      { value: NEW, place },
    ]
    const plain = [at('1.0.0', 1)]
    const pinned = [at('1.0.0', 1, { digest: old })]
    expect(text(shifts(pinned, pinned, [at('1.0.0', 1, { digest: next })]))).toEqual([`1 1.0.0 → 1.0.0 ${NEW}`])
    expect(text(shifts(plain, plain, pinned))).toEqual([`1 1.0.0 → 1.0.0 ${OLD}`])
    expect(text(shifts(pinned, pinned, [at('2.0.0', 1)]))).toEqual(['1 1.0.0 → 2.0.0'])
  })

  test('a version in the address of its source', () => {
    const url = (version: string) =>
      at(version, 1, { source: { type: 'url', url: `https://example.com/${version}/all.yaml`, chart: null } })
    expect(text(shifts([url('v1.0.0')], [url('v1.0.0')], [url('v1.1.0')]))).toEqual(['1 v1.0.0 → v1.1.0'])
  })
})

function tree(commit: string, files: Readonly<Record<string, string>>): Tree {
  const all = Object.entries(files).map(([path, text]) => ({ path, blob: `${path} ${text}`, text }))
  return { commit, files: all, skipped: [] }
}

function seen(files: Readonly<Record<string, string>>): Seen {
  const whole = tree('c', files)
  return { tree: whole, pins: detect(whole, DEFAULT_POLICY).pins }
}

const RELEASE = (version: string, values: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: demo, namespace: flux-system }
spec: { url: "https://charts.example.com" }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: beacon, namespace: beacon }
spec:
  chart:
    spec:
      chart: beacon
      version: ${version}
      sourceRef: { kind: HelmRepository, name: demo, namespace: flux-system }
  values:
    ${values}
`
const KILN = (version: string, more = '') =>
  `apiVersion: fire.example.com/${version}\nkind: Kiln\nmetadata: { name: big }\n${more}`

describe('what a pull request leaves out', () => {
  const now = seen({ 'dev/beacon.yaml': RELEASE('1.0.0', 'period: 1m'), 'dev/kiln.yaml': KILN('v1') })
  const value = aMigration({
    file: 'dev/beacon.yaml',
    document: 1,
    what: 'period',
    before: '',
    after: RELEASE('2.0.0', 'resync: 1m').split('---\n')[1] ?? '',
  })
  const kiln = aMigration({ file: 'dev/kiln.yaml', document: 0, before: KILN('v1'), after: KILN('v2') })
  const plan = aPlan({ edits: [], migrations: [value, kiln] })

  function left(head: Readonly<Record<string, string>>, fork: Seen = now, of: Plan = plan): readonly string[] {
    const heads = seen(head)
    const moves = shifts(now.pins, fork.pins, heads.pins)
    return leftOut(of, moves, { now, fork, head: heads }).map(words)
  }
  const words = (one: LeftOut) =>
    one.kind === 'migration'
      ? `${one.migration.what}${one.instead ? ' instead' : ''}`
      : one.kind === 'edit'
        ? `${one.edit.from} ${one.instead}`
        : one.kind

  test('every migration, where only the version moves', () => {
    expect(left({ 'dev/beacon.yaml': RELEASE('2.0.0', 'period: 1m'), 'dev/kiln.yaml': KILN('v1') })).toEqual([
      'period',
      'Kiln/big',
    ])
  })

  test('nothing, where a person made them in the same pull request, in another order and with a comment', () => {
    const reordered = `# moved by hand\nkind: Kiln\napiVersion: fire.example.com/v2\nmetadata: { name: big }\n`
    expect(left({ 'dev/beacon.yaml': RELEASE('2.0.0', 'resync: 1m'), 'dev/kiln.yaml': reordered })).toEqual([])
  })

  test('a document that is changed in another way is told from one that is not touched', () => {
    expect(
      left({ 'dev/beacon.yaml': RELEASE('2.0.0', 'period: 5m'), 'dev/kiln.yaml': KILN('v2', 'spec: { heat: 1 }\n') }),
    ).toEqual(['period instead', 'Kiln/big instead'])
  })

  test('of a migration that makes two documents, one is not enough', () => {
    const two = { ...kiln, after: `${KILN('v2')}---\n${KILN('v2').replace('big', 'small')}` }
    const of = aPlan({ edits: [], migrations: [two] })
    expect(left({ 'dev/kiln.yaml': KILN('v2') }, now, of)).toEqual(['Kiln/big instead'])
    expect(left({ 'dev/kiln.yaml': two.after }, now, of)).toEqual([])
  })

  test('a document that only others have changed since is not touched by it', () => {
    const fork = seen({ 'dev/beacon.yaml': RELEASE('1.0.0', 'period: 9m'), 'dev/kiln.yaml': KILN('v1', 'spec: {}\n') })
    const head = { 'dev/beacon.yaml': RELEASE('2.0.0', 'period: 9m'), 'dev/kiln.yaml': KILN('v1', 'spec: {}\n') }
    expect(left(head, fork)).toEqual(['period', 'Kiln/big'])
  })

  test('a file that it deletes is a change of its own', () => {
    expect(left({ 'dev/beacon.yaml': RELEASE('2.0.0', 'resync: 1m') })).toEqual(['Kiln/big instead'])
  })

  test('what a person has to do is not asked of it; where one may have done it, that is said', () => {
    const byHand = aPlan({ edits: [], migrations: [{ ...kiln, mechanical: false }] })
    expect(left({ 'dev/kiln.yaml': KILN('v1') }, now, byHand)).toEqual([])
    expect(left({ 'dev/kiln.yaml': KILN('v2', 'spec: { heat: 1 }\n') }, now, byHand)).toEqual(['Kiln/big instead'])
  })

  test('a digest beside the version: moved, left behind, another one, and none at all', () => {
    const place = { file: 'dev/beacon.yaml', line: 1, column: 20, start: 120, end: 191 }
    const pin = at('1.0.0', 1, { digest: { value: OLD, place } })
    const both = aPlan({
      edits: [
        { place: pin.place, from: '1.0.0', to: '2.0.0' },
        { place, from: OLD, to: NEW },
      ],
    })
    const of = (digest: string | null) =>
      leftOut(both, [{ pin, to: { version: '2.0.0', digest } }], { now, fork: now, head: now }).map(words)
    expect([of(NEW), of(OLD), of(OTHER), of(null)]).toEqual([[], [`${OLD} null`], [`${OLD} ${OTHER}`], [`${OLD} `]])
  })

  test('a lock file that stays as it is; one that is written anew is taken as right', () => {
    const lock = { file: 'dev/Chart.lock', line: 3, column: 1, start: 10, end: 15 }
    const of = aPlan({ edits: [{ place: lock, from: '1.0.0', to: '2.0.0' }] })
    const [before, after] = [seen({ 'dev/Chart.lock': 'old' }), seen({ 'dev/Chart.lock': 'new' })]
    expect(leftOut(of, [], { now: before, fork: before, head: before }).map(words)).toEqual(['1.0.0 null'])
    expect(leftOut(of, [], { now: before, fork: before, head: after })).toEqual([])
  })
})

describe('what a review depends on', () => {
  const files = { 'dev/beacon.yaml': RELEASE('1.0.0', 'period: 1m'), 'dev/kiln.yaml': KILN('v1') }
  const buoy = (version: string) => RELEASE(version, 'period: 1m').replaceAll('beacon', 'buoy')
  const now = seen({ ...files, 'dev/buoy.yaml': buoy('5.0.0') })
  const moves = shifts(now.pins, now.pins, seen({ ...files, 'dev/beacon.yaml': RELEASE('2.0.0', 'period: 1m') }).pins)
  const of = (head: string, on: Seen, policy = DEFAULT_POLICY) => reviewInputs(head, moves, on, policy)

  test('not on versions of other things, but on everything else of theirs', () => {
    const bumped = seen({ ...files, 'dev/buoy.yaml': buoy('5.1.0') })
    const changed = seen({ ...files, 'dev/buoy.yaml': buoy('5.0.0').replace('1m', '2m') })
    expect(of('a', bumped)).toBe(of('a', now))
    expect(of('a', changed)).not.toBe(of('a', now))
  })

  test('on the head, the policy, and the version that it starts from', () => {
    expect(of('b', now)).not.toBe(of('a', now))
    expect(of('a', now, { ...DEFAULT_POLICY, dashboard: false })).not.toBe(of('a', now))
    const ahead = seen({ ...files, 'dev/beacon.yaml': RELEASE('1.5.0', 'period: 1m'), 'dev/buoy.yaml': buoy('5.0.0') })
    expect(of('a', ahead)).not.toBe(of('a', now))
  })
})

test('only the bots that policy names, and never a fork', () => {
  const pull = { number: 1, author: 'renovate[bot]', head: 'a', isFork: false }
  expect(isReviewed(pull, DEFAULT_POLICY)).toBe(true)
  expect(isReviewed({ ...pull, isFork: true }, DEFAULT_POLICY)).toBe(false)
  expect(isReviewed({ ...pull, author: 'renovate' }, DEFAULT_POLICY)).toBe(false)
  expect(isReviewed(pull, { ...DEFAULT_POLICY, review: [] })).toBe(false)
})

describe('what is said', () => {
  const READ = { head: 'a'.repeat(40), policy: null }
  const proved = (plan: Plan, left: readonly LeftOut[] = []): Review => {
    const outcome = planned(plan)
    if (outcome.kind !== 'planned') throw new Error('a plan is planned')
    return { kind: 'reviewed', outcome, to: '1.1.0', leftOut: left }
  }
  const critical = aPlan({ floor: 'critical', assessed: { ...aPlan().assessed, final: 'critical', floor: 'critical' } })

  test('one line and a green check when nothing needs a look', () => {
    const { body, check } = review([proved(aPlan())], READ)
    expect(body.split('\n')).toHaveLength(1)
    expect(body).toMatch(/^\*\*Low: nothing you use changes\*\* · \*\*beacon 1\.0\.0 → 1\.1\.0\*\* in \*\*dev\*\*/)
    expect(check).toMatchObject({ title: 'Low: nothing you use changes', conclusion: 'success' })
  })

  test('what is left out is told from what is done, with the document as we would write it', () => {
    const [made, missing] = [aMigration({ what: 'Kiln/made' }), aMigration({ what: 'Kiln/missing', document: 1 })]
    const plan = { ...critical, migrations: [made, missing] }
    const { body, check } = review([proved(plan, [{ kind: 'migration', migration: missing, instead: false }])], READ)
    const done = body.split('\n').find(line => line.startsWith('| Done in this PR'))
    expect(done).toContain('Kiln/made')
    expect(done).not.toContain('Kiln/missing')
    expect(body).toContain(
      '### Windlass would also change (1 place)\n| what | where | why |\n|---|---|---|\n| `Kiln/missing` |',
    )
    expect(body).toContain('as Windlass would write it</summary>\n\n```yaml\napiVersion: fire.example.com/v2\n```')
    expect(check.conclusion).toBe('neutral')
    expect(check.title).toContain('1 thing left out')
  })

  test('a low one with something left out is no reason for a green check', () => {
    const left: LeftOut = {
      kind: 'place',
      component: 'beacon-crds',
      version: '1.0.0',
      file: 'a.yaml',
      line: 3,
      why: 'x',
    }
    const { body, check } = review([proved(aPlan(), [left])], READ)
    expect(check.conclusion).toBe('neutral')
    expect(body).toContain('| `beacon-crds` | `a.yaml:3` | stays at 1.0.0; it moves along because x |')
  })

  test('the gravest first, then what is not known, then what is low', () => {
    const { outcome } = proved(aPlan())
    const unknown: Review = { kind: 'unknown', outcome, to: '9.9.9', reason: 'it answers 401', leftOut: [] }
    const { body, check } = review([proved(aPlan()), unknown, proved(critical)], READ)
    const places = ['Critical:', 'Not checked: beacon 1.0.0 → 9.9.9', 'Low: nothing'].map(word => body.indexOf(word))
    expect(places.every(place => place >= 0)).toBe(true)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(check.title).toMatch(/^Critical: .* \(the gravest of 3 upgrades\)$/)
    expect(check.conclusion).toBe('neutral')
  })

  test('what cannot be looked up is never green', () => {
    const { outcome } = proved(aPlan())
    const unknown: Review = { kind: 'unknown', outcome, to: '9.9.9', reason: 'it answers 401', leftOut: [] }
    expect(review([unknown], READ).check).toMatchObject({ title: 'Not checked: beacon', conclusion: 'neutral' })
  })

  test('a policy in the pull request is named and does not count', () => {
    const { body } = review([proved(aPlan())], { ...READ, policy: '.github/windlass.yaml' })
    expect(body).toContain('This pull request changes `.github/windlass.yaml` as well')
  })

  test('offers none of our commands, and what strangers wrote does nothing', () => {
    const plan = aPlan({ upgrade: { ...critical.upgrade, component: '<!-- windlass:review -->@ada closes #1' } })
    const left: LeftOut = { kind: 'first', says: '@ada [x](javascript:1) closes #1' }
    const { body } = review([proved({ ...critical, upgrade: plan.upgrade }, [left])], READ)
    expect(body).not.toContain('/windlass ')
    expect(body).not.toMatch(/<!--|@ada|(?<!&)#1|(?<!\\)\]\(/)
  })

  test('a hundred of them stay below what GitHub takes', () => {
    const migrations = Array.from({ length: 40 }, (_, i) =>
      aMigration({ what: `Kiln/${i}`, document: i, after: 'a: b\n'.repeat(2_000) }),
    )
    const left = migrations.map((migration): LeftOut => ({ kind: 'migration', migration, instead: false }))
    const { body, check } = review(
      Array.from({ length: 100 }, () => proved({ ...critical, migrations }, left)),
      READ,
    )
    expect(body.length).toBeLessThan(60_000)
    expect(check.summary.length).toBeLessThan(60_000)
    expect(body).toMatch(/sections had no room here/)
  })
})

describe('the note', () => {
  const binding = { key: 'k', repository: 'acme/fleet', number: 7 }
  const note = writeReviewNote({ head: 'a'.repeat(40), inputs: 'i' }, binding)

  test('comes back as it was written', () => {
    expect(readReviewNote(`text\n${note}`, binding)).toEqual({ head: 'a'.repeat(40), inputs: 'i' })
  })

  test.each([
    ['another pull request', { ...binding, number: 8 }, note],
    ['another repository', { ...binding, repository: 'acme/other' }, note],
    ['another key', { ...binding, key: 'other' }, note],
    ['a changed payload', binding, note.replace(/reviewed (.)/, (_, c) => `reviewed ${c === 'e' ? 'f' : 'e'}`)],
    ['none', binding, '<!-- windlass:review -->'],
  ])('of %s says nothing', (_, bound, body) => {
    expect(readReviewNote(body, bound)).toBeNull()
  })
})
