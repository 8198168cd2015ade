import { effect } from './effect.ts'
import { htmlUrl } from './present/repository.ts'
import { type App, type CheckRun, type Repo, type State, timestamp } from './state.ts'

/** GitHub Actions as the App that its check runs come from. */
export const ACTIONS: App = { id: 15368, slug: 'github-actions', publicKeyPem: '', webhookSecret: '', permissions: {} }

/** What a CI says about a commit. `log` makes it a job of GitHub Actions; without one it is another App's check with a summary. */
export type Verdict = {
  readonly name: string
  readonly conclusion: 'success' | 'failure' | 'cancelled' | null
  readonly log?: string
  readonly summary?: string
  readonly annotations?: readonly string[]
}

const OTHER: App = { id: 77, slug: 'some-ci', publicKeyPem: '', webhookSecret: '', permissions: {} }

/** Lets a CI say something about a commit; a name that ran there before is a later run of the same. Returns the id, a job's if it is one. */
export function runCi(state: State, repo: Repo, sha: string, verdict: Verdict): number {
  const { name, conclusion, log, summary = null, annotations = [] } = verdict
  const app = log === undefined && conclusion !== 'success' && summary !== null ? OTHER : ACTIONS
  const id = state.nextId()
  const suite = repo.checks.find(run => run.app === app && run.sha === sha)?.suite ?? state.nextId()
  const run: CheckRun = {
    id,
    suite,
    app,
    sha,
    name,
    status: conclusion === null ? 'queued' : 'completed',
    conclusion,
    externalId: null,
    detailsUrl: app === ACTIONS ? `${htmlUrl(state, repo)}/actions/runs/${suite}/job/${id}` : null,
    startedAt: timestamp(state),
    completedAt: conclusion === null ? null : timestamp(state),
    output: { title: null, summary, text: null, annotations },
  }
  repo.checks.push(run)
  if (log !== undefined) state.logs.put(id, log)
  return id
}

/** Runs a failed job again: a new run of the same name waits. Null when there is no such job, or its run has not ended. */
export function rerun(state: State, repo: Repo, job: number, by: Repo['owner']): number | null {
  const run = repo.checks.find(one => one.id === job && one.app === ACTIONS)
  const isBusy = repo.checks.some(one => one.suite === run?.suite && one.status !== 'completed')
  if (run === undefined || isBusy) return null
  effect(state, repo, 'actions.rerun', by, { job, name: run.name })
  return runCi(state, repo, run.sha, { name: run.name, conclusion: null })
}
