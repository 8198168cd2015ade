/** The part of a line that a hint is about; offsets are in the line. */
export type Target = {
  readonly key: string
  readonly version: string
  readonly start: number
  readonly digest: { readonly value: string; readonly start: number } | null
}

/** `key: value` of YAML, `key = value` of HCL, `KEY=value` of env files, Dockerfiles and scripts. */
const ASSIGNED = /^\s*(?:-\s+)*(?:(?:export|ARG|ENV)\s+)?["']?([\w./-]+)["']?(?:\s*:(?=\s)|\s*\??:?=)\s*(?:[&!]\S+\s+)*/
const VALUE = /"([^"\n]*)"|'([^'\n]*)'|((?:[^\s#]|(?<=\S)#|[ \t]+(?![ \t#]))+)/y
const DIGEST = /@(sha256:[0-9a-f]{64})$/
const WHOLE = /^[\w][\w.+-]*$/
const IMAGE_TAG = /^[a-z0-9][\w./:-]*:([\w][\w.+-]*)$/
const INSIDE = /(?<![\w.])v?\d+\.\d+(?:\.\d+)*(?:[-+][0-9A-Za-z.+-]*[0-9A-Za-z])?(?!\w)/g

/** The value that a line assigns, or the whole line without its list dash. */
function assignedIn(line: string): { readonly key: string; readonly text: string; readonly start: number } | null {
  const assigned = ASSIGNED.exec(line)
  const from = assigned?.[0].length ?? /^\s*(?:-\s+)*/.exec(line)?.[0].length ?? 0
  VALUE.lastIndex = from
  const found = VALUE.exec(line)
  if (!found) return null
  const quote = found[3] === undefined ? 1 : 0
  return { key: assigned?.[1] ?? '', text: found[1] ?? found[2] ?? found[3] ?? '', start: from + quote }
}

/**
 * The versions in one line: the whole value, the tag of an image with its digest, or what looks like a version in a URL
 * or a path (as often as the same one stands there). None when it is filled in elsewhere.
 */
export function targetsIn(line: string): readonly Target[] {
  const value = assignedIn(line)
  if (value === null || /\$\{|\{\{|\$\(|<[A-Z_]+>/.test(value.text)) return []
  const { key, start } = value
  const digest = DIGEST.exec(value.text)?.[1]
  const text = digest === undefined ? value.text : value.text.slice(0, -digest.length - 1)
  const beside = digest === undefined ? null : { value: digest, start: start + value.text.length - digest.length }
  const tag = WHOLE.test(text) ? text : IMAGE_TAG.exec(text)?.[1]
  if (tag !== undefined && /\d/.test(tag))
    return [{ key, version: tag, start: start + text.length - tag.length, digest: beside }]
  const all = [...text.matchAll(INSIDE)]
  return all
    .filter(found => found[0] === all[0]?.[0])
    .map(found => ({ key, version: found[0], start: start + found.index, digest: null }))
}
