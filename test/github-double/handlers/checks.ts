import { effect } from '../effect.ts'
import { commitOf } from '../git.ts'
import { type Answer, type Handlers, type Input, NOT_ACCESSIBLE, type RepoCall } from '../handler.ts'
import { paginate } from '../pages.ts'
import { checkRun } from '../present/check.ts'
import { notFound, Refusal, unprocessable } from '../refusal.ts'
import { type App, type CheckRun, timestamp } from '../state.ts'

/** Check runs; only apps write them, each its own. */
export const checkHandlers: Handlers = {
  'checks/create': { auth: 'repo', needs: ['checks:write'], handle: create },
  'checks/update': { auth: 'repo', needs: ['checks:write'], handle: update },
  'checks/get': { auth: 'repo', needs: ['checks:read'], handle: get },
  'checks/list-for-ref': { auth: 'repo', needs: ['checks:read'], handle: listForRef },
}

type Change = Partial<
  Pick<Input<'checks', 'create'>, 'name' | 'conclusion' | 'external_id' | 'details_url' | 'started_at' | 'completed_at'>
> & {
  readonly status?: string | undefined
  readonly output?: Partial<NonNullable<Input<'checks', 'create'>['output']>> | undefined
}

async function create(call: RepoCall, input: Input<'checks', 'create'>): Promise<Answer> {
  const { state, repo, by } = call
  if (!by.app) throw new Refusal(403, 'You must authenticate via a GitHub App.')
  if ((await commitOf(repo.dir, input.head_sha)) !== input.head_sha)
    throw unprocessable(`No commit found for SHA: ${input.head_sha}`)
  const run: CheckRun = {
    id: state.nextId(),
    suite: suiteOf(call, by.app, input.head_sha),
    app: by.app,
    sha: input.head_sha,
    name: input.name,
    status: 'queued',
    conclusion: null,
    externalId: null,
    detailsUrl: null,
    startedAt: timestamp(state),
    completedAt: null,
    output: { title: null, summary: null, text: null, annotations: [] },
  }
  change(call, run, input)
  repo.checks.push(run)
  effect(state, repo, 'check.create', by.user, about(run))
  return { status: 201, body: checkRun(state, repo, run) }
}

function update(call: RepoCall, input: Input<'checks', 'update'>): Answer {
  const run = find(call, input.check_run_id)
  if (run.app !== call.by.app) throw new Refusal(403, NOT_ACCESSIBLE)
  change(call, run, input)
  effect(call.state, call.repo, 'check.update', call.by.user, about(run))
  return { status: 200, body: checkRun(call.state, call.repo, run) }
}

function get(call: RepoCall, input: Input<'checks', 'get'>): Answer {
  return { status: 200, body: checkRun(call.state, call.repo, find(call, input.check_run_id)) }
}

async function listForRef(call: RepoCall, input: Input<'checks', 'listForRef'>): Promise<Answer> {
  const { state, repo } = call
  const sha = await commitOf(repo.dir, input.ref)
  if (sha === null) throw unprocessable(`No commit found for SHA: ${input.ref}`)
  const runs = repo.checks
    .filter(run => run.sha === sha)
    .filter(run => input.check_name === undefined || run.name === input.check_name)
    .filter(run => input.status === undefined || run.status === input.status)
    .filter(run => input.app_id === undefined || run.app.id === input.app_id)
    .filter(
      (run, i, all) =>
        input.filter === 'all' || !all.slice(i + 1).some(later => later.name === run.name && later.suite === run.suite),
    )
  const { items, headers } = paginate(call, runs, input)
  return {
    status: 200,
    body: { total_count: runs.length, check_runs: items.map(run => checkRun(state, repo, run)) },
    headers,
  }
}

/** Applies what was given; a conclusion completes the run, and a completed run needs a conclusion. */
function change({ state }: RepoCall, run: CheckRun, input: Change): void {
  const status = input.conclusion ? 'completed' : (input.status ?? run.status)
  const conclusion = status === 'completed' ? (input.conclusion ?? run.conclusion) : null
  if (status === 'completed' && conclusion === null) throw unprocessable('A completed check run needs a conclusion')
  const { title, summary, text, annotations } = input.output ?? {}
  Object.assign(run, {
    name: input.name ?? run.name,
    status,
    conclusion,
    externalId: input.external_id ?? run.externalId,
    detailsUrl: input.details_url ?? run.detailsUrl,
    startedAt: input.started_at ?? run.startedAt,
    completedAt: status === 'completed' ? (input.completed_at ?? run.completedAt ?? timestamp(state)) : null,
    output: {
      title: title ?? run.output.title,
      summary: summary ?? run.output.summary,
      text: text ?? run.output.text,
      // Annotations are added by each update, never replaced.
      annotations: [...run.output.annotations, ...(annotations ?? [])],
    },
  })
}

function suiteOf({ state, repo }: RepoCall, app: App, sha: string): number {
  return repo.checks.find(run => run.app === app && run.sha === sha)?.suite ?? state.nextId()
}

function find({ repo }: RepoCall, id: number): CheckRun {
  const run = repo.checks.find(one => one.id === id)
  if (!run) throw notFound()
  return run
}

function about({ id, name, sha, status, conclusion }: CheckRun) {
  return { id, name, sha, status, conclusion }
}
