import type { Logger } from 'pino'
import { createApp } from '../app.ts'
import { BadPolicy } from '../bad-policy.ts'
import { problemLine } from '../config.ts'
import type { Action } from '../model.ts'
import { GITHUB_BUDGET } from '../outside/github/budget.ts'
import { type Clients, type GitHubApp, openGitHubApp } from '../outside/github/github-app.ts'
import { openServices, type SharedServices } from '../outside/services.ts'
import { dashboardShelf } from '../outside/store/dashboards.ts'
import type { Budget } from '../outside/store/writes.ts'
import { reconcile } from '../reconcile.ts'
import { parkedCheck } from '../report/parked.ts'
import { Final } from '../server/final.ts'
import { createLog } from '../server/log.ts'
import { nameOf, type Reconcile } from '../server/pass.ts'
import { supervise } from '../server/supervise.ts'
import { type Running, startServer } from '../server.ts'
import { readSettings, type Settings } from '../settings.ts'
import { UsageError } from './exit.ts'
import { describeProblems } from './world.ts'

/** One action as the audit trail keeps it: what was done where, without the texts. */
function auditOf(action: Action): object {
  switch (action.do) {
    case 'open':
      return { do: 'open', branch: action.pullRequest.branch, to: action.memory.to, inputs: action.memory.inputs }
    case 'update':
      return { do: 'update', number: action.number, to: action.memory.to, inputs: action.memory.inputs }
    case 'close':
      return { do: 'close', number: action.number, reason: action.reason }
    case 'remember':
      return { do: 'remember', number: action.number, hold: action.memory.hold !== null }
    case 'reply':
      return { do: 'reply', number: action.number, comment: action.comment }
    case 'notice':
      return { do: 'notice', number: action.number, key: action.key }
    case 'check':
      return { do: 'check', commit: action.commit, title: action.check.title }
    case 'review':
      return { do: 'review', number: action.number, head: action.head, title: action.check.title }
    case 'delete':
      return { do: 'delete', branch: action.branch, head: action.head }
    case 'rerun':
      return { do: 'rerun', number: action.number, job: action.job }
    case 'dashboard':
      return { do: 'dashboard', number: action.number, state: action.state }
  }
}

/** One pass over one repository, with the log, the audit trail and the dates of the store around it. */
export function passOver(app: GitHubApp, services: SharedServices, log: Logger): Reconcile {
  return async (repository, { cause, events, holder }, store) => {
    const name = nameOf(repository)
    const world = await app.world(
      repository,
      {
        ...services,
        ...services.registries(),
        now: () => new Date(),
        firstSeen: (source, version) => store.firstSeen(`${source.url} ${source.chart ?? ''}`, version, new Date()),
        since: key => store.firstSeen(`since ${name.toLowerCase()}`, key, new Date()),
        reporter: (environment, what, by) => store.signals.reporter(name, environment, what, by),
        heard: since => store.signals.heard(name, since),
        woken: events,
        shelf: dashboardShelf(store.database, name, holder),
        progress: line => log.debug({ repository: name }, line),
      },
      { store, holder },
    )
    try {
      const { actions, board, held, survey, disbelieved, again } = await reconcile(world)
      for (const action of [...actions, ...board]) await store.audit(name, cause, auditOf(action))
      for (const { signal, why } of disbelieved) {
        const { via, name: about, by, state, at } = signal
        await store.auditOnce(name, cause, { do: 'disbelieve', via, about, by, state, at, why })
      }
      const { outcomes, problems, remarks } = survey
      for (const remark of [...problems, ...remarks]) log.warn({ repository: name }, problemLine(remark))
      for (const { branch, reason } of held) log.info({ repository: name, branch, reason }, 'held')
      log.info(
        { repository: name, cause, components: outcomes.length, actions: actions.length, problems: problems.length },
        'passed',
      )
      return { again: again === null ? null : new Date(again) }
    } catch (error) {
      if (!(error instanceof BadPolicy)) throw error
      await store.audit(name, cause, { do: 'stop', reason: error.message })
      throw new Final(error.message)
    }
  }
}

/**
 * Starts the App with everything outside put together; `clients` are its clients at GitHub, `budget` what it may send there. Rejects when
 * the key or the host is wrong.
 */
export async function startApp(
  settings: Settings,
  services: SharedServices,
  clients: Clients,
  log: Logger,
  budget: Budget = GITHUB_BUDGET,
): Promise<Running> {
  const app = await openGitHubApp(clients, {
    webUrl: settings.github.webUrl,
    webhookSecret: settings.app.webhookSecret,
    data: settings.data,
    budget,
  })
  const server = await startServer({
    settings,
    log,
    self: app.login,
    checks: { github: app.check },
    reconcile: passOver(app, services, log),
    listRepositories: app.listRepositories,
    sayParked: (repository, isParked, store) => app.report(repository, parkedCheck(isParked), store),
  })
  return {
    ...server,
    async stop() {
      await server.stop()
      await services.close()
    },
  }
}

/** `windlass serve`: the GitHub App. Everything it needs comes from the environment. */
export async function serve(): Promise<void> {
  const read = readSettings(process.env)
  if (!read.ok) throw new UsageError(describeProblems(read.problems))
  const { settings } = read
  const log = createLog(settings.logLevel)
  const opened = await openServices(settings, process.env)
  if (!opened.ok) throw new UsageError(opened.problems.join('\n'))
  for (const line of opened.services.says) log.info(line)
  supervise(await startApp(settings, opened.services, createApp(settings, log), log), log)
}
