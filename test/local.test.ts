import { chmodSync, mkdirSync, readFileSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Action, Tree } from '../src/model.ts'
import type { Services } from '../src/outside/github/world-github.ts'
import { CheckoutError } from '../src/outside/local/checkout-error.ts'
import { headOf, readLocalTree } from '../src/outside/local/local-tree.ts'
import { openLocalWorld, readCommittedTree, writeBody, writeEdits } from '../src/outside/local/world-local.ts'
import { createFirstSeenFile } from '../src/outside/store/first-seen-file.ts'
import { type Checkout, makeCheckout, makeFolder } from './support/checkout.ts'
import { HELM } from './support/plans.ts'

const made: Checkout[] = []
afterEach(() => {
  for (const checkout of made.splice(0)) checkout.remove()
})

function checkout(files: Readonly<Record<string, string | Uint8Array>> = {}): Checkout {
  const one = makeCheckout(files)
  made.push(one)
  return one
}

function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): Checkout {
  const one = makeFolder(files)
  made.push(one)
  return one
}

function paths({ files }: Tree): readonly string[] {
  return files.map(({ path }) => path)
}

describe('reading a working tree', () => {
  test('takes the YAML files that git knows or would add, as they stand now', async () => {
    const { root, write, git } = checkout({
      '.gitignore': 'secret/\n*.tmp.yaml\n',
      'a.yaml': 'version: 1\n',
      'b.yml': 'b: 1\n',
      'README.md': '# x\n',
      'gone.yaml': 'x: 1\n',
    })
    write('a.yaml', 'version: 2\n')
    write('new/untracked.yaml', 'n: 1\n')
    write('secret/ignored.yaml', 'password: x\n')
    write('x.tmp.yaml', 'x: 1\n')
    unlinkSync(join(root, 'gone.yaml'))
    const tree = await readLocalTree(root, '')
    expect(paths(tree)).toEqual(['a.yaml', 'b.yml', 'new/untracked.yaml'])
    expect(tree.files[0]?.text).toBe('version: 2\n')
    expect(tree.files[0]?.blob).toBe(git('hash-object', 'a.yaml').trim())
    expect(await headOf(root)).toBe(git('rev-parse', 'HEAD').trim())
    expect(tree.skipped).toEqual([])
  })

  test('follows no symbolic link, neither to a file nor through a folder', async () => {
    const outside = folder({ 'x/a.yaml': 'outside: 1\n' })
    const { root, git } = checkout({ 'x/a.yaml': 'inside: 1\n', 'b.yaml': 'b: 1\n' })
    symlinkSync(join(outside.root, 'x/a.yaml'), join(root, 'link.yaml'))
    renameSync(join(root, 'x'), join(root, 'y'))
    symlinkSync(join(outside.root, 'x'), join(root, 'x'))
    git('add', 'link.yaml')
    const tree = await readLocalTree(root, '')
    expect(paths(tree)).toEqual(['b.yaml', 'y/a.yaml'])
    expect(tree.files.some(({ text }) => text.includes('outside'))).toBe(false)
  })

  test('names what is too large or no UTF-8, and reads the rest', async () => {
    const { root } = checkout({
      'large.yaml': 'x'.repeat(5 * 1024 * 1024 + 1),
      'latin.yaml': Uint8Array.of(0x61, 0x3a, 0x20, 0xe9, 0x0a),
      'fine.yaml': 'é: 1\n',
    })
    const tree = await readLocalTree(root, '')
    expect(paths(tree)).toEqual(['fine.yaml'])
    expect(tree.skipped).toEqual([
      { file: 'large.yaml', line: null, reason: 'has 5242881 bytes, more than 5242880: not read' },
      { file: 'latin.yaml', line: 1, reason: 'is not UTF-8 text: not read' },
    ])
  })

  test('takes every YAML file where there is no git at all', async () => {
    const { root } = folder({ 'a.yaml': 'a: 1\n', 'b/c.yml': 'c: 1\n', 'node_modules/x/y.yaml': 'y: 1\n', 'n.txt': '' })
    const tree = await readLocalTree(root, '')
    expect(paths(tree)).toEqual(['a.yaml', 'b/c.yml'])
    expect(tree.commit).toBe('')
  })

  test('takes a folder that the checkout around it ignores for what it is', async () => {
    const { root } = checkout({ '.gitignore': 'out/\n', 'a.yaml': 'a: 1\n' })
    mkdirSync(join(root, 'out'))
    made.at(-1)?.write('out/b.yaml', 'b: 1\n')
    expect(paths(await readLocalTree(join(root, 'out'), ''))).toEqual(['b.yaml'])
  })

  test('of a subfolder gives paths from there', async () => {
    const { root, write } = checkout({ 'a.yaml': 'a: 1\n', 'sub/b.yaml': 'b: 1\n', 'sub/deep/c.yaml': 'c: 1\n' })
    write('sub/d.yaml', 'd: 1\n')
    expect(paths(await readLocalTree(join(root, 'sub'), ''))).toEqual(['b.yaml', 'd.yaml', 'deep/c.yaml'])
    expect(paths(await readCommittedTree(join(root, 'sub')))).toEqual(['b.yaml', 'deep/c.yaml'])
  })

  test('lists a file in conflict once', async () => {
    const { root, git, write, commit } = checkout({ 'a.yaml': 'a: 1\n' })
    git('checkout', '--quiet', '-b', 'other')
    write('a.yaml', 'a: 2\n')
    commit('two')
    git('checkout', '--quiet', 'main')
    write('a.yaml', 'a: 3\n')
    commit('three')
    expect(() => git('merge', 'other')).toThrow()
    expect(paths(await readLocalTree(root, ''))).toEqual(['a.yaml'])
  })

  test('a git that refuses is told, not taken for no git', async () => {
    const { root, write } = checkout({ 'a.yaml': 'a: 1\n' })
    write('.git/config', '[core\n')
    await expect(readLocalTree(root, '')).rejects.toThrow(CheckoutError)
    await expect(readLocalTree(root, '')).rejects.toThrow(/reading .*: git ls-files ended with 128: .*bad config/)
  })
})

test('reading the commit leaves out what is not committed', async () => {
  const { root, write } = checkout({ 'a.yaml': 'version: 1\n' })
  write('a.yaml', 'version: 2\n')
  write('b.yaml', 'b: 1\n')
  const tree = await readCommittedTree(root)
  expect(tree.files.map(({ path, text }) => [path, text])).toEqual([['a.yaml', 'version: 1\n']])
})

test('a folder without a commit has nothing to make a branch from', async () => {
  await expect(readCommittedTree(folder().root)).rejects.toThrow('is no git checkout with a commit; use --write')
})

describe('writing edits into the working tree', () => {
  test('writes the exact bytes and keeps the mode', async () => {
    const { root } = checkout({ 'run.yaml': '\uFEFFversion: 1\r\n' })
    chmodSync(join(root, 'run.yaml'), 0o755)
    const { files } = await readLocalTree(root, '')
    await writeEdits(root, files, new Map([['run.yaml', '\uFEFFversion: 2\r\n']]))
    expect(readFileSync(join(root, 'run.yaml'))).toEqual(Buffer.from('\uFEFFversion: 2\r\n'))
    expect(made.at(-1)?.git('diff', '--raw')).toMatch(/^:100644 100755|^:100755 100755/)
  })

  test('writes nothing when one of the files has changed since it was read', async () => {
    const { root, write } = checkout({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' })
    const { files } = await readLocalTree(root, '')
    write('b.yaml', 'b: mine\n')
    const edited = new Map([
      ['a.yaml', 'a: 2\n'],
      ['b.yaml', 'b: 2\n'],
    ])
    await expect(writeEdits(root, files, edited)).rejects.toThrow(
      'writing b.yaml: the file has changed since it was read',
    )
    expect(readFileSync(join(root, 'a.yaml'), 'utf8')).toBe('a: 1\n')
    expect(readFileSync(join(root, 'b.yaml'), 'utf8')).toBe('b: mine\n')
  })
})

const BRANCH = 'windlass/dev/beacon'

function upgrade(base: string, files: Readonly<Record<string, string>>): Action {
  return {
    do: 'open',
    pullRequest: { title: 'fix: upgrade', branch: BRANCH, into: null, labels: [], reviewers: [], body: '' },
    commit: { message: 'fix(beacon): upgrade', base, files: new Map(Object.entries(files)) },
    check: { title: '', summary: '', conclusion: 'success' },
    memory: { version: 1 } as never,
  }
}

async function perform(root: string, action: Action): Promise<void> {
  const world = await openLocalWorld(root, {} as Services, 'commit')
  await world.perform(action)
}

describe('committing a branch', () => {
  const BEFORE = '\uFEFFversion: 1.0.0\r\nname: é\r\n'
  const AFTER = '\uFEFFversion: 1.0.1\r\nname: é\r\n'

  test('makes one commit on the base that differs in the edit alone, and leaves the dirty tree and its index', async () => {
    const { root, git, write } = checkout({ 'dev/a.yaml': BEFORE, 'b.yaml': 'b: 1\n', 'c.yaml': 'c: 1\n' })
    write('b.yaml', 'b: changed\n')
    write('c.yaml', 'c: staged\n')
    write('dev/new.yaml', 'n: 1\n')
    git('add', 'c.yaml')
    const state = () => [git('status', '--porcelain=v2', '--branch'), git('diff'), git('diff', '--cached')]
    const before = state()
    const base = git('rev-parse', 'HEAD').trim()
    await perform(root, upgrade(base, { 'dev/a.yaml': AFTER }))

    expect(state()).toEqual(before)
    expect(git('rev-parse', `${BRANCH}^`).trim()).toBe(base)
    expect(git('diff', '--raw', '--no-abbrev', 'main', BRANCH).trim().split('\n')).toHaveLength(1)
    expect(git('show', `${BRANCH}:dev/a.yaml`)).toBe(AFTER)
    expect(git('log', '-1', '--format=%an <%ae> %cn %s', BRANCH).trim()).toBe(
      'windlass <windlass@localhost> windlass fix(beacon): upgrade',
    )
  })

  test('keeps the modes of files, names with special signs, and line ends that git would convert', async () => {
    const { root, git, commit } = checkout({
      'run.yaml': 'a: 1\r\n',
      'a*.yaml': 'a: 1\n',
      'ab.yaml': 'b: 1\n',
      ':(top)x.yaml': 'x: 1\n',
    })
    chmodSync(join(root, 'run.yaml'), 0o755)
    chmodSync(join(root, 'a*.yaml'), 0o755)
    chmodSync(join(root, ':(top)x.yaml'), 0o755)
    git('config', 'core.autocrlf', 'true')
    const base = commit('modes')
    await perform(
      root,
      upgrade(base, { 'run.yaml': 'a: 2\r\n', 'ab.yaml': 'b: 2\n', 'a*.yaml': 'a: 2\n', ':(top)x.yaml': 'x: 2\n' }),
    )
    expect(git('ls-tree', '-r', '--format=%(objectmode) %(path)', BRANCH).trim().split('\n')).toEqual([
      '100755 :(top)x.yaml',
      '100755 a*.yaml',
      '100644 ab.yaml',
      '100755 run.yaml',
    ])
    expect(git('show', `${BRANCH}:run.yaml`)).toBe('a: 2\r\n')
  })

  test('in a subfolder edits the file of that folder and no other', async () => {
    const { root, git } = checkout({ 'a.yaml': 'a: 1\n', 'clusters/a.yaml': 'a: 1\n' })
    await perform(join(root, 'clusters'), upgrade(git('rev-parse', 'HEAD').trim(), { 'a.yaml': 'a: 2\n' }))
    expect(git('diff', '--name-only', 'main', BRANCH).trim()).toBe('clusters/a.yaml')
  })

  test('a second identical run does nothing', async () => {
    const { root, git } = checkout({ 'a.yaml': 'a: 1\n' })
    const action = upgrade(git('rev-parse', 'HEAD').trim(), { 'a.yaml': 'a: 2\n' })
    await perform(root, action)
    const first = git('rev-parse', BRANCH)
    await perform(root, action)
    expect(git('rev-parse', BRANCH)).toBe(first)
  })

  test('another version takes the place of our own commit', async () => {
    const { root, git } = checkout({ 'a.yaml': 'a: 1\n' })
    const base = git('rev-parse', 'HEAD').trim()
    await perform(root, upgrade(base, { 'a.yaml': 'a: 2\n' }))
    await perform(root, upgrade(base, { 'a.yaml': 'a: 3\n' }))
    expect(git('show', `${BRANCH}:a.yaml`)).toBe('a: 3\n')
    expect(git('rev-list', '--count', `main..${BRANCH}`).trim()).toBe('1')
  })

  test('a branch with a commit of a person is refused and stays', async () => {
    const { root, git, write, commit } = checkout({ 'a.yaml': 'a: 1\n' })
    const base = git('rev-parse', 'HEAD').trim()
    await perform(root, upgrade(base, { 'a.yaml': 'a: 2\n' }))
    git('checkout', '--quiet', BRANCH)
    write('a.yaml', 'a: mine\n')
    const mine = commit('Mine')
    git('checkout', '--quiet', 'main')
    await expect(perform(root, upgrade(base, { 'a.yaml': 'a: 3\n' }))).rejects.toThrow(
      `committing ${BRANCH}: its last commit is by ada@example.com; delete or rename that branch first`,
    )
    expect(git('rev-parse', BRANCH).trim()).toBe(mine)
  })

  test('a commit of ours that a person has amended is that person’s', async () => {
    const { root, git } = checkout({ 'a.yaml': 'a: 1\n' })
    const base = git('rev-parse', 'HEAD').trim()
    await perform(root, upgrade(base, { 'a.yaml': 'a: 2\n' }))
    git('checkout', '--quiet', BRANCH)
    git('commit', '--quiet', '--amend', '--message=Mine now')
    git('checkout', '--quiet', 'main')
    await expect(perform(root, upgrade(base, { 'a.yaml': 'a: 3\n' }))).rejects.toThrow(CheckoutError)
  })

  test('a branch that is checked out is not moved under the feet of whoever works there', async () => {
    const { root, git } = checkout({ 'a.yaml': 'a: 1\n' })
    const base = git('rev-parse', 'HEAD').trim()
    await perform(root, upgrade(base, { 'a.yaml': 'a: 2\n' }))
    git('checkout', '--quiet', BRANCH)
    await expect(perform(root, upgrade(base, { 'a.yaml': 'a: 3\n' }))).rejects.toThrow('it is checked out in')
    expect(git('status', '--porcelain')).toBe('')
  })
})

test('the body of a pull request is written as Markdown, one file for each branch', async () => {
  const { root } = folder()
  const file = await writeBody(join(root, 'out'), BRANCH, 'fix: upgrade', '## Low')
  expect(file).toBe(join(root, 'out', 'dev--beacon.md'))
  expect(readFileSync(file, 'utf8')).toBe('# fix: upgrade\n\n## Low\n')
})

describe('remembering since when a version is known', () => {
  const at = (day: number) => () => new Date(Date.UTC(2026, 0, day))

  test('survives a restart, for each source on its own', async () => {
    const file = join(folder().root, 'data', 'first-seen.json')
    const other = { type: 'helm', url: HELM.url, chart: 'other' } as const
    expect(await createFirstSeenFile(file, at(1))(HELM, '1.0.0')).toBe('2026-01-01T00:00:00.000Z')
    const later = createFirstSeenFile(file, at(2))
    const seen = await Promise.all([later(HELM, '1.0.0'), later(HELM, '1.1.0'), later(other, '1.0.0')])
    expect(seen.map(text => text.slice(0, 10))).toEqual(['2026-01-01', '2026-01-02', '2026-01-02'])
    expect(await createFirstSeenFile(file, at(3))(other, '1.0.0')).toBe('2026-01-02T00:00:00.000Z')
  })

  test('a file that cannot be read is begun anew', async () => {
    const { root, write } = folder()
    write('first-seen.json', '{"x": ')
    expect(await createFirstSeenFile(join(root, 'first-seen.json'), at(1))(HELM, '1.0.0')).toBe(
      '2026-01-01T00:00:00.000Z',
    )
  })
})
