import type { Fact, KubeObject, Value } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { type Comparison, pairs } from './comparison.ts'
import { at, child, equal } from './data.ts'
import { idOf } from './objects.ts'

/** PodDisruptionBudgets that let no pod go with the new version and did before, so that no node can be drained. */
export function compareDisruptions(input: Comparison): readonly Fact[] {
  return pairs(input).flatMap(({ before, after }) => {
    const was = new Map(before.filter(isBudget).map(budget => [keyOf(budget), blocks(budget, before)]))
    return after.filter(isBudget).flatMap((budget): Fact[] => {
      const why = blocks(budget, after)
      return why === null || was.get(keyOf(budget)) ? [] : [{ kind: 'eviction-blocked', object: idOf(budget), why }]
    })
  })
}

function isBudget({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'PodDisruptionBudget' && apiVersion.startsWith('policy/')
}

function keyOf({ metadata }: KubeObject): string {
  return JSON.stringify([metadata.namespace ?? null, metadata.name])
}

/** Why a budget lets no pod go, null when it lets one go, or when that cannot be told. */
function blocks(budget: KubeObject, all: readonly KubeObject[]): string | null {
  const spec = child(budget, 'spec')
  const [most, least] = [child(spec, 'maxUnavailable'), child(spec, 'minAvailable')]
  if (most === 0 || most === '0' || most === '0%') return `maxUnavailable is ${most}`
  if (least === '100%') return 'minAvailable is 100%'
  const count = typeof least === 'number' ? least : null
  const replicas = count === null || count === 0 ? null : replicasOf(budget, all)
  return count !== null && replicas !== null && replicas > 0 && count >= replicas
    ? `minAvailable is ${count} of ${replicas} replicas`
    : null
}

/** The replicas of the one workload that a budget selects by labels, null when it is not one or scales by itself. */
function replicasOf(budget: KubeObject, all: readonly KubeObject[]): number | null {
  const wanted = at(budget, ['spec', 'selector', 'matchLabels'])
  const found = all.filter(object => {
    const same = equal(child(object.metadata, 'namespace'), child(budget.metadata, 'namespace'))
    const labels = at(object, ['spec', 'template', 'metadata', 'labels'])
    return /^(?:Deployment|StatefulSet)$/.test(object.kind) && same && selects(wanted, labels)
  })
  const [only] = found
  if (!only || found.length > 1 || isScaled(only, all)) return null
  const replicas = at(only, ['spec', 'replicas']) ?? 1
  return typeof replicas === 'number' ? replicas : null
}

function selects(wanted: Value | undefined, labels: Value | undefined): boolean {
  if (!isMap(wanted) || Object.keys(wanted).length === 0) return false
  return Object.entries(wanted).every(([key, value]) => equal(child(labels, key), value))
}

function isScaled({ kind, metadata }: KubeObject, all: readonly KubeObject[]): boolean {
  return all.some(object => {
    const target = at(object, ['spec', 'scaleTargetRef'])
    return child(target, 'kind') === kind && child(target, 'name') === metadata.name
  })
}
