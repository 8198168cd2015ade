import { effect } from '../effect.ts'
import { commitOf } from '../git.ts'
import type { Answer, Handlers, Input, RepoCall } from '../handler.ts'
import { pageOf } from '../pages.ts'
import { deployment, deploymentStatus } from '../present/deployment.ts'
import { notFound, unprocessable } from '../refusal.ts'
import { type Deployment, type DeploymentStatus, timestamp } from '../state.ts'

/** Deployments and their statuses. */
export const deploymentHandlers: Handlers = {
  'repos/create-deployment': { auth: 'repo', needs: ['deployments:write'], handle: create },
  'repos/list-deployments': { auth: 'repo', needs: ['deployments:read'], handle: list },
  'repos/create-deployment-status': { auth: 'repo', needs: ['deployments:write'], handle: createStatus },
  'repos/list-deployment-statuses': { auth: 'repo', needs: ['deployments:read'], handle: listStatuses },
}

async function create({ state, repo, by }: RepoCall, input: Input<'repos', 'createDeployment'>): Promise<Answer> {
  const sha = await commitOf(repo.dir, input.ref)
  if (sha === null) throw unprocessable(`No ref found for: ${input.ref}`)
  const made: Deployment = {
    id: state.nextId(),
    sha,
    ref: input.ref,
    environment: input.environment ?? 'production',
    creator: by.user,
    createdAt: timestamp(state),
    statuses: [],
  }
  repo.deployments.push(made)
  effect(state, repo, 'deployment.create', by.user, { id: made.id, sha, environment: made.environment })
  return { status: 201, body: deployment(state, repo, made) }
}

function list(call: RepoCall, input: Input<'repos', 'listDeployments'>): Answer {
  const found = call.repo.deployments
    .filter(one => input.sha === undefined || one.sha === input.sha)
    .filter(one => input.environment === undefined || one.environment === input.environment)
  return pageOf(call, found.reverse(), input, one => deployment(call.state, call.repo, one))
}

/** As GitHub does: the success of a deployment makes the earlier ones of its environment inactive. */
function createStatus(call: RepoCall, input: Input<'repos', 'createDeploymentStatus'>): Answer {
  const { state, repo, by } = call
  const found = find(call, input.deployment_id)
  const made = { id: state.nextId(), creator: by.user, createdAt: timestamp(state) }
  const status: DeploymentStatus = { ...made, state: input.state, description: input.description ?? '' }
  found.statuses.push(status)
  if (input.state === 'success' && input.auto_inactive !== false) {
    const earlier = repo.deployments.filter(({ id, environment }) => id < found.id && environment === found.environment)
    for (const one of earlier)
      if (one.statuses.at(-1)?.state === 'success')
        one.statuses.push({ ...made, id: state.nextId(), state: 'inactive', description: '' })
  }
  effect(state, repo, 'deployment.status', by.user, { id: found.id, state: input.state })
  return { status: 201, body: deploymentStatus(state, repo, found, status) }
}

function listStatuses(call: RepoCall, input: Input<'repos', 'listDeploymentStatuses'>): Answer {
  const found = find(call, input.deployment_id)
  return pageOf(call, found.statuses.toReversed(), input, one => deploymentStatus(call.state, call.repo, found, one))
}

function find({ repo }: RepoCall, id: number): Deployment {
  const found = repo.deployments.find(one => one.id === id)
  if (!found) throw notFound()
  return found
}
