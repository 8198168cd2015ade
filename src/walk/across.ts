import type { SemVer } from 'semver'
import { countedVersion } from '../choose/index.ts'
import { type Comparison, compare, type Part, servedBy } from '../compare/index.ts'
import { type Known, knownTool, type ObjectMap, type Tool, tools } from '../knowledge/index.ts'
import type { Fact, FactOf, Install, Looked, Migration, Render, RepoFile, Side } from '../model.ts'
import {
  type Advice,
  adviceOf,
  type Draft,
  draftsOf,
  movesOf,
  NO_ADVICE,
  renamedInstalls,
  type ValueMove,
} from '../plan/index.ts'
import { referenceDrafts, type Scope } from '../plan/references.ts'
import { valueObjects } from '../plan/value-objects.ts'
import { readRange, readVersion } from '../text/version.ts'

/** A tool that moves in an upgrade, with its own versions on both sides, as far as they are known. */
export type Moving = {
  readonly known: Known
  readonly from: SemVer | null
  readonly to: SemVer | null
  /** Whether the chart itself says the version that is entered. */
  readonly agrees: boolean
}

/** Versions that somebody says besides the charts. */
export type Told = { readonly from: string; readonly to: string }

/**
 * The tools that move in an upgrade and that something is known of: by what is pinned, else by the groups of its CRDs. Charts say
 * themselves which app they carry; where they do not, or contradict it, what was `told` counts (charts in a source tree often carry
 * a version that nobody released).
 */
export function movingTools(comparison: Comparison, told: Told | null): readonly Moving[] {
  const { followers, ...leader } = comparison
  const found = [leader, ...followers].flatMap(({ upgrade, before, after }) => {
    const known = knownTool(upgrade.source)
    return known ? [{ known, upgrade, before, after }] : []
  })
  const groups = told === null ? new Set<string>() : servedBy(comparison).groups
  const byGroups = tools()
    .filter(tool => tool.groups.some(group => groups.has(group)))
    .map(tool => ({ known: { tool, version: 'app' as const }, ...leader }))
  return (found.length > 0 || told === null ? found : byGroups).map(({ known, upgrade, before, after }) => {
    const from = carried(upgrade.from, before, known, told?.from ?? null)
    const to = carried(upgrade.to.version, after, known, told?.to ?? null)
    const said = readVersion(upgrade.to.version, 'image')?.semver
    const agrees = known.version === 'own' || (to !== null && said?.compare(to) === 0)
    return { known, from, to, agrees }
  })
}

function carried(version: string, side: Looked<Side>, known: Known, told: string | null): SemVer | null {
  const own = countedVersion({ version, appVersion: side.ok ? side.value.chart.appVersion : null }, known)
  const other = told === null ? null : (readVersion(told, 'image')?.semver ?? null)
  const agree = own !== null && told !== null && (own.version === told || own.version.startsWith(`${told}.`))
  if (own === null || (other !== null && known.version === 'app' && !agree)) return other ?? own
  return own
}

/** The tools whose maintainers do not support them on the Kubernetes of the clusters, by the matrices that they publish; none where that is not told. */
export function unsupported(moving: readonly Moving[], kubernetes: string | null): readonly Fact[] {
  const cluster = kubernetes === null ? null : readVersion(kubernetes.replace(/[-+].*$/, ''), 'image')?.semver
  if (!cluster) return []
  return moving.flatMap(({ known, to }) =>
    known.tool.kubernetes.flatMap(({ at, range, source }): Fact[] => {
      const isAbout = to !== null && readRange(at)?.test(to) === true
      if (!isAbout || readRange(range)?.test(cluster) !== false) return []
      const { name } = known.tool
      return [{ kind: 'kube-unsupported', tool: name, version: to.version, range, cluster: cluster.version, source }]
    }),
  )
}

/** What the maintainers of the tools say about the upgrade. */
export function adviceFor(moving: readonly Moving[]): Advice {
  const all = moving.map(({ known, from, to }) => (from && to ? adviceOf(known.tool, from, to) : NO_ADVICE))
  return {
    todo: [...new Set(all.flatMap(({ todo }) => todo))],
    rollback: all.find(({ rollback }) => rollback !== null)?.rollback ?? null,
  }
}

function timely(moving: readonly Moving[]): ReadonlySet<ObjectMap> {
  return new Set(
    moving.flatMap(({ known, to }) => known.tool.maps.filter(({ at }) => to && readRange(at)?.test(to) === true)),
  )
}

/**
 * How the user's resources get to the new version. Maps of every tool count, whoever brings the CRDs; those of the tools that
 * move are offered from their version on.
 */
export function draftsFor(
  comparison: Comparison,
  facts: readonly Fact[],
  moving: readonly Moving[],
  files: readonly RepoFile[],
): readonly Draft[] {
  const served = servedBy(comparison)
  const { environment } = comparison.upgrade
  const inTime = timely(moving)
  const drafts = draftsOf({
    resources: comparison.resources,
    facts: facts.filter((fact): fact is FactOf<'resource'> => fact.kind === 'resource'),
    maps: tools().flatMap(({ maps }) => maps),
    timely: inTime,
    environment,
    served,
  })
  const named = [...inTime]
    .filter(({ from, to }) => from.kind === to.kind && served.serves('after', to.apiVersion, to.kind) !== false)
    .map(({ from, to, source }) => ({ kind: from.kind, from: from.apiVersion, to: to.apiVersion, source }))
  const proven = served.replaced.map(each => ({ ...each, source: null }))
  const all = [...named, ...proven].filter(({ from, to }) => from !== to)
  return [...drafts, ...referenceDrafts(files, all, { scope: scopeOf(comparison), environment, served, drafts })]
}

/** Files that the upgrade may touch beside those of its pins: where objects stand, and the values of its own installs. */
function scopeOf(comparison: Comparison): Scope {
  const { followers, ...leader } = comparison
  const values = [leader, ...followers].flatMap(({ installs, upgrade }) =>
    installs.flatMap(install => install.values.map(({ file }) => [file, upgrade.environment] as const)),
  )
  return new Map([...values, ...comparison.resources.map(({ file, environment }) => [file, environment] as const)])
}

/** Renders the new chart of a part again, for its installs with other values. */
export type Rerender = (part: Part, installs: readonly Install[]) => Promise<readonly Render[]>

/** Verdicts on a value after which it is not taken as it stands. */
const REFUSING = new Set<FactOf<'value'>['status']>(['removed', 'renamed', 'refused', 'type-changed'])

function valueFacts(facts: readonly Fact[]): readonly FactOf<'value'>[] {
  return facts.filter((fact): fact is FactOf<'value'> => fact.kind === 'value')
}

/** The statements about values that a part enters with its upgrade; they count the chart's own versions. */
function entered<T extends { readonly entering: string }>(
  { upgrade }: Part,
  moving: readonly Moving[],
  statements: readonly T[],
): T[] {
  const tool = knownTool(upgrade.source)?.tool
  const app = moving.find(({ known }) => known.tool === tool && known.version === 'app')
  const [from, to] = app
    ? [app.from, app.to]
    : [upgrade.from, upgrade.to.version].map(text => readVersion(text, 'image')?.semver)
  return statements.filter(({ entering }) => {
    const range = readRange(entering)
    return range && from && to && !range.test(from) && range.test(to)
  })
}

/** The renames that maintainers name for the versions of a part. */
function renamesOf(part: Part, moving: readonly Moving[]): Tool['values'] {
  return entered(part, moving, knownTool(part.upgrade.source)?.tool.values ?? [])
}

/** What becomes of values whose place objects take, as examples. */
export function examplesFor(comparison: Comparison, moving: readonly Moving[]): readonly Migration[] {
  const { followers, ...leader } = comparison
  return [leader, ...followers].flatMap(part => {
    const rules = entered(part, moving, knownTool(part.upgrade.source)?.tool.valueObjects ?? [])
    return valueObjects(part.installs, rules)
  })
}

/** The comparison with one part exchanged. */
function exchanged(comparison: Comparison, part: Part, next: Part): Comparison {
  if (part.upgrade === comparison.upgrade) return { ...comparison, ...next, upgrade: comparison.upgrade }
  return { ...comparison, followers: comparison.followers.map(each => (each === part ? next : each)) }
}

/** The moves of one part, each with what speaks against it once the new chart has been rendered with all of them. */
async function provenMoves(
  comparison: Comparison,
  part: Part,
  moves: readonly ValueMove[],
  rerender: Rerender,
): Promise<readonly ValueMove[]> {
  const installs = renamedInstalls(part.installs, moves)
  if (!part.after.ok || moves.length === 0) return moves
  const renders = await rerender(part, installs)
  const failed = renders.flatMap(render => (render.ok ? [] : [render.reason]))
  const after: Looked<Side> = { ok: true, value: { ...part.after.value, renders } }
  const facts = valueFacts(compare(exchanged(comparison, part, { ...part, installs, after })))
  return moves.map(move => {
    const keys = [move.from, move.to].map(path => path.join('.'))
    const against = facts.filter(({ key, status }) => REFUSING.has(status) && keys.includes(key))
    const problems = [
      ...failed.map(reason => `the new chart does not render with it: ${reason}`),
      ...against.map(({ key, detail }) => `\`${key}\`: ${detail}`),
    ]
    return { ...move, problems: [...move.problems, ...problems] }
  })
}

/**
 * The values of the user that have new names: those that maintainers name and those that the comparison found. Each was
 * rendered and compared again under its new name; `rerender` does the first.
 */
export async function movesFor(
  comparison: Comparison,
  facts: readonly Fact[],
  moving: readonly Moving[],
  rerender: Rerender,
): Promise<readonly ValueMove[]> {
  const { followers, ...leader } = comparison
  const all: ValueMove[] = []
  for (const part of [leader, ...followers]) {
    const files = new Set(part.installs.flatMap(({ values }) => values.map(({ file }) => file)))
    const own = valueFacts(facts).filter(({ file }) => files.has(file))
    all.push(...(await provenMoves(comparison, part, movesOf(own, renamesOf(part, moving)), rerender)))
  }
  return [...new Map(all.map(move => [JSON.stringify([move.file, move.line, move.from]), move])).values()]
}
