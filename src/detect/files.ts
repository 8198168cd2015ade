import type { RepoFile } from '../model.ts'
import { matchesGlob } from '../text/glob.ts'

/** The other files of the repository, for facts that lead to them. */
export type Files = {
  get(path: string): RepoFile | undefined
  /** The files whose path one of the globs matches, in the order of the tree. */
  matching(globs: readonly string[]): readonly RepoFile[]
}

/** What was asked of the files: an answer can be another one only when such a file has changed. */
export type Asked = { readonly paths: ReadonlySet<string>; readonly globs: ReadonlySet<string> }

/** Whether what was asked has to do with the file at a path. */
export function isAsked({ paths, globs }: Asked, path: string): boolean {
  return paths.has(path) || [...globs].some(glob => matchesGlob(path, glob))
}

/** The files of a tree, with a record of what is asked of them. The index by path is made when the first path is asked for. */
export function askable(all: readonly RepoFile[]): { readonly files: Files; readonly asked: Asked } {
  const paths = new Set<string>()
  const globs = new Set<string>()
  let byPath: ReadonlyMap<string, RepoFile> | null = null
  const files: Files = {
    get(path) {
      paths.add(path)
      byPath ??= new Map(all.map(file => [file.path, file]))
      return byPath.get(path)
    },
    matching(wanted) {
      for (const glob of wanted) globs.add(glob)
      return all.filter(({ path }) => wanted.some(glob => matchesGlob(path, glob)))
    },
  }
  return { files, asked: { paths, globs } }
}
