import { dirname } from 'node:path'
import type { RepoFile, Tree } from '../../src/model.ts'
import type { Mirror, Remote } from '../../src/outside/git/mirror.ts'
import { DEFAULT_BRANCH } from './github.ts'
import { idOf } from './objects.ts'
import { placeOf } from './places.ts'

/** Stands in the place of src/outside/git/mirror.ts: the copy of a repository, read from the objects of the GitHub in memory. */
export async function openMirror(folder: string, name: string, _url: string): Promise<Mirror> {
  const { by, border, github } = placeOf(dirname(folder))
  const { objects } = github
  const known = (sha: string) => {
    const commit = objects.commit(sha)
    if (!commit) throw new Error(`git cat-file ended with 128: no ${sha} in ${name}`)
    return commit
  }
  async function tree(commit: string): Promise<Tree> {
    known(commit)
    const files = [...objects.filesOf(commit)].map(
      ([path, { text }]): RepoFile => ({ path, blob: idOf('blob', text), text }),
    )
    return { commit, files, skipped: [] }
  }
  const look = (ago: number): Remote => {
    const { refs } = ago > 0 ? github.past(ago) : github.state
    const heads = [...refs].filter(([branch]) => branch.startsWith('windlass/'))
    return { defaultBranch: DEFAULT_BRANCH, base: refs.get(DEFAULT_BRANCH) ?? '', heads: new Map(heads) }
  }
  const fail = (): never => {
    throw new Error('git ls-remote ended with 128: the remote end hung up unexpectedly')
  }
  return {
    refresh: () => border.cross(by, 'git', 'refresh', look, fail),
    tree,
    treeOf: commit => border.cross(by, 'git', 'fetch', () => tree(commit), fail),
    branch: branch =>
      border.cross(
        by,
        'git',
        'fetch',
        ago => (ago > 0 ? github.past(ago) : github.state).refs.get(branch) ?? null,
        fail,
      ),
    async commit(sha) {
      const { tree, parents, author, message } = known(sha)
      return { tree, parents, author, message }
    },
    async change(commit, base) {
      const [parent] = known(commit).parents
      const [before, after, now] = [parent ?? commit, commit, base].map(id => objects.filesOf(id))
      const textOf = (files: typeof before, path: string) => files?.get(path)?.text ?? null
      const paths = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])]
      const changed = paths.filter(path => textOf(before, path) !== textOf(after, path))
      return {
        ok: true,
        value: changed.map(path => ({
          path,
          before: textOf(before, path),
          after: textOf(after, path),
          now: textOf(now, path),
        })),
      }
    },
    mode: async (commit, path) => objects.filesOf(commit).get(path)?.mode ?? '100644',
  }
}
