import type { FieldChange, ObjectId, Risk, Value } from '../model.ts'

/** A right over the node that a pod can ask for, and the value that asks for it. */
const RIGHTS: Readonly<Record<string, (value: Value) => boolean>> = {
  privileged: value => value === true,
  hostNetwork: value => value === true,
  hostPID: value => value === true,
  hostIPC: value => value === true,
  allowPrivilegeEscalation: value => value === true,
  hostPath: value => value !== null,
  hostPort: value => value !== null && value !== 0,
}

/** A pod that gains a right over its node. */
export function exposure(
  _: ObjectId,
  { path, from, to }: FieldChange,
): { rule: string; severity: Risk; says: string } | null {
  const key = path.match(/[\w-]+$/)?.[0] ?? ''
  const had = rights(key, from)
  const gained = [...rights(key, to)].filter(right => !had.has(right))
  if (gained.length === 0) return null
  return {
    rule: 'exposure-gained',
    severity: 'high',
    says: `${path} gains ${gained.join(', ')}, a right over the node`,
  }
}

function rights(key: string, value: Value | undefined): Set<string> {
  if (value === undefined) return new Set()
  const own = Object.hasOwn(RIGHTS, key) && RIGHTS[key]?.(value) ? [key] : []
  const isAdded =
    key === 'add' && Array.isArray(value) ? value.map(capability => `capability ${String(capability)}`) : []
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return new Set([
    ...own,
    ...isAdded,
    ...inner.flatMap(([name, below]) => [...rights(Array.isArray(value) ? '' : name, below)]),
  ])
}
