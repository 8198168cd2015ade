import type { Path, Place, RepoFile, Skipped, Value, ValuesLayer } from '../model.ts'
import { type Chunk, splitDocuments } from '../text/documents.ts'
import { type LineIndex, lineIndex } from '../text/lines.ts'
import { type Located, locate, type Spot } from '../text/located.ts'
import { MAX_YAML_SIZE, readYaml } from '../text/yaml.ts'
import { at, isMap, listAt } from './at.ts'
import type { Manifest, Version } from './facts.ts'

const OURS =
  /^[ \uFEFF]*(?:- )?kind:\s*["']?(?:Application|ApplicationSet|HelmRelease|HelmChart|HelmRepository|OCIRepository|Kustomization|Component)["']?[ \r]*$|^helmCharts:/m
const KUBERNETES = /^[ \uFEFF]*(?:apiVersion|kind):/m

/** Why a document that does not parse matters, null when it is none of our business (a chart's template, a workflow). */
function noteworthy(text: string): string | null {
  if (text.includes('{{')) return OURS.test(text) ? 'templated text that no YAML parser accepts' : null
  return KUBERNETES.test(text) || OURS.test(text) ? '' : null
}

function placeOf(file: string, spot: Spot): Place {
  return { file, line: spot.line, column: spot.column, start: spot.start, end: spot.end }
}

/** `1.2.3@sha256:…` is a version and a digest in one scalar. */
function versionOf(file: string, spot: Spot): Version {
  const [, version, digest] = /^(.+)@(sha256:[0-9a-f]{64})$/.exec(spot.text) ?? []
  const place = placeOf(file, spot)
  if (version === undefined || digest === undefined) return { version: spot.text, place, digest: null }
  const from = spot.text.length - digest.length
  const digestPlace = { ...place, start: place.start + from, column: place.column + from }
  return {
    version,
    place: { ...place, end: place.start + version.length },
    digest: { value: digest, place: digestPlace },
  }
}

/** A values file, or YAML within YAML, as a layer; `from` says on which line of `file` its text begins. */
export function valuesLayer(file: string, text: string, from: { line: number; stepwise: boolean }): ValuesLayer {
  const read = readYaml(text)
  const outer = (line: number): number => (from.stepwise ? from.line + line - 1 : from.line)
  if (!read.ok) return { kind: 'missing', file, line: outer(read.line), reason: `these values are ${read.reason}` }
  if (read.value !== null && !isMap(read.value))
    return { kind: 'missing', file, line: from.line, reason: 'these values are not a map of keys' }
  const inner = locate({ text, start: 0, line: 1, contentLine: 1 }, lineIndex(text)).lines([])
  const lines = new Map([...inner].map(([key, line]) => [key, outer(line)]))
  return { kind: 'values', file, tree: read.value ?? {}, lines }
}

/** One object of a document; `prefix` is where it stands in the document (in a `List`). */
function manifest(
  file: string,
  document: number,
  chunk: Chunk,
  root: Value,
  located: Located,
  prefix: Path,
): Manifest | null {
  const body = at(root, prefix)
  if (!isMap(body)) return null
  const lineOf = (path: Path): number => located.line([...prefix, ...path]) ?? chunk.contentLine
  return {
    file,
    document,
    // Asked only of objects that matter: the answer for an item of a List parses the document again.
    get line() {
      return prefix.length === 0 ? chunk.contentLine : lineOf([])
    },
    body,
    lineOf,
    version: path => {
      const spot = located.scalar([...prefix, ...path])
      return spot && versionOf(file, spot)
    },
    values: path => {
      const tree = at(body, path)
      return isMap(tree) ? { kind: 'values', file, tree, lines: located.lines([...prefix, ...path]) } : null
    },
    embedded: path => {
      const text = at(body, path)
      const from = located.text([...prefix, ...path])
      return typeof text === 'string' && from ? valuesLayer(file, text, from) : null
    },
  }
}

function objects(file: string, document: number, chunk: Chunk, root: Value, lineAt: LineIndex): readonly Manifest[] {
  const located = locate(chunk, lineAt)
  const isList = at(root, ['kind']) === 'List'
  const prefixes: Path[] = isList ? listAt(root, ['items']).map((_, i) => ['items', i]) : [[]]
  return prefixes.flatMap(prefix => manifest(file, document, chunk, root, located, prefix) ?? [])
}

/** Every object of a YAML file, and the documents that look like Kubernetes but do not parse. A broken one costs only itself. */
export function readManifests(file: RepoFile): {
  readonly manifests: readonly Manifest[]
  readonly skipped: readonly Skipped[]
} {
  if (file.text.length > MAX_YAML_SIZE)
    return { manifests: [], skipped: [{ file: file.path, line: null, reason: 'not read: larger than 5 MiB' }] }
  const lineAt = lineIndex(file.text)
  const skipped: Skipped[] = []
  const manifests = splitDocuments(file.text).flatMap((chunk, document) => {
    const read = readYaml(chunk.text)
    if (read.ok) return objects(file.path, document, chunk, read.value, lineAt)
    const note = noteworthy(chunk.text)
    const reason = note === '' || note === null ? read.reason : `${note}: ${read.reason}`
    if (note !== null) skipped.push({ file: file.path, line: chunk.line + read.line - 1, reason })
    return []
  })
  return { manifests, skipped }
}
