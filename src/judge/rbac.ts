import type { FieldChange, ObjectId, Risk, Value } from '../model.ts'
import { list } from './finding.ts'

type Found = { rule: string; severity: Risk; says: string }

/** Rights over these let their holder take any other right. */
const POWERFUL =
  /^(?:\*|secrets|roles|clusterroles|rolebindings|clusterrolebindings|serviceaccounts\/token|pods\/exec|nodes\/proxy)$/
const POWERFUL_VERBS = /^(?:\*|escalate|bind|impersonate)$/

/** A role that allows more than before, or a binding that serves more subjects. What is only taken away is no finding. */
export function rbac({ kind }: ObjectId, { path, from, to }: FieldChange): Found | null {
  if (/^(?:Cluster)?RoleBinding$/.test(kind) && path.startsWith('subjects'))
    return to === undefined
      ? null
      : { rule: 'rbac-widened', severity: 'medium', says: `${path} changes who holds these rights` }
  if (!/^(?:Cluster)?Role$/.test(kind) || path !== 'rules') return null
  const had = new Set(rights(from).map(({ key }) => key))
  const gained = rights(to).filter(({ key }) => !had.has(key))
  if (gained.length === 0) return null
  const powerful = gained.some(({ resource, verb }) => POWERFUL.test(resource) || POWERFUL_VERBS.test(verb))
  const byResource = [...Map.groupBy(gained, ({ resource }) => resource)]
  const says = byResource.map(
    ([resource, rules]) => `${[...new Set(rules.map(({ verb }) => verb))].join(', ')} on ${resource}`,
  )
  return { rule: 'rbac-widened', severity: powerful ? 'high' : 'medium', says: `gains ${list(says)}` }
}

type Right = { readonly key: string; readonly resource: string; readonly verb: string }

/** Every single right that a list of rules grants. */
function rights(rules: Value | undefined): Right[] {
  return (Array.isArray(rules) ? rules : []).flatMap((rule: Value) => {
    const resources = [...words(rule, 'resources'), ...words(rule, 'nonResourceURLs')]
    const groups = words(rule, 'apiGroups')
    return (groups.length === 0 ? [''] : groups).flatMap(group =>
      resources.flatMap(resource =>
        words(rule, 'verbs').map(verb => ({ key: right(group, resource, verb, rule), resource, verb })),
      ),
    )
  })
}

/** A right over named objects only is another one than over all of them. */
function right(group: string, resource: string, verb: string, rule: Value): string {
  return JSON.stringify([group, resource, verb, words(rule, 'resourceNames')])
}

function words(rule: Value, key: string): string[] {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule) || !Object.hasOwn(rule, key)) return []
  const value = (rule as { readonly [key: string]: Value })[key]
  return Array.isArray(value) ? value.filter(word => typeof word === 'string') : []
}
