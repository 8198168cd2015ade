import type { Path, Place, Skipped, Value, ValueMap, ValuesLayer } from '../model.ts'
import { type Chunk, splitDocuments } from '../text/documents.ts'
import { isMap } from '../text/is-map.ts'
import { type LineIndex, lineIndex } from '../text/lines.ts'
import { type Located, locate, type Spot } from '../text/located.ts'
import { MASK, maskTemplates } from '../text/templates.ts'
import { MAX_YAML_SIZE, readYaml, type YamlRead } from '../text/yaml.ts'
import { at, listAt, scalarAt } from './at.ts'
import type { Manifest, Version } from './facts.ts'
import type { FileText } from './text-file.ts'

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

/** A values file, or YAML within YAML, as a layer; `begins` says on which line of `file` its text begins, when that is asked. */
export function valuesLayer(
  file: string,
  text: string,
  begins: () => { readonly line: number; readonly stepwise: boolean },
): ValuesLayer {
  const read = readYaml(text)
  const outer = (line: number): number => {
    const from = begins()
    return from.stepwise ? from.line + line - 1 : from.line
  }
  if (!read.ok) return { kind: 'missing', file, line: outer(read.line), reason: `these values are ${read.reason}` }
  if (read.value !== null && !isMap(read.value))
    return { kind: 'missing', file, line: begins().line, reason: 'these values are not a map of keys' }
  return withLines(file, read.value ?? {}, () => {
    const inner = locate({ text, start: 0, line: 1, contentLine: 1 }, lineIndex(text)).lines([])
    return new Map([...inner].map(([key, line]) => [key, outer(line)]))
  })
}

/** Lines of keys are asked for when values are compared; only then is the document read by the precise reader. */
function withLines(
  file: string,
  tree: ValueMap,
  read: () => ReadonlyMap<string, number>,
): Extract<ValuesLayer, { kind: 'values' }> {
  let lines: ReadonlyMap<string, number> | null = null
  return {
    kind: 'values',
    file,
    tree,
    get lines() {
      lines ??= read()
      return lines
    },
  }
}

/** The object again, from its text; the same one as long as somebody holds it. */
function bodyAt(text: string, prefix: Path): () => ValueMap {
  let held = new WeakRef<ValueMap>({})
  let wasRead = false
  return () => {
    const known = wasRead ? held.deref() : undefined
    if (known) return known
    const read = readYaml(text)
    const body = read.ok ? at(read.value, prefix) : undefined
    const map = isMap(body) ? body : {}
    held = new WeakRef(map)
    wasRead = true
    return map
  }
}

/** The lines of an object's fields, from its text: read when the first is asked for. */
function lineAtPath({ text, line }: Chunk, prefix: Path): (path: Path) => number | null {
  let located: Located | null = null
  return path => {
    located ??= locate({ text, start: 0, line: 1, contentLine: 1 }, lineIndex(text))
    for (let length = path.length; length >= 0; length--) {
      const found = located.line([...prefix, ...path.slice(0, length)])
      if (found !== null) return line + found - 1
    }
    return null
  }
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
  const lineOf = (path: Path): number => {
    const whole = [...prefix, ...path]
    return whole.length === 0 ? chunk.contentLine : (located.line(whole) ?? chunk.contentLine)
  }
  return {
    file,
    document,
    // Asked only of objects that matter: the answer for an item of a List parses the document again.
    get line() {
      return lineOf([])
    },
    body,
    templated: chunk.text.includes(MASK),
    lineOf,
    bodyLater: () => bodyAt(chunk.text, prefix),
    lineLater: () => lineAtPath(chunk, prefix),
    version: path => {
      if (scalarAt(body, path) === null) return null
      const spot = located.scalar([...prefix, ...path])
      return spot && versionOf(file, spot)
    },
    values: path => {
      const tree = at(body, path)
      return isMap(tree) ? withLines(file, tree, () => located.lines([...prefix, ...path])) : null
    },
    hasVariables: chunk.text.includes('${'),
    valuesAfter: (path, replace) => {
      const read = readYaml(replace(chunk.text))
      const tree = read.ok ? at(read.value, [...prefix, ...path]) : undefined
      if (isMap(tree)) return withLines(file, tree, () => located.lines([...prefix, ...path]))
      const reason = read.ok ? 'not a map of keys' : read.reason
      return {
        kind: 'missing',
        file,
        line: lineOf(path),
        reason: `these values are ${reason} once Flux has replaced their variables`,
      }
    },
    embedded: path => {
      const text = at(body, path)
      if (typeof text !== 'string') return null
      return valuesLayer(
        file,
        text,
        () => located.text([...prefix, ...path]) ?? { line: lineOf(path), stepwise: false },
      )
    },
  }
}

function objects(file: string, document: number, chunk: Chunk, root: Value, lineAt: LineIndex): readonly Manifest[] {
  const located = locate(chunk, lineAt)
  const isList = at(root, ['kind']) === 'List'
  const prefixes: Path[] = isList ? listAt(root, ['items']).map((_, i) => ['items', i]) : [[]]
  return prefixes.flatMap(prefix => manifest(file, document, chunk, root, located, prefix) ?? [])
}

const IS_CRD = /^kind: CustomResourceDefinition\s*$/m
/** What could make a document unreadable behind its head, or its head mean something else. */
const UNUSUAL = /[:\-[,{] *[*&]\w|\t|^["']|^ *<</m

/**
 * A CRD says in its head all that is asked of it while scanning; its schema can be half of a repository's bytes, holds no
 * version, and is read when somebody looks at it. Null when the document is no CRD, or not plainly written.
 */
function headOfCrd(text: string): string | null {
  const spec = UNUSUAL.test(text) ? null : /^spec:\s*$/m.exec(text)
  return spec && /^metadata:/m.test(text.slice(0, spec.index)) ? text.slice(0, spec.index) : null
}

/** A document as far as it has to be read, and the text that was read: with its templates masked where they had to be. */
function readChunk(text: string): { readonly read: YamlRead; readonly text: string } {
  if (IS_CRD.test(text)) {
    const plain = maskTemplates(text)
    const head = headOfCrd(plain)
    const read = head === null ? null : readYaml(head)
    if (read?.ok) return { read, text: plain }
  }
  const read = readYaml(text)
  const masked = read.ok ? text : maskTemplates(text)
  const second = masked === text ? read : readYaml(masked)
  return second.ok ? { read: second, text: masked } : { read, text }
}

/** Every object of a YAML file, and the documents that look like Kubernetes but do not parse. A broken one costs only itself. */
export function readManifests(file: FileText): {
  readonly manifests: readonly Manifest[]
  readonly skipped: readonly Skipped[]
} {
  if (file.text.length > MAX_YAML_SIZE)
    return { manifests: [], skipped: [{ file: file.path, line: null, reason: 'not read: larger than 5 MiB' }] }
  const lineAt = lineIndex(file.text)
  const skipped: Skipped[] = []
  const manifests = splitDocuments(file.text).flatMap((chunk, document) => {
    const { read, text } = readChunk(chunk.text)
    if (read.ok) return objects(file.path, document, { ...chunk, text }, read.value, lineAt)
    const note = noteworthy(chunk.text)
    const reason = note === '' || note === null ? read.reason : `${note}: ${read.reason}`
    if (note !== null) skipped.push({ file: file.path, line: chunk.line + read.line - 1, reason })
    return []
  })
  return { manifests, skipped }
}
