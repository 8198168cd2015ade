import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog } from '../../src/server/log.ts'
import { supervise } from '../../src/server/supervise.ts'
import { startServer } from '../../src/server.ts'
import { readSettings } from '../../src/settings.ts'

/**
 * The real server in a process of its own, with passes that only write down that they ran: `begin` and `end` lines in the file of
 * argv[2], with the process. What a pass does is told by how the repository's name begins: `poison` kills the process, `held` waits until the file FILE.go
 * exists, every other name just ends. A file FILE.crash makes the process throw where nobody catches.
 */
const file = process.argv[2] ?? ''
const read = readSettings(process.env)
if (!read.ok) throw new Error(JSON.stringify(read.problems))
const log = createLog(read.settings.logLevel)

startServer({
  settings: read.settings,
  log,
  self: 'windlass[bot]',
  checks: {},
  async reconcile({ name }, { cause }) {
    appendFileSync(file, `begin ${name} ${process.pid} ${cause}\n`)
    if (name.startsWith('poison')) process.kill(process.pid, 'SIGKILL')
    while (name.startsWith('held') && !existsSync(`${file}.go`)) await sleep(20)
    appendFileSync(file, `end ${name}\n`)
    return { again: null }
  },
  sayParked: async () => {},
  listRepositories: async () => [{ installation: 7, owner: 'acme', name: 'swept' }],
}).then(
  server => supervise(server, log),
  error => {
    log.fatal({ err: error }, 'could not start')
    process.exit(1)
  },
)

setInterval(() => {
  if (existsSync(`${file}.crash`)) throw new Error('nobody catches this')
}, 50).unref()
