import type { Chart, Fact, Install } from '../model.ts'

/** How the changed CRDs of an upgrade reach the cluster. `missed` names the installs whose engine leaves them out. */
export type CrdDelivery = { readonly says: string; readonly missed: readonly Install[] }

/** A chart that moves, null when it could not be had, and what is installed of it. */
export type Carried = { readonly chart: Chart | null; readonly installs: readonly Install[] }

/**
 * Whether this repository applies the new CRDs. CRDs that a chart renders travel with it; the `crds/` folder depends on the engine
 * (Flux leaves it alone on upgrades unless `upgrade.crds` is set; Helm itself never updates it).
 */
export function crdDelivery(facts: readonly Fact[], charts: readonly Carried[]): CrdDelivery {
  if (!facts.some(fact => 'crd' in fact)) return { says: 'CRDs do not change', missed: [] }
  const carriers = charts.filter(({ chart }) => chart === null || chart.crds.length > 0)
  const installs = carriers.flatMap(carrier => carrier.installs)
  if (carriers.length === 0) return { says: 'yes: the chart renders its CRDs with its other objects', missed: [] }
  const missed = installs.filter(({ crds }) => crds === 'skipped')
  const unsure = installs.filter(({ crds }) => crds === 'unknown')
  if (missed.length > 0) {
    const places = missed.map(({ file, line }) => `${file}:${line}`).join(', ')
    return { says: `NO: ${missed[0]?.engine} leaves the chart's crds/ folder out of upgrades (${places})`, missed }
  }
  if (unsure.length > 0 || installs.length === 0) {
    return {
      says: 'not known: what applies the crds/ folder of this chart does not stand in this repository',
      missed: [],
    }
  }
  return { says: `yes: ${installs[0]?.engine} applies the chart's crds/ folder`, missed: [] }
}
