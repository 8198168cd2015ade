import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Command, run } from '../src/outside/helm/process.ts'
import { describeSandbox, type Limits, type Sandbox, sandbox, wrap } from '../src/outside/helm/sandbox.ts'

// Node reserves far more address space than helm, so these tests limit the rest.
const limits: Limits = { addressSpaceBytes: 2 ** 42, cpuSeconds: 20, fileSizeBytes: 2 ** 20, processes: 256 }
const bare: Sandbox = { setpriv: null, unshare: null, prlimit: null }

let dir = ''
let box: Sandbox = bare
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'process-test-'))
  box = await sandbox()
})
afterAll(() => rm(dir, { recursive: true, force: true }))

function node(script: string, rest: Partial<Command> = {}): Command {
  return {
    file: process.execPath,
    args: ['-e', script],
    cwd: dir,
    env: {},
    timeoutMs: 20_000,
    maxOutput: 2 ** 20,
    limits,
    ...rest,
  }
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    // A killed process whose new parent has not collected it yet runs no more.
    if ((await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')).includes(') Z')) return true
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return false
}

/** The ids, seen from here, of processes whose command line contains a word. */
async function processesWith(word: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((pid, index) => pid !== process.pid && lines[index]?.includes(word))
}

describe.each([
  ['with what this machine offers', () => box],
  ['without any wrapper', () => bare],
])('run, %s', (_, choose) => {
  test('a program ends with its code and both streams', async () => {
    const outcome = await run(node('console.log("out"); console.error("err"); process.exit(3)'), choose())
    expect(outcome).toEqual({ kind: 'exited', code: 3, stdout: 'out\n', stderr: 'err\n' })
  })

  test('the child sees only the environment it is given', async () => {
    process.env.WINDLASS_TEST_SECRET = 'hunter2'
    const outcome = await run(node('console.log(JSON.stringify(process.env))', { env: { ONLY: 'this' } }), choose())
    delete process.env.WINDLASS_TEST_SECRET
    expect(outcome.kind === 'exited' && JSON.parse(outcome.stdout)).toEqual({ ONLY: 'this' })
  })

  test('arguments are never read by a shell', async () => {
    const hostile = `$(touch ${dir}/escaped); touch ${dir}/escaped`
    const outcome = await run(node('', { args: ['-p', 'process.argv[1]', hostile] }), choose())
    expect(outcome).toMatchObject({ kind: 'exited', stdout: `${hostile}\n` })
    await expect(stat(`${dir}/escaped`)).rejects.toThrow('ENOENT')
  })

  test('a program that hangs is stopped at the limit, and so is the child it started', async () => {
    const script = `const c = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3) // hang-marker ${dir}'], { stdio: 'inherit' })
      setInterval(() => {}, 1000)`
    const outcome = await run(node(script, { timeoutMs: 1500 }), choose())
    expect(outcome).toEqual({ kind: 'timed-out', afterMs: 1500 })
    for (const pid of await processesWith(`hang-marker ${dir}`)) expect(await isGone(pid)).toBe(true)
  })

  test('what a finished program left running in its group is killed', async () => {
    const script = `const c = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3) // left-marker ${dir}'], { stdio: 'inherit' })
      c.unref(); process.exit(0)`
    expect(await run(node(script), choose())).toMatchObject({ kind: 'exited', code: 0 })
    for (const pid of await processesWith(`left-marker ${dir}`)) expect(await isGone(pid)).toBe(true)
  })

  test('endless output is cut off and the program killed', async () => {
    const outcome = await run(node('const b = "x".repeat(65536); for (;;) require("fs").writeSync(1, b)'), choose())
    expect(outcome).toEqual({ kind: 'too-much-output', maxOutput: 2 ** 20 })
  })

  test('a program that does not exist or is given by a relative path is not started', async () => {
    const missing = await run(node('', { file: '/nonexistent/helm' }), choose())
    expect(missing).toEqual({ kind: 'not-started', reason: '/nonexistent/helm does not exist or is not executable' })
    expect(await run(node('', { file: 'node' }), choose())).toMatchObject({ kind: 'not-started' })
  })
})

describe('the sandbox', () => {
  test('a child in its own namespaces cannot reach a server that listens here', async context => {
    if (!box.unshare) return context.skip('this kernel or container gives no user namespaces')
    const server = createServer(socket => socket.end('reached'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const connect = node(
      `require('node:net').connect(${port}, '127.0.0.1').on('data', d => console.log(String(d))).on('error', e => console.log(e.code))`,
    )
    const [fenced, open] = [await run(connect, box), await run(connect, bare)]
    server.close()
    expect(fenced).toMatchObject({ kind: 'exited', stdout: expect.stringMatching(/^(ENETUNREACH|ECONNREFUSED)\n$/) })
    expect(open).toMatchObject({ kind: 'exited', stdout: 'reached\n' })
  })

  test('a descendant that leaves the process group dies with the process namespace', async context => {
    if (!box.unshare) return context.skip('this kernel or container gives no user namespaces')
    const script = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3) // setsid-marker ${dir}'], { detached: true, stdio: 'ignore' }).unref()
      setInterval(() => {}, 1000)`
    const running = run(node(script, { timeoutMs: 2500 }), box)
    await expect.poll(() => processesWith(`setsid-marker ${dir}`), { timeout: 2400 }).not.toEqual([])
    const pids = await processesWith(`setsid-marker ${dir}`)
    expect(await running).toMatchObject({ kind: 'timed-out' })
    for (const pid of pids) expect(await isGone(pid)).toBe(true)
  })

  test('too much processor time, address space and file size are refused by the kernel', async context => {
    if (!box.prlimit) return context.skip('prlimit of util-linux is missing')
    const busy = await run(node('for (;;);', { limits: { ...limits, cpuSeconds: 1 } }), box)
    expect(busy).toMatchObject({ kind: 'killed' })
    const greedy = await run(node('', { limits: { ...limits, addressSpaceBytes: 2 ** 26 } }), box)
    expect(greedy.kind === 'exited' && greedy.code === 0).toBe(false)
    const large = await run(node('require("fs").writeFileSync("large", Buffer.alloc(2 ** 21))'), box)
    expect(large).toMatchObject({ kind: 'exited', code: 1, stderr: expect.stringContaining('EFBIG') })
  })

  test('a child does not outlive us, even when we are killed', async context => {
    if (!box.setpriv) return context.skip('setpriv of util-linux is missing')
    // Ready means that the child itself runs, and every wrapper has set its leash.
    const ready = join(dir, 'orphan-is-ready')
    const script = `require('node:fs').writeFileSync('${ready}', ''); setInterval(() => {}, 1e3) // orphan-marker ${dir}`
    const [file, ...args] = wrap(box, limits, process.execPath, ['-e', script])
    const parent = spawn(process.execPath, [
      '-e',
      `require('node:child_process').spawn(${JSON.stringify(file)}, ${JSON.stringify(args)}, { detached: true, stdio: 'ignore' }); setInterval(() => {}, 1000)`,
    ])
    await expect.poll(() => readdir(dir), { timeout: 10_000 }).toContain('orphan-is-ready')
    const pids = (await processesWith(`orphan-marker ${dir}`)).filter(pid => pid !== parent.pid)
    expect(pids).not.toEqual([])
    parent.kill('SIGKILL')
    for (const pid of pids) expect(await isGone(pid)).toBe(true)
  })

  test('what is missing is said', () => {
    expect(describeSandbox(bare)).toContain('WITHOUT network isolation')
    expect(describeSandbox(bare)).toContain('WITHOUT kernel limits')
    expect(
      describeSandbox({ setpriv: '/bin/setpriv', unshare: '/bin/unshare', prlimit: '/bin/prlimit' }),
    ).not.toContain('WITHOUT')
  })
})
