import { git, type Person, personLine } from './git.ts'
import { listTree } from './git-trees.ts'
import type { Files } from './people.ts'

/** Commits files onto a ref in one `git fast-import`: https://git-scm.com/docs/git-fast-import */
export async function importCommit(
  dir: string,
  ref: string,
  from: string | null,
  files: Files,
  by: Person,
  message: string,
): Promise<void> {
  const line = personLine(by)
  const parts: (string | Uint8Array)[] = [`commit ${ref}\nauthor ${line}\ncommitter ${line}\n`, ...data(message)]
  if (from !== null) parts.push(`from ${from}\n`)
  for (const [path, content] of files)
    parts.push(
      ...(content === null ? [`D ${quoted(path)}\n`] : [`M 100644 inline ${quoted(path)}\n`, ...data(content)]),
    )
  await git(dir, ['fast-import', '--quiet', '--date-format=raw'], Buffer.concat(parts.map(part => Buffer.from(part))))
}

/** Every file of a commit with its bytes, read by one `git cat-file`. */
export async function readFiles(dir: string, commit: string): Promise<Map<string, Buffer>> {
  const entries = (await listTree(dir, commit, true)).filter(entry => entry.type === 'blob')
  const out = await git(dir, ['cat-file', '--batch'], entries.map(entry => `${entry.sha}\n`).join(''))
  const files = new Map<string, Buffer>()
  let offset = 0
  for (const { path, size } of entries) {
    const start = out.indexOf('\n', offset) + 1
    files.set(path, out.subarray(start, start + (size ?? 0)))
    offset = start + (size ?? 0) + 1
  }
  return files
}

function data(content: string | Uint8Array): (string | Uint8Array)[] {
  return [`data ${Buffer.byteLength(content)}\n`, content, '\n']
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
