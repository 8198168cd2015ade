import type { Branch } from '../../model.ts'
import type { Mirror, Remote } from '../git/mirror.ts'
import { isOurs } from '../git/signature.ts'
import type { Pull } from './github-proposals.ts'
import type { Site } from './github-read.ts'

/** In the place of an object id it stands for no object (GitHub GraphQL, `updateRefs`). */
const NOTHING = '0'.repeat(40)

const DELETE = `mutation ($repository: ID!, $ref: GitRefname!, $head: GitObjectID!, $nothing: GitObjectID!) {
  updateRefs(input: { repositoryId: $repository, refUpdates: [{ name: $ref, beforeOid: $head, afterOid: $nothing }] }) {
    clientMutationId
  }
}`

/** The branches below `windlass/`; `pulls` are the pull requests that GitHub lists, whoever opened them. */
export async function readBranches(
  { key, owner, name }: Site,
  mirror: Mirror,
  remote: Remote,
  pulls: readonly Pull[],
): Promise<readonly Branch[]> {
  const open = pulls.filter(({ state, head }) => state === 'open' && head.repo?.full_name === `${owner}/${name}`)
  const asked = new Set(open.map(({ head }) => head.ref))
  const branches = [...remote.heads].map(async ([branch, head]): Promise<Branch> => {
    return { name: branch, head, isOurs: isOurs(key, await mirror.commit(head)), isAsked: asked.has(branch) }
  })
  return Promise.all(branches)
}

/**
 * Deletes a branch if it stands at `head`: what somebody has committed meanwhile stays. REST cannot be asked for that. What GitHub
 * refuses stays too: a protected branch, or one that is gone. Rejects when GitHub does not answer.
 */
export async function deleteBranch({ octokit, owner, name }: Site, branch: string, head: string): Promise<void> {
  const { data: repository } = await octokit.rest.repos.get({ owner, repo: name })
  const variables = { repository: repository.node_id, ref: `refs/heads/${branch}`, head, nothing: NOTHING }
  await octokit.graphql(DELETE, { ...variables, request: { repository: `${owner}/${name}` } }).catch(error => {
    if (!(error instanceof Error && error.name === 'GraphqlResponseError')) throw error
  })
}
