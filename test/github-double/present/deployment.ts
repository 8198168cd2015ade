import type { Deployment, DeploymentStatus, Repo, State } from '../state.ts'
import { repoUrl } from './repository.ts'
import { nodeId, user } from './user.ts'

function urlOf(state: State, repo: Repo, { id }: Deployment): string {
  return `${repoUrl(state, repo)}/deployments/${id}`
}

/** `deployment`. */
export function deployment(state: State, repo: Repo, one: Deployment) {
  return {
    url: urlOf(state, repo, one),
    id: one.id,
    node_id: nodeId('Deployment', one.id),
    sha: one.sha,
    ref: one.ref,
    task: 'deploy',
    payload: {},
    original_environment: one.environment,
    environment: one.environment,
    description: null,
    creator: user(state, one.creator),
    created_at: one.createdAt,
    updated_at: one.createdAt,
    statuses_url: `${urlOf(state, repo, one)}/statuses`,
    repository_url: repoUrl(state, repo),
    transient_environment: false,
    production_environment: false,
  }
}

/** `deployment-status`. */
export function deploymentStatus(state: State, repo: Repo, of: Deployment, one: DeploymentStatus) {
  return {
    url: `${urlOf(state, repo, of)}/statuses/${one.id}`,
    id: one.id,
    node_id: nodeId('DeploymentStatus', one.id),
    state: one.state,
    creator: user(state, one.creator),
    description: one.description,
    environment: of.environment,
    target_url: urlOf(state, repo, of),
    created_at: one.createdAt,
    updated_at: one.createdAt,
    deployment_url: urlOf(state, repo, of),
    repository_url: repoUrl(state, repo),
  }
}
