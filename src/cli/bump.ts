import { posix } from 'node:path'
import { type Bump, bump, movedDigests } from '../choose/bump.ts'
import { detect } from '../detect/index.ts'
import { writeEdits } from '../outside/local/world-local.ts'
import { editFiles, edits } from '../plan/edit.ts'
import { folder, printJson, readCheckout } from './checkout.ts'
import { EXIT, UsageError } from './exit.ts'
import { say } from './say.ts'

/** The options of `windlass bump`. */
export type BumpOptions = {
  readonly dependency: string
  readonly from: string
  readonly to: string
  readonly digest: readonly string[]
  readonly file: readonly string[]
  readonly write?: true
  readonly json?: true
}

function digestPair(text: string): readonly [string, string] {
  const [, from, to] = /^(sha256:[0-9a-f]{64})=(sha256:[0-9a-f]{64})$/.exec(text) ?? []
  if (from === undefined || to === undefined)
    throw new UsageError(`--digest ${text}: write OLD=NEW, both sha256:<64 hex digits>`)
  return [from, to]
}

/** `windlass bump [path]`: only the edit, for a version that somebody else has chosen. Answers the exit code. */
export async function bumpCheckout(path: string, options: BumpOptions): Promise<number> {
  const root = folder(path)
  const { tree, policy } = await readCheckout(root)
  const detected = detect(tree, policy)
  const asked: Bump = {
    dependency: options.dependency,
    from: options.from,
    to: options.to,
    digests: new Map(options.digest.map(digestPair)),
    files: options.file.map(file => posix.normalize(file)),
  }
  const moved = edits(bump(detected, asked), movedDigests(asked))
  const edited = editFiles(tree.files, moved)
  if (!edited.ok) throw new UsageError(`${edited.file}:${edited.line} ${edited.reason}`)
  if (options.write) await writeEdits(root, tree.files, edited.files)
  const places = moved.map(({ place, from, to }) => ({
    file: place.file,
    line: place.line,
    column: place.column,
    from,
    to,
  }))
  if (options.json) printJson({ edits: places, written: options.write ?? false })
  else
    for (const { file, line, column, from, to } of places)
      say(process.stdout, `${file}:${line}:${column} ${from} → ${to}`)
  if (places.length > 0) return EXIT.done
  say(
    process.stderr,
    `${options.dependency} at ${options.from} stands nowhere here; \`windlass scan\` lists what was found`,
  )
  return EXIT.partly
}
