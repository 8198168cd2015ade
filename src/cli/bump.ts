import { posix } from 'node:path'
import { type Bump, bump, movedDigests, type Why } from '../choose/bump.ts'
import { detect } from '../detect/index.ts'
import type { Edit, RepoFile } from '../model.ts'
import { writeEdits } from '../outside/local/world-local.ts'
import { editFiles, edits } from '../plan/edit.ts'
import { ownChartEdits } from '../plan/own-chart.ts'
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

/** An edit and why it is made; `own-chart`: it is the Chart.yaml of a chart whose content moves. */
type BumpEdit = Edit & { readonly why: Why | 'own-chart' }

/** Why a place moves that was not asked for by its name. */
const BECAUSE: Readonly<Record<Exclude<BumpEdit['why'], 'asked'>, string>> = {
  commit: 'it stands at the same commit',
  publisher: 'one publisher releases it with a place that moves',
  images: 'it is an image of the same project at the same version',
  override: 'this kustomization takes manifests and image of one release',
  charts: 'its chart repository releases all charts at once',
  'own-chart': 'a chart with other content says so in its Chart.yaml',
}

/** The edits with those of the Chart.yaml files that follow from them; none outside the files that are asked for. */
function withOwnCharts(
  files: readonly RepoFile[],
  only: readonly string[],
  edits: readonly BumpEdit[],
): readonly BumpEdit[] {
  const within = files.filter(({ path }) => only.length === 0 || only.includes(path))
  return [...edits, ...ownChartEdits(within, edits).map(edit => ({ ...edit, why: 'own-chart' as const }))]
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
  const digests = movedDigests(asked)
  const direct = bump(detected, asked).flatMap(move => edits([move], digests).map(edit => ({ ...edit, why: move.why })))
  const all = withOwnCharts(tree.files, asked.files, direct)
  const edited = editFiles(tree.files, all)
  if (!edited.ok) throw new UsageError(`${edited.file}:${edited.line} ${edited.reason}`)
  if (options.write) await writeEdits(root, tree.files, edited.files)
  if (options.json) printJson({ edits: all.map(told), written: options.write ?? false })
  else for (const edit of all) tell(edit)
  if (all.length > 0) return EXIT.done
  say(
    process.stderr,
    `${options.dependency} at ${options.from} stands nowhere here; \`windlass scan\` lists what was found`,
  )
  return EXIT.partly
}

function told({ place: { file, line, column }, from, to, why }: BumpEdit) {
  return { file, line, column, from, to, why }
}

/** An edit on stdout; why it is made, when nobody asked for it by name, on stderr. */
function tell({ place: { file, line, column }, from, to, why }: BumpEdit): void {
  const at = `${file}:${line}:${column}`
  say(process.stdout, `${at} ${from} → ${to}`)
  if (why !== 'asked') say(process.stderr, `${at} moves along: ${BECAUSE[why]}`)
}
