import type { Path, Problem, Value, ValueMap } from '../model.ts'
import { code } from '../text/markdown.ts'
import type { PolicyDocument } from './document.ts'

/** Keys that are read but change nothing in this version, and what happens instead. */
const UNUSED: Readonly<Record<string, string>> = {
  extends: 'presets are not loaded, only what this file says applies',
  mode: 'every upgrade is worked out by the fixed walk (`workflow`)',
  automerge: 'nothing is merged automatically',
  metrics: 'no metric is asked for',
  model: 'the server says which model is asked',
  budget: 'only the limits of the server apply',
}

/** Keys that this version acts on in part, and in which. */
const PARTLY: Readonly<Record<string, string>> = {
  groupName: 'it keeps apart what is released together; nothing else is brought together by it',
}

/** What is to be said of a key, null when it does all it says. */
function remark(key: string): string | null {
  const isKnown = (keys: Readonly<Record<string, string>>) => Object.hasOwn(keys, key)
  if (isKnown(PARTLY)) return `is read, and this version acts on it in part: ${PARTLY[key]}`
  return isKnown(UNUSED) ? `is read, but this version does not act on it yet: ${UNUSED[key]}` : null
}

/** Where a key says what this version does anyway, nothing needs to be said. */
const AS_IT_IS: Readonly<Record<string, Value>> = { mode: 'workflow', automerge: false }

/** One warning for each key of a valid policy that this version reads and does not act on. */
export function unused(file: string, document: PolicyDocument): Problem[] {
  const places: Path[] = [[], ...entries(document.value, 'environments'), ...entries(document.value, 'rules'), ['llm']]
  return places
    .flatMap(path => keysAt(document.value, path))
    .map(({ path, reason }) => ({ file, line: document.at(path).line, reason }))
    .sort((a, b) => a.line - b.line)
}

function entries(root: Value, key: string): Path[] {
  const list = (root as ValueMap | null)?.[key]
  return Array.isArray(list) ? list.map((_, i) => [key, i]) : []
}

function keysAt(root: Value, path: Path): { path: Path; reason: string }[] {
  const map = path.reduce<Value | undefined>(
    (value, step) => (value as Record<string | number, Value> | null)?.[step],
    root,
  )
  const keys = Object.entries((map ?? {}) as ValueMap).filter(
    ([key, value]) => remark(key) !== null && AS_IT_IS[key] !== value,
  )
  const warnings = keys.map(([key]) => ({
    path: [...path, key],
    reason: `${code(key)} ${remark(key)}`,
  }))
  return isRiskRule(map, warnings.length)
    ? [
        ...warnings,
        {
          path: [...path, 'match', 'risk'],
          reason: `${code('match.risk')} is read, but this version does not act on it yet: the rule is left out, because rules are applied before the risk is known`,
        },
      ]
    : warnings
}

/** A rule by risk whose every setting is warned about already needs no second warning. */
function isRiskRule(map: Value | undefined, warned: number): boolean {
  const match = (map as ValueMap | undefined)?.match as ValueMap | undefined
  return match?.risk !== undefined && Object.keys(map as ValueMap).length - 1 > warned
}
