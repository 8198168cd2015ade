import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Action, Commit } from '../../model.ts'
import { git, gitLine } from '../git/git.ts'
import { CheckoutError } from './checkout-error.ts'

const AUTHOR = {
  GIT_AUTHOR_NAME: 'windlass',
  GIT_AUTHOR_EMAIL: 'windlass@localhost',
  GIT_COMMITTER_NAME: 'windlass',
  GIT_COMMITTER_EMAIL: 'windlass@localhost',
}

/** A branch that holds somebody's own commits, or that somebody works on, is never moved. */
async function ownHead(root: string, branch: string): Promise<string | null> {
  const ref = `refs/heads/${branch}`
  const head = await gitLine(['rev-parse', '--verify', '--quiet', ref], { cwd: root }).catch(() => null)
  if (head === null) return null
  const people = await gitLine(['log', '-1', '--format=%ae%n%ce', head], { cwd: root })
  const other = people.split('\n').find(email => email !== AUTHOR.GIT_AUTHOR_EMAIL)
  if (other !== undefined)
    throw new CheckoutError(`committing ${branch}: its last commit is by ${other}; delete or rename that branch first`)
  const checkedOut = await gitLine(['for-each-ref', '--format=%(worktreepath)', ref], { cwd: root })
  if (checkedOut !== '')
    throw new CheckoutError(`committing ${branch}: it is checked out in ${checkedOut}; check out another branch first`)
  return head
}

/** The base commit's tree with the edited files in it, made in an index of its own. */
async function treeWith(root: string, commit: Commit, index: string): Promise<string> {
  const prefix = await gitLine(['rev-parse', '--show-prefix'], { cwd: root })
  const env = { GIT_INDEX_FILE: index, GIT_LITERAL_PATHSPECS: '1' }
  await git(['read-tree', commit.base], { cwd: root, env })
  for (const [path, text] of commit.files) {
    if (text === null) {
      await git(['update-index', '--force-remove', '--', path], { cwd: root, env })
      continue
    }
    const mode = (await gitLine(['ls-files', '--stage', '--', path], { cwd: root, env })).split(' ')[0] || '100644'
    const blob = await gitLine(['hash-object', '-w', '--no-filters', '--stdin'], { cwd: root, input: text })
    await git(['update-index', '--add', '--cacheinfo', `${mode},${blob},${prefix}${path}`], { cwd: root, env })
  }
  return gitLine(['write-tree'], { cwd: root, env })
}

/**
 * Commits an upgrade onto its branch in a local checkout, without touching the working tree or its index; a second time
 * it changes nothing. Throws CheckoutError when the branch is not ours to move.
 */
export async function commitBranch(
  root: string,
  { commit, pullRequest }: Extract<Action, { do: 'open' }>,
): Promise<void> {
  const { branch } = pullRequest
  const head = await ownHead(root, branch)
  const scratch = await mkdtemp(join(tmpdir(), 'windlass-index-'))
  try {
    const tree = await treeWith(root, commit, join(scratch, 'index'))
    if (head !== null && (await gitLine(['rev-parse', `${head}^{tree}`], { cwd: root })) === tree) return
    const args = ['commit-tree', tree, '-p', commit.base, '-m', commit.message]
    const made = await gitLine(args, { cwd: root, env: AUTHOR })
    await git(['update-ref', `refs/heads/${branch}`, made, head ?? '0'.repeat(made.length)], { cwd: root })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
