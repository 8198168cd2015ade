import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULT_POLICY } from '../src/config.ts'
import { detect, readAhead } from '../src/detect/index.ts'
import { inTurns } from '../src/in-turns.ts'
import { readFiles } from '../src/outside/git/git-files.ts'
import { createLog } from '../src/server/log.ts'
import { supervise } from '../src/server/supervise.ts'
import { startServer } from '../src/server.ts'
import { readSettings } from '../src/settings.ts'

/**
 * The real server in a process of its own; only its passes are made for measuring. argv: a file of notes, a bare repository. A pass
 * writes down when it begins; one over `held…` then waits for the file NOTES.NAME, every other one reads and scans the repository anew, as
 * after a first clone.
 */
const [notes = '', mirror = ''] = process.argv.slice(2)
const read = readSettings(process.env)
if (!read.ok) throw new Error(JSON.stringify(read.problems))
const log = createLog(read.settings.logLevel)

async function scan(): Promise<void> {
  const tree = { commit: 'HEAD', ...(await readFiles('HEAD', { cwd: mirror }, [])) }
  await inTurns(readAhead(tree, DEFAULT_POLICY))
  detect(tree, DEFAULT_POLICY)
}

const server = await startServer({
  settings: read.settings,
  log,
  self: 'windlass[bot]',
  checks: {},
  async reconcile({ name }) {
    appendFileSync(notes, `${Date.now()} ${process.pid} ${name}\n`)
    while (name.startsWith('held') && !existsSync(`${notes}.${name}`)) await sleep(50)
    await scan()
    return { again: null }
  },
  sayParked: async () => {},
  listRepositories: async () => [],
})
supervise(server, log)
