import type { FieldChange, Finding, ObjectId, Risk } from '../model.ts'
import { exposure } from './exposure.ts'
import { type FactOf, finding, list, type Numbered, named } from './finding.ts'
import { immutable } from './immutable.ts'
import { rbac } from './rbac.ts'
import { volumeShrinks } from './volumes.ts'

const HOLDS_DATA = new Set([
  'PersistentVolumeClaim',
  'PersistentVolume',
  'StatefulSet',
  'Namespace',
  'CustomResourceDefinition',
])
const PROTECTS = new Set(['NetworkPolicy'])
/** Work that is done and goes away is nothing to lose. */
const DONE = new Set(['Job', 'Pod'])
const GRANTS = new Set(['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'])
const ADMITS = new Set(['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'])

/** Objects that go away: one finding each for those that hold data or protect, one for all others. */
export function objectsRemoved(gone: readonly Numbered<FactOf<'object-removed'>>[]): Finding[] {
  const serious = gone.filter(({ fact }) => HOLDS_DATA.has(fact.object.kind) || PROTECTS.has(fact.object.kind))
  const rest = gone.filter(one => !serious.includes(one))
  return [
    ...serious.map(({ id, fact }) => {
      const why = PROTECTS.has(fact.object.kind) ? 'traffic that it held back gets through' : 'its data may go with it'
      return finding('object-removed', 'high', `${named(fact.object)} goes away: ${why}`, [id])
    }),
    ...together(
      rest.filter(({ fact }) => !DONE.has(fact.object.kind)),
      'object-removed',
      'medium',
      'go away',
    ),
    ...together(
      rest.filter(({ fact }) => DONE.has(fact.object.kind)),
      'object-removed',
      'low',
      'go away',
    ),
  ]
}

/** Objects that go away in one namespace and come in another: made anew there, under the same name. */
export function objectsMoved(
  gone: readonly Numbered<FactOf<'object-removed'>>[],
  come: readonly Numbered<FactOf<'object-added'>>[],
): Finding[] {
  const key = ({ apiVersion, kind, name }: ObjectId) => JSON.stringify([apiVersion, kind, name])
  const byKey = Map.groupBy(come, ({ fact }) => key(fact.object))
  const moved = gone.flatMap(one => {
    const [to, ...others] = byKey.get(key(one.fact.object)) ?? []
    return to && others.length === 0 ? [{ one, to }] : []
  })
  const moves = Map.groupBy(moved, ({ one, to }) => `${space(one.fact.object)} to ${space(to.fact.object)}`)
  return [...moves].map(([move, group]) => {
    const names = list(group.map(({ one: { fact } }) => `${fact.object.kind}/${fact.object.name}`))
    const says = `${names} ${group.length === 1 ? 'moves' : 'move'} from ${move}: deleted there and made anew here`
    return finding(
      'object-moved',
      'medium',
      says,
      group.flatMap(({ one, to }) => [one.id, to.id]),
    )
  })
}

function space({ namespace }: ObjectId): string {
  return namespace === null ? "the release's namespace" : `namespace ${namespace}`
}

/** A budget that lets no pod go: nodes cannot be drained. */
export function evictionBlocked({ id, fact }: Numbered<FactOf<'eviction-blocked'>>): Finding[] {
  const says = `${named(fact.object)} lets no pod go (${fact.why}), so that nodes under its pods cannot be drained`
  return [finding('eviction-blocked', 'medium', says, [id])]
}

/** New work at each install or upgrade, which can fail and hold the upgrade up. */
export function hooksAdded(come: readonly Numbered<FactOf<'hook-added'>>[]): Finding[] {
  if (come.length === 0) return []
  const names = list(come.map(({ fact }) => `${named(fact.object)} (${fact.when})`))
  const says = `${names} ${come.length === 1 ? 'is a new hook and runs' : 'are new hooks and run'} before the upgrade counts as done`
  return [
    finding(
      'hook-added',
      'low',
      says,
      come.map(({ id }) => id),
    ),
  ]
}

/** New objects that give rights, or that can refuse what others ask of the API server. */
export function objectsAdded(come: readonly Numbered<FactOf<'object-added'>>[]): Finding[] {
  return [
    ...together(
      come.filter(({ fact }) => GRANTS.has(fact.object.kind)),
      'rbac-added',
      'medium',
      'are new and grant rights',
    ),
    ...together(
      come.filter(({ fact }) => ADMITS.has(fact.object.kind)),
      'webhook-added',
      'medium',
      'are new and can refuse requests to the API server',
    ),
  ]
}

function together(
  found: readonly Numbered<FactOf<'object-added' | 'object-removed'>>[],
  rule: string,
  severity: Risk,
  what: string,
): Finding[] {
  if (found.length === 0) return []
  const verb =
    found.length === 1 ? what.replace(/^go /, 'goes ').replace(/^are /, 'is ').replace(' grant ', ' grants ') : what
  return [
    finding(
      rule,
      severity,
      `${list(found.map(({ fact }) => named(fact.object)))} ${verb}`,
      found.map(({ id }) => id),
    ),
  ]
}

/** A rule about one field of one object: what to say of the change and how bad it is, null when it is not its business. */
type FieldRule = (
  object: ObjectId,
  change: FieldChange,
) => { readonly rule: string; readonly severity: Risk; readonly says: string } | null

const RULES: readonly FieldRule[] = [immutable, volumeShrinks, scaledToZero, failurePolicy, rbac, exposure]

/** What is known to hurt about a changed object, and one low finding for all that no rule speaks about. */
export function objectsChanged(changed: readonly Numbered<FactOf<'object-changed'>>[]): Finding[] {
  const judged = changed.map(one => ({ one, found: one.fact.changes.flatMap(change => fieldChanged(one, change)) }))
  const silent = judged.filter(
    ({ one, found }) => found.length === 0 && one.fact.changes.some(({ path }) => !/(?:^|\.)image$/.test(path)),
  )
  const names = list(silent.map(({ one }) => named(one.fact.object)))
  const rest = finding(
    'object-changed',
    'low',
    `${names} ${silent.length === 1 ? 'changes' : 'change'} in ways that no rule speaks about`,
    silent.map(({ one }) => one.id),
  )
  return [...judged.flatMap(({ found }) => found), ...(silent.length === 0 ? [] : [rest])]
}

function fieldChanged({ id, fact }: Numbered<FactOf<'object-changed'>>, change: FieldChange): Finding[] {
  return RULES.flatMap(rule => {
    const found = rule(fact.object, change)
    return found ? [finding(found.rule, found.severity, `${named(fact.object)}: ${found.says}`, [id])] : []
  })
}

function scaledToZero({ kind }: ObjectId, { path, from, to }: FieldChange): ReturnType<FieldRule> {
  if (path !== 'spec.replicas' || to !== 0 || from === 0 || !/^(?:Deployment|StatefulSet|ReplicaSet)$/.test(kind))
    return null
  return {
    rule: 'scaled-to-zero',
    severity: 'high',
    says: `spec.replicas goes from ${from ?? 1} to 0, so nothing runs`,
  }
}

function failurePolicy({ kind }: ObjectId, { path, from, to }: FieldChange): ReturnType<FieldRule> {
  if (!ADMITS.has(kind) || !path.endsWith('failurePolicy')) return null
  const says = `${path} goes from ${from ?? 'Fail'} to ${to ?? 'Fail'}: this decides whether requests pass while the webhook is down`
  return { rule: 'webhook-failure-policy', severity: 'medium', says }
}
