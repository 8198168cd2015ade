import { execFile, execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A PostgreSQL server of our own, on loopback and in a temporary folder. */
export type Postgres = {
  /** Makes an empty database and answers its URL. */
  database(name: string): Promise<string>
  stop(): Promise<void>
}

/** The folder of initdb and pg_ctl: beside the `postgres` of PATH, else where Debian keeps them; null when there is none. */
function binaries(): string | null {
  const inPath = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, 'postgres'))
  const debian = '/usr/lib/postgresql'
  const packaged = existsSync(debian) ? readdirSync(debian).map(version => join(debian, version, 'bin/postgres')) : []
  const found = [...inPath, ...packaged].filter(path => existsSync(path)).map(path => dirname(realpathSync(path)))
  return found.find(folder => existsSync(join(folder, 'initdb'))) ?? null
}

export const hasPostgres = binaries() !== null
if (!hasPostgres)
  console.warn(
    'SKIPPED: the same tests on PostgreSQL, for there is no `postgres` here. On Debian: apt-get install postgresql',
  )

/** PostgreSQL refuses to run as root: then it runs as the user that its package made, or as nobody. */
function unprivileged(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {}
  const user = ['postgres', 'nobody'].find(name => id('-u', name) !== null) ?? 'nobody'
  return { uid: id('-u', user) ?? 65534, gid: id('-g', user) ?? 65534 }
}

function id(which: '-u' | '-g', user: string): number | null {
  try {
    return Number(execFileSync('id', [which, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return null
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

export async function startPostgres(): Promise<Postgres> {
  const bin = binaries()
  if (bin === null) throw new Error('no postgres here')
  const home = mkdtempSync(join(tmpdir(), 'windlass-pg-'))
  const who = unprivileged()
  if (who.uid !== undefined) chownSync(home, who.uid, who.gid)
  const options = { ...who, cwd: home, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  const data = join(home, 'data')
  const port = await freePort()
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${home}`
  const superuser = ['-U', 'windlass']
  await run(join(bin, 'initdb'), ['-D', data, '--auth=trust', ...superuser], options)
  await run(join(bin, 'pg_ctl'), ['-D', data, '-w', '-l', join(home, 'log'), '-o', settings, 'start'], options)
  return {
    async database(name) {
      await run(join(bin, 'createdb'), ['-h', home, '-p', String(port), ...superuser, name], options)
      return `postgres://windlass@127.0.0.1:${port}/${name}`
    },
    async stop() {
      await run(join(bin, 'pg_ctl'), ['-D', data, '-w', '-m', 'immediate', 'stop'], options)
      rmSync(home, { recursive: true, force: true })
    },
  }
}
