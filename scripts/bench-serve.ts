import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Octokit } from '@octokit/rest'
import type { Repository } from '../src/app.ts'
import { DEFAULT_POLICY } from '../src/config.ts'
import { detect, readAhead } from '../src/detect/index.ts'
import { inTurns } from '../src/in-turns.ts'
import { readFiles } from '../src/outside/git/git-files.ts'
import { GITHUB_BUDGET } from '../src/outside/github/budget.ts'
import { guard } from '../src/outside/github/gateway.ts'
import type { Store } from '../src/outside/store/store.ts'
import { createLog } from '../src/server/log.ts'
import { supervise } from '../src/server/supervise.ts'
import { startServer } from '../src/server.ts'
import { readSettings } from '../src/settings.ts'

/**
 * The real server in a process of its own; only its passes are made for measuring. argv: a file of notes, a bare repository. A pass
 * writes down when it begins; one over `held…` then waits for the file NOTES.NAME, every other one reads and scans the repository anew, as
 * after a first clone. Passes over every fifteenth repository also read and write at a GitHub that only notes in NOTES.sent what came when.
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

/** One read and one write through the gateway, as a pass that has something to say. */
async function talk({ installation, owner, name }: Repository, holder: string, { writes }: Store): Promise<void> {
  const octokit = new Octokit({ request: { fetch: note } })
  guard(octokit, { installation, pass: { repository: `${owner}/${name}`, holder }, writes, budget: GITHUB_BUDGET })
  const at = { owner, repo: name }
  await octokit.rest.repos.get(at)
  await octokit.rest.checks.create({ ...at, name: 'windlass', head_sha: 'a'.repeat(40) })
}

async function note(_: unknown, init: { readonly method?: string }): Promise<Response> {
  appendFileSync(`${notes}.sent`, `${Date.now()} ${init.method}\n`)
  return Response.json({})
}

const server = await startServer({
  settings: read.settings,
  log,
  self: 'windlass[bot]',
  checks: {},
  async reconcile(repository, { holder }, store) {
    const { name } = repository
    appendFileSync(notes, `${Date.now()} ${process.pid} ${name}\n`)
    while (name.startsWith('held') && !existsSync(`${notes}.${name}`)) await sleep(50)
    await scan()
    if (/^fleet-\d+$/.test(name) && Number(name.slice(6)) % 15 === 0) await talk(repository, holder, store)
    return { again: null }
  },
  sayParked: async () => {},
  listRepositories: async () => [],
})
supervise(server, log)
