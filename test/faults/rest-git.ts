import { clock } from './clock.ts'
import { DEFAULT_BRANCH } from './github.ts'
import type { Entry } from './objects.ts'
import { Refusal } from './operations.ts'
import { type Asked, created, gone, inRepo, ok, type Reply, type Route, route, text, texts } from './route.ts'
import { showCommit, showRepository } from './shapes.ts'

const branchOf = (asked: Asked, index = 0) => decodeURIComponent(asked.path[index] ?? '')

function readRef({ state, ...asked }: Asked): Reply {
  const branch = branchOf({ state, ...asked })
  const sha = state.refs.get(branch)
  if (sha === undefined) throw new Refusal(404, 'Not Found')
  return ok({ ref: `refs/heads/${branch}`, object: { type: 'commit', sha } })
}

function createTree(asked: Asked): Reply {
  const { github, body } = asked
  const base = github.objects.tree(text(asked, 'base_tree'))
  if (base === null) throw new Refusal(422, 'Validation Failed: base_tree is not a tree')
  const files = new Map<string, Entry>(base)
  for (const { path, mode, content } of body.tree as { path: string; mode: string; content: string }[])
    files.set(path, { mode, text: content })
  return created({ sha: github.objects.putTree(files) })
}

function createCommit(asked: Asked): Reply {
  const { github, by } = asked
  const tree = text(asked, 'tree')
  const parents = texts(asked, 'parents')
  if (github.objects.tree(tree) === null || parents.some(sha => github.objects.commit(sha) === null))
    throw new Refusal(422, 'Validation Failed: tree or parent does not exist')
  const author = { author: by.actor, by: by.actor, at: clock.stamp() }
  return created(showCommit(github.objects.putCommit({ tree, parents, message: text(asked, 'message'), ...author })))
}

function createRef(asked: Asked): Reply {
  const { github, by } = asked
  const branch = text(asked, 'ref').replace('refs/heads/', '')
  const sha = text(asked, 'sha')
  if (github.head(branch) !== null) throw new Refusal(422, 'Reference already exists')
  if (github.objects.commit(sha) === null) throw new Refusal(422, 'Object does not exist')
  github.moveRef(by.actor, by.cause, branch, sha)
  return created({ ref: `refs/heads/${branch}`, object: { sha } })
}

function updateRef(asked: Asked): Reply {
  const { github, by, body } = asked
  const branch = branchOf(asked)
  const before = github.head(branch)
  const sha = text(asked, 'sha')
  if (before === null) throw new Refusal(422, 'Reference does not exist')
  if (github.objects.commit(sha) === null) throw new Refusal(422, 'Object does not exist')
  if (body.force !== true && !github.objects.history(sha).has(before))
    throw new Refusal(422, 'Update is not a fast forward')
  if (before !== sha) github.moveRef(by.actor, by.cause, branch, sha)
  return ok({ ref: `refs/heads/${branch}`, object: { sha } })
}

function deleteRef(asked: Asked): Reply {
  const { github, by } = asked
  const branch = branchOf(asked)
  if (github.head(branch) === null) throw new Refusal(422, 'Reference does not exist')
  github.moveRef(by.actor, by.cause, branch, null)
  return gone
}

/** The mutation `updateRefs` of GraphQL, of which we use the deletion of a branch that stands where we think. */
function updateRefs({ github, by, body }: Asked): Reply {
  const { ref = '', head = '' } = body.variables as Readonly<Record<string, string>>
  const branch = ref.replace('refs/heads/', '')
  if (github.head(branch) !== head)
    return ok({ data: { updateRefs: null }, errors: [{ message: `${ref} is elsewhere` }] })
  github.moveRef(by.actor, by.cause, branch, null)
  return ok({ data: { updateRefs: { clientMutationId: null } } })
}

function readCommit(asked: Asked): Reply {
  const { github, state, path } = asked
  const [name = ''] = path
  const commit = github.objects.commit(state.refs.get(decodeURIComponent(name)) ?? name)
  if (commit === null) throw new Refusal(404, 'Not Found')
  return ok({ ...showCommit(commit), commit: showCommit(commit) })
}

/** Branches and objects of git. */
export const GIT: readonly Route[] = [
  inRepo('GET ', () => ok(showRepository())),
  inRepo('GET /git/ref/heads/**', readRef),
  inRepo('GET /branches/**', asked =>
    ok({ name: branchOf(asked), commit: { sha: asked.state.refs.get(branchOf(asked)) } }),
  ),
  inRepo('GET /git/commits/*', readCommit),
  inRepo('GET /commits/*', readCommit),
  inRepo('POST /git/trees', createTree),
  inRepo('POST /git/commits', createCommit),
  inRepo('POST /git/refs', createRef),
  inRepo('PATCH /git/refs/heads/**', updateRef),
  inRepo('DELETE /git/refs/heads/**', deleteRef),
  route('POST /graphql', updateRefs),
  inRepo('GET /git/matching-refs/heads/**', asked =>
    ok(
      [...asked.state.refs]
        .filter(([branch]) => branch.startsWith(branchOf(asked)) && branch !== DEFAULT_BRANCH)
        .map(([branch, sha]) => ({ ref: `refs/heads/${branch}`, object: { sha } })),
    ),
  ),
]
