import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BEACON, POLICY_RESOURCE, VAULTSYNC } from './stories/fixtures.ts'
import { type Checkout, makeCheckout, makeFolder } from './support/checkout.ts'
import { schemaErrors } from './support/schemas.ts'
import { startUpstream, type Upstream } from './support/upstream.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FILE = 'clusters/dev/vaultsync.yaml'

let upstream: Upstream
let env: Readonly<Record<string, string | undefined>>
let checkout: Checkout
const cache = makeFolder()

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs `windlass review` in a process of its own with a bare environment. */
function review(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'src', 'cli.ts'), 'review', checkout.root, ...args], { env })
    let [out, err] = ['', '']
    child.stdout.on('data', chunk => {
      out += chunk
    })
    child.stderr.on('data', chunk => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, out, err }))
  })
}

/** A branch from the default branch with these files on top. */
function branch(name: string, files: Readonly<Record<string, string>>): void {
  checkout.git('checkout', '--quiet', '-b', name, 'main')
  for (const [path, text] of Object.entries(files)) checkout.write(path, text)
  checkout.commit(name)
  checkout.git('checkout', '--quiet', 'main')
}

beforeAll(async () => {
  upstream = await startUpstream(['beacon-3.2.0', 'beacon-3.2.1', 'vaultsync-1.8.2', 'vaultsync-2.0.0'])
  const mirrors = join(cache.root, 'mirrors.yaml')
  await upstream.writeMirrors(mirrors)
  env = {
    PATH: process.env.PATH,
    HOME: cache.root,
    WINDLASS_REGISTRY_MIRRORS: mirrors,
    WINDLASS_DATA: join(cache.root, 'data'),
  }
  checkout = makeCheckout({
    [FILE]: VAULTSYNC,
    'clusters/dev/beacon.yaml': BEACON,
    'clusters/dev/policies.yaml': POLICY_RESOURCE,
  })
  branch('grave', { [FILE]: VAULTSYNC.replace('1.8.2', '2.0.0') })
  branch('harmless', { 'clusters/dev/beacon.yaml': BEACON.replace('3.2.0', '3.2.1') })
  branch('unpublished', { 'clusters/dev/beacon.yaml': BEACON.replace('3.2.0', '9.9.9') })
  branch('other', { 'notes.yaml': 'a: 1\n' })
  branch('loose', { [FILE]: VAULTSYNC.replace('1.8.2', '2.0.0'), 'windlass.yaml': 'ignorePaths: ["**"]\n' })
})

afterAll(async () => {
  await upstream?.stop()
  checkout?.remove()
  cache.remove()
})

test('prints what the comment says; the working tree is not looked at and stays as it is', async () => {
  checkout.write(FILE, 'not: even close\n')
  const dirty = checkout.git('status', '--porcelain')
  const { code, out } = await review('--base', 'main', '--head', 'grave')
  expect(checkout.git('status', '--porcelain')).toBe(dirty)
  checkout.git('checkout', '--quiet', '--', FILE)
  expect(code).toBe(0)
  expect(out).toMatch(/^## Critical: 1 resource of yours stops working with this version\n/)
  expect(out).toContain(
    '| `controller.syncPeriod` | `clusters/dev/vaultsync.yaml:14` | renamed to controller.resyncPeriod',
  )
  expect(out).not.toContain('<!--')
})

test('prints one JSON document that keeps its schema', async () => {
  const { code, out } = await review('--base', 'main', '--head', 'grave', '--json')
  expect(code).toBe(0)
  const document = JSON.parse(out)
  expect(schemaErrors('review', document)).toEqual([])
  expect(document).toMatchObject({
    base: checkout.git('rev-parse', 'main').trim(),
    head: checkout.git('rev-parse', 'grave').trim(),
    upgrades: [{ component: 'vaultsync', environment: 'dev', from: '1.8.2', to: '2.0.0', risk: 'critical' }],
    problems: [],
  })
  expect(document.missing).toContainEqual({
    component: 'vaultsync',
    environment: 'dev',
    kind: 'migration',
    what: 'controller.syncPeriod',
    file: FILE,
    line: 14,
    says: expect.stringContaining('renamed to controller.resyncPeriod'),
  })
})

test('one line for a harmless one', async () => {
  const { code, out } = await review('--base', 'main', '--head', 'harmless')
  expect(code).toBe(0)
  expect(out.trimEnd().split('\n')).toHaveLength(1)
  expect(out).toMatch(/^\*\*Low: /)
})

describe('the exit code', () => {
  test.each([
    [['grave', '--fail-on', 'critical'], 1],
    [['harmless', '--fail-on', 'critical'], 0],
    [['harmless', '--fail-on', 'low'], 1],
    [['unpublished'], 3],
    [['other'], 0],
  ])('%j is %i', async ([head = '', ...more], expected) => {
    expect((await review('--base', 'main', '--head', head, ...more)).code).toBe(expected)
  })

  test.each([
    [['--base', 'main'], "required option '--head <ref>' not specified"],
    [['--base', 'main', '--head', 'nowhere'], 'reading nowhere: no such commit'],
    [['--base', '--upload-pack=x', '--head', 'grave'], 'reading --upload-pack=x: no such commit'],
    [['--base', 'main', '--head', 'grave', '--fail-on', 'bad'], 'Allowed choices are low, medium, high, critical'],
  ])('%j is wrong usage', async (args, says) => {
    const { code, out, err } = await review(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(says)
  })
})

test('says when nothing moves', async () => {
  expect((await review('--base', 'main', '--head', 'other')).out).toBe(
    'Nothing that Windlass knows moves between main and other.\n',
  )
  const { out } = await review('--base', 'main', '--head', 'other', '--json')
  expect(schemaErrors('review', JSON.parse(out))).toEqual([])
})

test('the policy is that of the base', async () => {
  const { out } = await review('--base', 'main', '--head', 'loose')
  expect(out).toContain('This pull request changes `windlass.yaml` as well')
  expect(out).toContain('## Critical: ')
})

test('two commits without a common one are refused with what to do', async () => {
  checkout.git('checkout', '--quiet', '--orphan', 'apart')
  checkout.commit('Apart')
  checkout.git('checkout', '--quiet', 'main')
  const { code, err } = await review('--base', 'main', '--head', 'apart')
  expect(code).toBe(2)
  expect(err).toContain('they have no common commit')
  expect(err).not.toMatch(/^\s+at /m)
})

test('outside of a checkout says so', async () => {
  const one = makeFolder()
  const inside = checkout
  checkout = one
  const { code, err } = await review('--base', 'main', '--head', 'grave')
  checkout = inside
  one.remove()
  expect(code).toBe(2)
  expect(err).toContain('reading main: no such commit in')
})

test('its schema has the upgrades of plan', () => {
  const schema = (name: string) => JSON.parse(readFileSync(join(ROOT, 'schemas', `${name}.schema.json`), 'utf8')).$defs
  const { missing, upgrade, ...rest } = schema('review')
  const { upgrade: planned, ...others } = schema('plan')
  expect(rest).toEqual(others)
  expect(upgrade.properties).toEqual(planned.properties)
  expect(missing.additionalProperties).toBe(false)
})
