import type { Change, Tree } from '../../model.ts'
import { GitError, gitLine } from '../git/git.ts'
import { readFiles } from '../git/git-files.ts'
import { CheckoutError } from './checkout-error.ts'

/** One line of git; a refusal is said in our words. */
async function ask(root: string, args: readonly string[], otherwise: string): Promise<string> {
  try {
    return await gitLine(args, { cwd: root })
  } catch (error) {
    if (error instanceof GitError) throw new CheckoutError(otherwise)
    throw error
  }
}

/** The id of the commit that a name stands for. */
function commitOf(root: string, name: string): Promise<string> {
  const otherwise = `reading ${name}: no such commit in ${root}; fetch it first, or write it as \`git log\` takes it`
  return ask(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], otherwise)
}

/**
 * Two commits of a checkout and the one that both were made from, as trees; the files that stand in the checkout are not looked at.
 * Throws CheckoutError when one of them is not there, or they have nothing in common.
 */
export async function readChange(root: string, base: string, head: string): Promise<Change & { readonly base: Tree }> {
  const [ours, theirs] = [await commitOf(root, base), await commitOf(root, head)]
  const apart = `comparing ${base} and ${head}: they have no common commit in ${root}; a shallow clone needs \`git fetch --unshallow\``
  const fork = await ask(root, ['merge-base', ours, theirs], apart)
  const treeOf = async (commit: string, known: Tree['files']): Promise<Tree> => ({
    commit,
    ...(await readFiles(commit, { cwd: root }, known)),
  })
  const tree = await treeOf(ours, [])
  return {
    base: tree,
    fork: fork === ours ? tree : await treeOf(fork, tree.files),
    head: await treeOf(theirs, tree.files),
  }
}
