import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FileChange } from '../src/model.ts'
import { hunks, linesOf } from '../src/plan/hunks.ts'
import { revert } from '../src/plan/revert.ts'

const MOVE = { from: '1.0.0', to: '1.1.0' }
const BEFORE = 'a: 1\nb: 2\nversion: 1.0.0\nc: 3\nd: 4\n'
const AFTER = BEFORE.replace('1.0.0', '1.1.0')

function change(now: string | null, more: Partial<FileChange> = {}): FileChange {
  return { path: 'dev/beacon.yaml', before: BEFORE, after: AFTER, now, ...more }
}

function reverted(...changes: readonly FileChange[]): unknown {
  const done = revert(changes, MOVE)
  return done.ok ? Object.fromEntries(done.files) : done.reason
}

describe('taking a change back', () => {
  test('a file that has not moved since becomes what it was', () => {
    expect(reverted(change(AFTER))).toEqual({ 'dev/beacon.yaml': BEFORE })
  })

  test.each([
    ['at the top', `# new\n${AFTER}`, `# new\n${BEFORE}`],
    ['at the end, without a line end', `${AFTER}e: 5`, `${BEFORE}e: 5`],
    ['beside it', AFTER.replace('c: 3', 'c: 30'), BEFORE.replace('c: 3', 'c: 30')],
    [
      'on both sides',
      AFTER.replace('c: 3', 'c: 30').replace('b: 2', ''),
      BEFORE.replace('c: 3', 'c: 30').replace('b: 2', ''),
    ],
  ])('an edit of somebody else %s is kept', (_, now, expected) => {
    expect(reverted(change(now))).toEqual({ 'dev/beacon.yaml': expected })
  })

  test('line ends stay as they are', () => {
    const crlf = (text: string) => text.replaceAll('\n', '\r\n')
    const changed = change(crlf(`# new\n${AFTER}`), { before: crlf(BEFORE), after: crlf(AFTER) })
    expect(reverted(changed)).toEqual({ 'dev/beacon.yaml': crlf(`# new\n${BEFORE}`) })
  })

  test('a file that the change made goes, and one that it removed comes back', () => {
    const made = change('new\n', { path: 'made.yaml', before: null, after: 'new\n' })
    const gone = change(null, { path: 'gone.yaml', before: 'old\n', after: null })
    expect(reverted(change(AFTER), made, gone)).toEqual({
      'dev/beacon.yaml': BEFORE,
      'made.yaml': null,
      'gone.yaml': 'old\n',
    })
  })

  test('several hunks, lines that came and lines that went, in a file that has moved since', () => {
    const before = 'one: 1\nold: true\ntwo: 2\nthree: 3\nfour: 4\nfive: 5\nsix: 6\nversion: 1.0.0\n'
    const after = 'one: 1\ntwo: 2\nthree: 3\nfour: 4\nfive: 5\nnew: true\nsix: 6\nversion: 1.1.0\n'
    const now = `zero: 0\n${after}seven: 7\n`
    expect(reverted(change(now, { before, after }))).toEqual({ 'dev/beacon.yaml': `zero: 0\n${before}seven: 7\n` })
  })

  test('a file in which it was taken back by hand is left as it is', () => {
    const other = change('x: 1.1.0\n', { path: 'other.yaml', before: 'x: 1.0.0\n', after: 'x: 1.1.0\n' })
    expect(reverted(change(BEFORE), other)).toEqual({ 'other.yaml': 'x: 1.0.0\n' })
  })
})

describe('what cannot be taken back mechanically', () => {
  test.each([
    [
      'the line was written anew',
      AFTER.replace('version: 1.1.0', 'version: "1.1.0"'),
      'what was written there has changed since',
    ],
    ['the file is gone', null, 'the file was made, moved or removed since'],
    [
      'what was written stands twice',
      `${AFTER}${AFTER}`,
      'what was written there stands in more than one place by now',
    ],
  ])('%s', (_, now, why) => {
    expect(reverted(change(now))).toBe(`dev/beacon.yaml: ${why}`)
  })

  test('two places that have changed their order', () => {
    const before = 'version: 1.0.0\na: 1\nb: 2\nc: 3\nd: 4\ntag: old\n'
    const after = before.replace('1.0.0', '1.1.0').replace('old', 'new')
    const now = 'tag: new\na: 1\nversion: 1.1.0\n'
    expect(reverted(change(now, { before, after }))).toBe('dev/beacon.yaml: what was written there has moved since')
  })

  test('one file of several: nothing is done at all', () => {
    expect(reverted(change(AFTER), change('else\n', { path: 'b.yaml' }))).toContain('b.yaml: ')
  })

  test('a commit that is only the last part of the move, as a merge by rebase may leave it', () => {
    const last = change(AFTER, { before: BEFORE.replace('1.0.0', '1.0.5') })
    expect(reverted(last)).toBe('the merged commit does not hold the whole move from 1.0.0 to 1.1.0')
  })

  test('lines that went and nothing that says where', () => {
    const changed = change('---\n', { before: 'a: 1.0.0\n', after: '' })
    expect(revert([changed, change(AFTER)], MOVE)).toMatchObject({ ok: false })
  })

  test('nothing of it stands any more', () => {
    expect(reverted(change(BEFORE))).toBe('nothing of what it changed stands any more')
  })
})

const lines = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', '}\n', 'version: 1\n'), { maxLength: 12 })

test('hunks put together with what is common are both texts', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      let [built, at] = [[] as string[], 0]
      for (const { removed, added, after: place } of hunks(before, after)) {
        built = [...built, ...after.slice(at, place.start), ...removed]
        expect(after.slice(place.start, place.end)).toEqual(added)
        at = place.end
      }
      expect([...built, ...after.slice(at)]).toEqual(before)
    }),
  )
})

test('lines joined are the text again', () => {
  fc.assert(fc.property(fc.string(), text => linesOf(text).join('') === text))
})

test('whatever else a file holds by now, taking back changes only what the change wrote, or nothing', () => {
  fc.assert(
    fc.property(lines, lines, (head, tail) => {
      const done = revert([change([...head, AFTER, ...tail].join(''))], MOVE)
      if (done.ok) expect(done.files.get('dev/beacon.yaml')).toBe([...head, BEFORE, ...tail].join(''))
    }),
  )
})
