import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Edit, RepoFile, Value, ValueMap } from '../model.ts'
import { splitDocuments } from '../text/documents.ts'
import { isMap } from '../text/is-map.ts'
import { lineIndex } from '../text/lines.ts'
import { locate } from '../text/located.ts'
import { readYaml } from '../text/yaml.ts'
import { applyEdits } from './splice.ts'

/** Which lock belongs to which list of dependencies (Helm 3, and Helm 2 before it). */
const LOCKS: Readonly<Record<string, string>> = {
  'Chart.yaml': 'Chart.lock',
  'requirements.yaml': 'requirements.lock',
}

/** The fields of a dependency that Helm's digest is made of, in the order of its struct (helm, pkg/chart, Dependency). */
const FIELDS = ['name', 'version', 'repository', 'condition', 'tags', 'enabled', 'import-values', 'alias'] as const

function read(text: string): ValueMap {
  const found = readYaml(text)
  return found.ok && isMap(found.value) ? found.value : {}
}

/** What a Chart.yaml or requirements.yaml depends on, as it is written; nothing when it cannot be read. */
export function dependenciesIn(text: string): readonly ValueMap[] {
  return dependencies(read(text))
}

function dependencies(body: ValueMap): readonly ValueMap[] {
  return Array.isArray(body.dependencies) ? body.dependencies.filter(isMap) : []
}

/** A dependency as Go's encoding/json writes it: empty fields are left out, all but the name and the repository. */
function asGoWritesIt(dependency: ValueMap): ValueMap {
  return Object.fromEntries(
    FIELDS.flatMap((field): [string, Value][] => {
      const value = dependency[field]
      const given = field === 'version' && typeof value === 'number' ? String(value) : value
      const isEmpty = !given || (Array.isArray(given) && given.length === 0)
      if (field === 'name' || field === 'repository') return [[field, given ?? '']]
      return isEmpty ? [] : [[field, given]]
    }),
  )
}

/** Go escapes these in JSON so that it can stand in HTML. */
const ESCAPED: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' }

/** The digest of a lock: of what is asked for and what was found (helm, internal/resolver, HashReq). */
export function lockDigest(asked: readonly ValueMap[], locked: readonly ValueMap[]): string {
  const json = JSON.stringify([asked.map(asGoWritesIt), locked.map(asGoWritesIt)])
  const written = json.replace(/[<>&]/g, character => ESCAPED[character] ?? character)
  return `sha256:${createHash('sha256').update(written).digest('hex')}`
}

/**
 * What must change in the Chart.lock beside a chart whose dependencies are edited: the versions, and the digest, recomputed as
 * Helm does. Nothing when there is no lock, or when its digest was not right before: what it stands for is then not known.
 * The time stamp stays: it is no part of the digest.
 */
export function lockEdits(files: readonly RepoFile[], edits: readonly Edit[]): readonly Edit[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  const charts = Map.groupBy(edits, ({ place }) => place.file)
  return [...charts].flatMap(([file, own]) => {
    const name = LOCKS[posix.basename(file)]
    const path = name === undefined ? null : posix.join(posix.dirname(file), name)
    const [chart, lock] = [texts.get(file), path === null ? undefined : texts.get(path)]
    return path === null || chart === undefined || lock === undefined ? [] : follow(path, lock, chart, own)
  })
}

function follow(path: string, lock: string, chart: string, edits: readonly Edit[]): readonly Edit[] {
  const body = read(lock)
  const locked = dependencies(body)
  const before = dependenciesIn(chart)
  const after = dependenciesIn(applyEdits(chart, edits))
  if (body.digest !== lockDigest(before, locked) || before.length !== locked.length) return []
  const moved = locked.map((one, i): ValueMap => {
    const [was, is] = [before[i], after[i]]
    const isMoved = was?.name === one.name && was?.version === one.version && is?.version !== was?.version
    return isMoved && is?.version !== undefined ? { ...one, version: is.version } : one
  })
  const changes = [
    ...moved.map((one, i) => ({ at: ['dependencies', i, 'version'], to: one.version })),
    { at: ['digest'], to: lockDigest(after, moved) },
  ]
  const [chunk] = splitDocuments(lock)
  const located = chunk && locate(chunk, lineIndex(lock))
  return changes.flatMap(({ at, to }) => {
    const spot = located?.scalar(at)
    if (!spot || typeof to !== 'string' || spot.text === to) return []
    const { line, column, start, end } = spot
    return [{ place: { file: path, line, column, start, end }, from: spot.text, to }]
  })
}
