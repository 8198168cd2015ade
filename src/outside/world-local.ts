import { createHash } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import type { Action, RepoFile, Skipped, Tree } from '../model.ts'
import type { World } from '../world.ts'
import { GitError, git, gitLine } from './git.ts'
import { decode, MAX_FILE_BYTES, READ, tooLarge } from './git-files.ts'
import type { Services } from './world-github.ts'

const NEVER_READ = new Set(['.git', 'node_modules', '.terraform'])

/** git's id of a blob. */
function blobId(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

async function* walk(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !NEVER_READ.has(entry.name)) yield* walk(path)
    else if (entry.isFile() && READ.test(entry.name)) yield path
  }
}

/** The YAML files below `root`: those that git knows or would add, else (no checkout) every one of them. */
async function paths(root: string): Promise<string[]> {
  try {
    const listing = await git(['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
    return listing
      .toString('utf8')
      .split('\0')
      .filter(path => READ.test(path))
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    const found: string[] = []
    for await (const path of walk(root)) found.push(relative(root, path).split(sep).join('/'))
    return found
  }
}

/** Reads the working tree as it stands, uncommitted changes included. Symbolic links are not followed. */
export async function readLocalTree(root: string): Promise<Tree> {
  const files: RepoFile[] = []
  const skipped: Skipped[] = []
  for (const path of (await paths(root)).sort()) {
    const info = await lstat(join(root, path)).catch(() => null)
    if (!info?.isFile()) continue
    if (info.size > MAX_FILE_BYTES) {
      skipped.push(tooLarge(path, info.size))
      continue
    }
    const bytes = await readFile(join(root, path))
    const content = decode(path, bytes)
    if ('text' in content) files.push({ path, blob: blobId(bytes), text: content.text })
    else skipped.push(content)
  }
  const commit = await gitLine(['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd: root }).catch(() => '')
  return { commit, files, skipped }
}

/** A local checkout behind the same port as GitHub. Branches are committed without touching the working tree. */
export async function openLocalWorld(root: string, services: Services): Promise<World> {
  return {
    ...services,
    tree: () => readLocalTree(root),
    proposals: async () => [],
    comments: async () => [],
    async perform(action) {
      if (action.do !== 'open') throw new Error(`a local checkout has no pull requests: cannot ${action.do}`)
      await commitBranch(root, action)
    },
  }
}

/** Writes the edited files into the working tree. */
export async function writeEdits(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) await writeFile(join(root, path), text)
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'windlass',
  GIT_AUTHOR_EMAIL: 'windlass@localhost',
  GIT_COMMITTER_NAME: 'windlass',
  GIT_COMMITTER_EMAIL: 'windlass@localhost',
}

/** A branch that holds somebody's own commits is never moved. */
async function ownHead(root: string, ref: string): Promise<string | null> {
  const head = await gitLine(['rev-parse', '--verify', '--quiet', ref], { cwd: root }).catch(() => null)
  if (head === null) return null
  const author = await gitLine(['log', '-1', '--format=%ae', head], { cwd: root })
  if (author !== AUTHOR.GIT_AUTHOR_EMAIL) {
    throw new Error(`committing ${ref}: its last commit is by ${author}; delete or rename that branch first`)
  }
  return head
}

async function commitBranch(root: string, { commit, pullRequest }: Extract<Action, { do: 'open' }>): Promise<void> {
  const ref = `refs/heads/${pullRequest.branch}`
  const head = await ownHead(root, ref)
  const prefix = await gitLine(['rev-parse', '--show-prefix'], { cwd: root })
  const scratch = await mkdtemp(join(tmpdir(), 'windlass-index-'))
  try {
    const env = { ...AUTHOR, GIT_INDEX_FILE: join(scratch, 'index') }
    await git(['read-tree', commit.base], { cwd: root, env })
    for (const [path, text] of commit.files) {
      const mode = (await gitLine(['ls-files', '--stage', '--', path], { cwd: root, env })).split(' ')[0] || '100644'
      const blob = await gitLine(['hash-object', '-w', '--no-filters', '--stdin'], { cwd: root, input: text })
      await git(['update-index', '--add', '--cacheinfo', `${mode},${blob},${prefix}${path}`], { cwd: root, env })
    }
    const tree = await gitLine(['write-tree'], { cwd: root, env })
    if (head !== null && (await gitLine(['rev-parse', `${head}^{tree}`], { cwd: root })) === tree) return
    const made = await gitLine(['commit-tree', tree, '-p', commit.base, '-m', commit.message], { cwd: root, env })
    await git(['update-ref', ref, made, head ?? '0'.repeat(made.length)], { cwd: root })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Writes the body of a pull request as Markdown; returns the file. */
export async function writeBody(folder: string, branch: string, title: string, body: string): Promise<string> {
  const file = join(folder, `${branch.replace(/^windlass\//, '').replaceAll('/', '--')}.md`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `# ${title}\n\n${body}\n`)
  return file
}
