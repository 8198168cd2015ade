import { git, isAncestor, refs, typeOf } from '../git.ts'
import type { Answer, Handlers, Input, RepoCall } from '../handler.ts'
import { repoUrl } from '../present/repository.ts'
import { nodeId } from '../present/user.ts'
import { changeRef } from '../refs.ts'
import { notFound, unprocessable } from '../refusal.ts'
import type { Repo, State } from '../state.ts'

/** Refs, moved in the real bare repository. */
export const refHandlers: Handlers = {
  'git/get-ref': { auth: 'repo', needs: ['contents:read'], handle: getRef },
  'git/list-matching-refs': { auth: 'repo', needs: ['contents:read'], handle: matchingRefs },
  'git/create-ref': { auth: 'repo', needs: ['contents:write'], handle: createRef },
  'git/update-ref': { auth: 'repo', needs: ['contents:write'], handle: updateRef },
  'git/delete-ref': { auth: 'repo', needs: ['contents:write'], handle: deleteRef },
}

async function getRef({ state, repo }: RepoCall, { ref }: Input<'git', 'getRef'>): Promise<Answer> {
  const sha = (await refs(repo.dir)).get(`refs/${ref}`)
  if (sha === undefined) throw notFound()
  return { status: 200, body: await refBody(state, repo, `refs/${ref}`, sha) }
}

async function matchingRefs({ state, repo }: RepoCall, { ref }: Input<'git', 'listMatchingRefs'>): Promise<Answer> {
  const found = [...(await refs(repo.dir))].filter(([name]) => name.startsWith(`refs/${ref}`))
  return { status: 200, body: await Promise.all(found.map(([name, sha]) => refBody(state, repo, name, sha))) }
}

async function createRef({ state, repo, by }: RepoCall, { ref, sha }: Input<'git', 'createRef'>): Promise<Answer> {
  if (!/^refs\/[^/]+\/./.test(ref))
    throw unprocessable("Reference name must start with 'refs' and have at least two slashes.")
  await git(repo.dir, ['check-ref-format', ref]).catch(() => {
    throw unprocessable(`${ref} is not a valid ref name.`)
  })
  if ((await typeOf(repo.dir, sha)) === null) throw unprocessable('Object does not exist')
  if ((await refs(repo.dir)).has(ref)) throw unprocessable('Reference already exists')
  if (!(await changeRef(state, repo, by.user, ref, null, sha))) throw unprocessable('Reference update failed')
  return { status: 201, body: await refBody(state, repo, ref, sha) }
}

async function updateRef({ state, repo, by }: RepoCall, input: Input<'git', 'updateRef'>): Promise<Answer> {
  const ref = `refs/${input.ref}`
  const before = (await refs(repo.dir)).get(ref)
  if (before === undefined) throw unprocessable('Reference does not exist')
  if ((await typeOf(repo.dir, input.sha)) === null) throw unprocessable('Object does not exist')
  if (input.force !== true && !(await isAncestor(repo.dir, before, input.sha)))
    throw unprocessable('Update is not a fast forward')
  if (before !== input.sha && !(await changeRef(state, repo, by.user, ref, before, input.sha)))
    throw unprocessable('Reference update failed')
  return { status: 200, body: await refBody(state, repo, ref, input.sha) }
}

async function deleteRef({ state, repo, by }: RepoCall, input: Input<'git', 'deleteRef'>): Promise<Answer> {
  const ref = `refs/${input.ref}`
  const before = (await refs(repo.dir)).get(ref)
  if (before === undefined) throw unprocessable('Reference does not exist')
  if (ref === `refs/heads/${repo.defaultBranch}`) throw unprocessable('Cannot delete the default branch')
  if (!(await changeRef(state, repo, by.user, ref, before, null))) throw unprocessable('Reference update failed')
  return { status: 204 }
}

async function refBody(state: State, repo: Repo, ref: string, sha: string) {
  const type = (await typeOf(repo.dir, sha)) ?? 'commit'
  const url = repoUrl(state, repo)
  return {
    ref,
    node_id: nodeId('Ref', ref),
    url: `${url}/git/${ref}`,
    object: { type, sha, url: `${url}/git/${type}s/${sha}` },
  }
}
