import { git } from './git.ts'

/** One changed file between two commits, as GitHub's `files` list it. `patch` is null for binary files. */
export type FileChange = {
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed'
  readonly path: string
  readonly previousPath: string | null
  readonly sha: string
  readonly additions: number
  readonly deletions: number
  readonly patch: string | null
}

const STATUS: Readonly<Record<string, FileChange['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
}

/** The real `git diff` text between two commits. */
export async function diffText(dir: string, base: string, head: string): Promise<string> {
  return (await git(dir, ['diff', '--no-color', '--no-ext-diff', '--no-textconv', '-M', base, head])).toString()
}

/** What changed from one commit to another, file by file. */
export async function changedFiles(dir: string, base: string, head: string): Promise<FileChange[]> {
  const [raw, counts, text] = await Promise.all([
    git(dir, ['diff', '--raw', '--no-abbrev', '-M', '-z', base, head]),
    git(dir, ['diff', '--numstat', '-M', '-z', base, head]),
    diffText(dir, base, head),
  ])
  const files = parseRaw(raw.toString().split('\0'))
  const numbers = parseCounts(counts.toString().split('\0'))
  const patches = text.split(/^(?=diff --git )/m)
  return files.map((file, i) => ({
    ...file,
    ...(numbers[i] ?? { additions: 0, deletions: 0 }),
    patch: patchOf(patches[i] ?? ''),
  }))
}

function parseRaw(fields: readonly string[]): Omit<FileChange, 'additions' | 'deletions' | 'patch'>[] {
  const files = []
  for (let i = 0; fields[i]; ) {
    const [, , before = '', after = '', letters = ''] = (fields[i++] ?? '').split(' ')
    const status = STATUS[letters.charAt(0)] ?? 'changed'
    const first = fields[i++] ?? ''
    const path = status === 'renamed' || status === 'copied' ? (fields[i++] ?? '') : first
    files.push({
      status,
      path,
      previousPath: path === first ? null : first,
      sha: status === 'removed' ? before : after,
    })
  }
  return files
}

function parseCounts(fields: readonly string[]): { additions: number; deletions: number }[] {
  const counts = []
  for (let i = 0; fields[i]; ) {
    const [additions, deletions, path] = (fields[i++] ?? '').split('\t')
    if (path === '') i += 2
    counts.push({ additions: Number(additions) || 0, deletions: Number(deletions) || 0 })
  }
  return counts
}

function patchOf(text: string): string | null {
  const start = text.search(/^@@ /m)
  return start === -1 ? null : text.slice(start).replace(/\n$/, '')
}
