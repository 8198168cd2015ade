import type { FieldChange, ObjectId, Risk, Value } from '../model.ts'

/** Powers of Kubernetes' quantities (k8s.io/apimachinery, resource.Quantity); storage is never given in fractions. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** A volume that asks for less than it has: the API server lets a claim only grow. */
export function volumeShrinks(
  { kind }: ObjectId,
  { path, from, to }: FieldChange,
): { rule: string; severity: Risk; says: string } | null {
  if (kind !== 'PersistentVolumeClaim' || path !== 'spec.resources.requests.storage') return null
  const [was, is] = [bytes(from), bytes(to)]
  if (was === null || is === null || is >= was) return null
  const says = `${path} goes from ${from} to ${to}, which the API server refuses: a claim can only grow`
  return { rule: 'immutable-field', severity: 'high', says }
}

function bytes(quantity: Value | undefined): number | null {
  const [, number, unit = ''] = /^(\d{1,30}(?:\.\d{1,9})?)([A-Za-z]{0,2})$/.exec(String(quantity)) ?? []
  return number !== undefined && Object.hasOwn(UNITS, unit) ? Number(number) * (UNITS[unit] ?? 1) : null
}
