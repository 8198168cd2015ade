import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GitError } from '../src/outside/git/git.ts'
import { type Content, MAX_FILE_BYTES, readChanges, readFiles } from '../src/outside/git/git-files.ts'
import { type Checkout, makeCheckout } from './support/checkout.ts'

const LARGE = `# ${'x'.repeat(MAX_FILE_BYTES)}\n`
const LATIN1 = Buffer.from([0x61, 0x3a, 0x20, 0xe9, 0x0a])

let checkout: Checkout
beforeEach(() => {
  checkout = makeCheckout({
    'a.yaml': 'a: 1\n',
    'apps/b.yaml': 'b: 1\n',
    'apps.yaml': 'c: 1\n',
    'apps/ä.yaml': 'd: 1\n',
    'apps/\u{1f600}.yaml': 'e: 1\n',
    'apps/\uff5e.yaml': 'f: 1\n',
    'notes.txt': 'not read\n',
    'z.tf': 'z = 1\n',
  })
})
afterEach(() => checkout.remove())

const options = () => ({ cwd: checkout.root })

async function head(): Promise<Content & { commit: string }> {
  const commit = checkout.git('rev-parse', 'HEAD').trim()
  return { commit, ...(await readFiles(commit, options(), [])) }
}

/** Reads the push both ways, and expects the same of both; gives what was read by the difference. */
async function pushed(before: Content & { commit: string }): Promise<Content> {
  const commit = checkout.commit('A push')
  const changes = await readChanges(before, commit, options())
  expect(changes).toEqual(await readFiles(commit, options(), []))
  return changes
}

describe('reading what differs between two commits is reading the second one', () => {
  test('and files that have not changed are the same objects', async () => {
    const before = await head()
    checkout.write('apps/b.yaml', 'b: 2\n')
    const { files } = await pushed(before)
    const changed = files.filter(file => !before.files.includes(file))
    expect(changed.map(({ path, text }) => ({ path, text }))).toEqual([{ path: 'apps/b.yaml', text: 'b: 2\n' }])
  })

  test('for files that are new, gone, moved or of another kind', async () => {
    const before = await head()
    checkout.write('apps/0.yaml', 'new: first\n')
    checkout.write('zz/\u{1f600}/new.yaml', 'new: last\n')
    checkout.write('apps/\u{1f601}.yaml', 'new: beside\n')
    rmSync(join(checkout.root, 'a.yaml'))
    renameSync(join(checkout.root, 'apps.yaml'), join(checkout.root, 'apps/renamed.yaml'))
    rmSync(join(checkout.root, 'z.tf'))
    symlinkSync('notes.txt', join(checkout.root, 'z.tf'))
    checkout.write('more notes.txt', 'not read\n')
    await pushed(before)
  })

  test('for a file that becomes a folder, and back', async () => {
    const before = await head()
    rmSync(join(checkout.root, 'a.yaml'))
    checkout.write('a.yaml/in.yaml', 'a: 2\n')
    const middle = { commit: '', ...(await pushed(before)) }
    rmSync(join(checkout.root, 'a.yaml'), { recursive: true })
    checkout.write('a.yaml', 'a: 3\n')
    await pushed({ ...middle, commit: checkout.git('rev-parse', 'HEAD').trim() })
  })

  test('for files that cannot be read, and that can be again', async () => {
    const before = await head()
    checkout.write('apps/large.yaml', LARGE)
    checkout.write('apps/latin1.yaml', LATIN1)
    const bad = await pushed(before)
    expect(bad.skipped).toEqual([
      { file: 'apps/large.yaml', line: null, reason: expect.stringContaining(`more than ${MAX_FILE_BYTES}`) },
      { file: 'apps/latin1.yaml', line: 1, reason: 'is not UTF-8 text: not read' },
    ])
    expect(bad.files.length).toBe(before.files.length)
    checkout.write('apps/latin1.yaml', 'a: é\n')
    checkout.write('apps/more.yaml', LATIN1)
    const again = await pushed({ ...bad, commit: checkout.git('rev-parse', 'HEAD').trim() })
    expect(again.skipped.map(({ file }) => file)).toEqual(['apps/large.yaml', 'apps/more.yaml'])
  })

  test('for a file that may be executed now', async () => {
    const before = await head()
    chmodSync(join(checkout.root, 'a.yaml'), 0o755)
    await pushed(before)
  })

  test('for nothing at all', async () => {
    mkdirSync(join(checkout.root, 'empty'))
    const before = await head()
    expect((await pushed(before)).files).toEqual(before.files)
  })
})

test('a commit that is not at hand any more is an error of git', async () => {
  const before = await head()
  await expect(readChanges({ ...before, commit: 'c'.repeat(40) }, before.commit, options())).rejects.toThrow(GitError)
})
