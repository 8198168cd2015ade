import type { Chart, Fact, FactOf, Install } from '../model.ts'

type Missed = FactOf<'crds-not-delivered'>

/** A chart that moves, null when it could not be had, and what is installed of it. */
export type Carried = { readonly chart: Chart | null; readonly installs: readonly Install[] }

/**
 * How the changed CRDs of an upgrade reach the cluster, as one sentence that begins with yes, NO or `not known`. CRDs that a chart renders
 * travel with it; what becomes of the `crds/` folder depends on the engine.
 */
export function crdDelivery(facts: readonly Fact[], charts: readonly Carried[]): string {
  const missed = facts.filter((fact): fact is Missed => fact.kind === 'crds-not-delivered')
  const [first] = missed.toSorted((a, b) => Number(isUnsure(a)) - Number(isUnsure(b)))
  if (first) {
    const all = [...new Set(missed.map(one => `${why(one)} (${one.file}:${one.line})`))]
    return `${isUnsure(first) ? 'not known' : 'NO'}: ${all.join('; ')}`
  }
  if (!facts.some(fact => 'crd' in fact)) return 'CRDs do not change'
  const carriers = charts.filter(({ chart }) => chart === null || chart.crds.length > 0)
  if (carriers.length === 0) return 'yes: the chart renders its CRDs with its other objects'
  const told = carriers.flatMap(({ installs }) => installs).filter(({ crds }) => crds !== 'unknown')
  if (told.length === 0)
    return (
      'not known: nothing here says what applies the crds/ folder of this chart. Helm leaves it alone on upgrades; Flux needs ' +
      '`spec.upgrade.crds: CreateReplace`, Argo CD needs `ServerSideApply=true` for a CRD of more than 262144 bytes, and otherwise someone must ' +
      'apply it before the upgrade'
    )
  return told.some(({ crds }) => crds === 'skipped')
    ? 'yes: the repository brings them itself'
    : `yes: ${told[0]?.engine} applies the chart's crds/ folder`
}

function isUnsure({ cause }: Missed): boolean {
  return cause === 'unknown' || cause === 'too-large-before'
}

/** Why CRDs stay behind. */
function why({ cause, engine, crds, detail }: Missed): string {
  switch (cause) {
    case 'skipped':
      return `${engine} leaves the chart's crds/ folder out of upgrades`
    case 'unknown':
      return "whether the chart's crds/ folder is applied does not stand in this repository"
    case 'vendored':
      return `the repository holds ${crds.join(', ')} itself, in another form than the new version`
    case 'other-chart':
      return `a chart of their own brings them, and ${detail}`
    case 'too-large':
    case 'too-large-before':
      return `${crds.join(', ')} (${detail}) is too large for a client-side apply${cause === 'too-large' ? '' : ', as it was before'}`
  }
}
