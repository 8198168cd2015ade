import type { FieldChange, Value } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { hasSecretName } from '../text/secret-words.ts'
import { redact } from '../text/secrets.ts'
import { equal, isList, text } from './data.ts'

const HIDDEN = '(hidden)'
const CHANGED = '(changed)'

/** Both sides of a change without secrets. No fingerprint either: a short password could be guessed from one. */
export function maskChange({ path, from, to }: FieldChange, secret: boolean): FieldChange {
  const [a, b] = [from, to].map(value => (value === undefined ? undefined : secret ? HIDDEN : mask(value)))
  return { path, from: a, to: a !== undefined && equal(a, b) ? CHANGED : b }
}

/** Whether the value of this key is a secret: by its own name, or as the `value` of an entry whose `name` is one. */
export function isSecretKey(key: string, value: Value | undefined, owner: Value | undefined): boolean {
  const name = key === 'value' && isMap(owner) ? text(owner.name) : key
  return (typeof value === 'string' || typeof value === 'number') && hasSecretName(name)
}

function mask(value: Value): Value {
  if (typeof value === 'string') return redact(value)
  if (isList(value)) return value.map((item, i) => (isArgument(value[i - 1]) ? HIDDEN : mask(item)))
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isSecretKey(key, inner, value) ? HIDDEN : mask(inner)]),
  )
}

/** Whether a list item is a flag whose value is the next item and a secret, `--token`. */
function isArgument(item: Value | undefined): boolean {
  return typeof item === 'string' && /^--?[\w-]{1,100}$/.test(item) && hasSecretName(item)
}
