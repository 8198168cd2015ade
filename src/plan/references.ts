import type { Path, RepoFile, Resource, Value, ValueMap } from '../model.ts'
import { splitDocuments } from '../text/documents.ts'
import { isMap } from '../text/is-map.ts'
import { lineIndex } from '../text/lines.ts'
import { locate } from '../text/located.ts'
import { valueAt } from '../text/path-steps.ts'
import { readYaml } from '../text/yaml.ts'
import type { Draft, Served } from './drafts.ts'
import type { Change } from './object-change.ts'

/** A kind that is to be addressed by another version from now on; `source` is null when the CRDs are the evidence. */
export type Readdressed = {
  readonly kind: string
  readonly from: string
  readonly to: string
  readonly source: string | null
}

/** A file that may be changed, and the environment that it feeds. */
export type Scope = ReadonlyMap<string, string | null>

type Found = { readonly path: Path; readonly as: Readdressed; readonly body: ValueMap }

/** Every map in a document that names a readdressed kind: a reference, or an object within other text. The document's own object is not meant. */
function namesIn(value: Value, all: readonly Readdressed[], path: Path = []): Found[] {
  if (path.length > 60) return []
  if (Array.isArray(value)) return value.flatMap((item, i) => namesIn(item, all, [...path, i]))
  if (!isMap(value)) return []
  const as =
    path.length === 0 ? undefined : all.find(({ from, kind }) => value.apiVersion === from && value.kind === kind)
  const here: Found[] = as ? [{ path, as, body: value }] : []
  return [...here, ...Object.entries(value).flatMap(([key, child]) => namesIn(child, all, [...path, key]))]
}

function isUnder(path: Path, above: Path): boolean {
  return above.every((step, i) => path[i] === step)
}

/** Whether another draft deals with what stands at a path of a document. */
function isDone(path: Path, file: string, document: number, drafts: readonly Draft[]): boolean {
  const own = drafts.filter(({ resource }) => resource.file === file && resource.document === document)
  return own.some(({ changes }) => changes.some(change => isUnder(change.path, path) || isUnder(path, change.path)))
}

function isItemOfList(root: Value, path: Path): boolean {
  return path.length === 2 && path[0] === 'items' && valueAt(root, ['kind']) === 'List'
}

/** What speaks against one change: an object in other text has to be taken by its CRD, and the new side must serve a reference. */
function problems({ as, body }: Found, served: Served): readonly string[] {
  if (!isMap(body.metadata)) {
    return served.serves('after', as.to, as.kind) === true
      ? []
      : [`${as.to} ${as.kind} could not be checked against a CRD`]
  }
  const [verdict] = served.validate([{ ...body, apiVersion: as.to }])
  return verdict?.status === 'valid'
    ? []
    : [`${as.to} ${as.kind}: ${verdict?.why[0]?.detail ?? 'could not be checked against a CRD'}`]
}

/** What references are looked for in: `drafts` are what is done with the resources themselves. */
export type Around = {
  readonly scope: Scope
  readonly environment: string | null
  readonly served: Served
  readonly drafts: readonly Draft[]
}

/**
 * Documents that name a kind by a version that is to be left: health checks, references, objects in values. They are drafts like those
 * of the resources themselves. Only files in scope are looked at, and of those only the ones that have the old version in their text.
 */
export function referenceDrafts(
  files: readonly RepoFile[],
  all: readonly Readdressed[],
  { scope, environment, served, drafts }: Around,
): readonly Draft[] {
  const old = [...new Set(all.map(({ from }) => from))]
  return files.flatMap(file => {
    const own = scope.get(file.path)
    const concerned = own !== undefined && (own === null || environment === null || own === environment)
    if (!concerned || !/\.ya?ml$/.test(file.path) || !old.some(version => file.text.includes(version))) return []
    return splitDocuments(file.text).flatMap((chunk, document): Draft[] => {
      const read = readYaml(chunk.text)
      if (!read.ok || !isMap(read.value)) return []
      const body = read.value
      const found = namesIn(body, all).filter(
        ({ path }) => !isItemOfList(body, path) && !isDone(path, file.path, document, drafts),
      )
      const [first] = found
      if (!first) return []
      const changes = found.map(
        ({ path, as }): Change => ({ kind: 'set', path: [...path, 'apiVersion'], value: as.to }),
      )
      const servedBefore = found.every(({ as }) => served.serves('before', as.to, as.kind) === true) ? true : null
      const shared = own === null && environment !== null && servedBefore !== true
      const asks = [
        ...new Set(found.flatMap(each => problems(each, served))),
        ...(shared ? ['it is shared by several environments: change it when all have upgraded'] : []),
      ]
      const line = locate(chunk, lineIndex(file.text)).line([...first.path, 'apiVersion']) ?? chunk.contentLine
      const resource: Resource = {
        apiVersion: first.as.from,
        kind: first.as.kind,
        namespace: null,
        name: first.path.join('.'),
        file: file.path,
        document,
        line,
        environment: own,
        body,
        lineOf: () => null,
      }
      const why = [...new Set(found.map(({ as }) => `${as.from} ${as.kind} is named here and becomes ${as.to}`))].join(
        '; ',
      )
      const sources = [...new Set(found.flatMap(({ as }) => as.source ?? []))]
      const rest = { notes: [], created: [], refers: [] }
      return [{ ...rest, resource, body, changes, asks, mechanical: asks.length === 0, why, sources, servedBefore }]
    })
  })
}
