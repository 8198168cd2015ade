import type {
  Chart,
  Fact,
  Install,
  KubeObject,
  Looked,
  Note,
  Render,
  Resource,
  Side,
  Source,
  Upgrade,
} from '../model.ts'

/** One component of an upgrade, on both sides. */
export type Part = {
  readonly upgrade: Pick<Upgrade, 'component' | 'environment' | 'source' | 'pins' | 'from' | 'to'>
  readonly before: Looked<Side>
  readonly after: Looked<Side>
  readonly installs: readonly Install[]
}

/**
 * All that is compared for one upgrade: what leads, and its followers. `kubernetes` is the version of the clusters, null when
 * not told.
 */
export type Comparison = Part & {
  readonly followers: readonly Part[]
  readonly resources: readonly Resource[]
  readonly kubernetes: string | null
  /** What the maintainers wrote about the versions that are crossed. */
  readonly notes: readonly Note[]
}

/** The part of it that is rendered. */
export type Sides = Pick<Comparison, 'before' | 'after' | 'installs'>

/** Looks at one kind of difference. Never throws: what it cannot look at is a fact. */
export type Comparer = (input: Comparison) => readonly Fact[]

/** Sources of charts: what they bring can be rendered. */
const CHARTS: ReadonlySet<Source['type']> = new Set(['helm', 'oci'])

/** Whether a part is a chart, which can be fetched and rendered. */
export function isChart({ upgrade }: Part): boolean {
  return CHARTS.has(upgrade.source.type)
}

/** One install that rendered on both sides. */
export type Pair = {
  readonly install: Install
  readonly before: readonly KubeObject[]
  readonly after: readonly KubeObject[]
}

/** The installs that rendered on both sides; the others are named by the comparer of renders. */
export function pairs({ before, after, installs }: Sides): Pair[] {
  return installs.flatMap((install, i) => {
    const [old, next] = [rendered(before)[i], rendered(after)[i]]
    return old?.ok && next?.ok ? [{ install, before: old.objects, after: next.objects }] : []
  })
}

/** The renders of a side in the order of the installs, none when the side could not be looked at. */
export function rendered(side: Looked<Side>): readonly Render[] {
  return side.ok ? side.value.renders : []
}

/** The chart of a side, null when it could not be looked at. */
export function chartOf(side: Looked<Side>): Chart | null {
  return side.ok ? side.value.chart : null
}
