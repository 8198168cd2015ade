import { openPulls } from '../pulls.ts'
import type { CheckRun, Repo, State, Status } from '../state.ts'
import { app } from './app.ts'
import { minimalPull } from './pull.ts'
import { htmlUrl, repoUrl } from './repository.ts'
import { nodeId, user } from './user.ts'

/** `check-run`. */
export function checkRun(state: State, repo: Repo, run: CheckRun) {
  const url = `${repoUrl(state, repo)}/check-runs/${run.id}`
  const { annotations, ...output } = run.output
  return {
    id: run.id,
    node_id: nodeId('CheckRun', run.id),
    head_sha: run.sha,
    name: run.name,
    external_id: run.externalId ?? '',
    url,
    html_url: `${htmlUrl(state, repo)}/runs/${run.id}`,
    details_url: run.detailsUrl ?? `${state.origin}/apps/${run.app.slug}`,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...output, annotations_count: annotations.length, annotations_url: `${url}/annotations` },
    check_suite: { id: run.suite },
    app: app(state, run.app),
    pull_requests: openPulls(repo).flatMap(pull =>
      pull.pull.headSha === run.sha ? [minimalPull(state, repo, pull)] : [],
    ),
  }
}

/** `simple-commit-status`: a status inside the combined one. */
export function simpleStatus(state: State, repo: Repo, status: Status) {
  return {
    id: status.id,
    node_id: nodeId('Status', status.id),
    url: `${repoUrl(state, repo)}/statuses/${status.sha}`,
    avatar_url: `${state.origin}/avatars/u/${status.creator.id}`,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  }
}

/** `status`. */
export function commitStatus(state: State, repo: Repo, status: Status) {
  return { ...simpleStatus(state, repo, status), creator: user(state, status.creator) }
}
