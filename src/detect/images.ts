import type { PinKind, Source } from '../model.ts'
import { type Entry, plainKey } from '../text/outline.ts'
import type { Fact, Version } from './facts.ts'
import { readImage, versionIn } from './image-reference.ts'
import { imageRepository, lastElement } from './source.ts'
import type { TextDetector, TextFile } from './text-file.ts'
import { variableIn } from './variables.ts'
import { floatingTag, isDigest } from './version.ts'

const WORTH_A_LOOK = /image|[tT]ag["']?:|@sha256:|(?<=\/[\w.-]{1,128}):v?\d/
/** The end of the keys that name an image or a part of one, with a value on the same line. */
const KEYS =
  /(?:[iI]mage(?:_?[nN]ame|_?[rR]ef)?|IMAGE|[tT]ag|TAG|[dD]igest|(?<!api|[a-z]-)[vV]ersion)["']?:[ \t]+(?=[^\s#|>])/g
/** UTF-16 units of a value that is looked into for pairs in braces. */
const LONGEST = 2000
const KEY_CHARACTER = /[\w./-]/
/** The end of an image with its registry, wherever it stands: `…/name:tag` or `…/name@sha256:…`. */
const QUALIFIED = /\/[a-z0-9][\w.-]*(?::\w[\w.+-]{0,127}(?:@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})/g
const LIST_ITEM = /^[ \t]*-[ \t]+["']?[a-z0-9][\w./-]*:v?\d[\w.+-]*(?:@sha256:[0-9a-f]{64})?["']?[ \t]*$/gm

const VALUES = /^(?:values|valuesObject|valuesInline|helmValues)$/i
/** A list that is made when a chart is released, for Artifact Hub to show: nothing runs what stands in it. */
const SHOWN_ONLY = /^artifacthub\.io\//

/** What an image that stands here is for; null when nothing runs it. */
function kindAt({ outline }: TextFile, entry: Entry): PinKind | null {
  let isValue = false
  for (let above = outline.parent(entry); above !== null; above = outline.parent(above)) {
    if (SHOWN_ONLY.test(above.key)) return null
    isValue ||= VALUES.test(above.key)
  }
  if (isValue) return 'helm-values-image'
  const kind = outline.top(entry).some(({ key }) => key === 'kind' || key === 'apiVersion')
  return kind ? 'raw-manifest-image' : 'helm-values-image'
}

function imageSource(name: string): Source {
  if (/[{}$<>\uE000]/.test(name))
    return { type: 'unknown', url: null, chart: null, reason: `the image ${name} is filled in elsewhere` }
  return { type: 'docker', url: imageRepository(name), chart: null }
}

function pin(file: TextFile, entry: Entry, name: string, version: Version): readonly Fact[] {
  const kind = kindAt(file, entry)
  if (kind === null) return []
  const source = imageSource(name)
  return [{ fact: 'pin', component: lastElement(name), kind, version, source, installs: [], object: null, aliases: [] }]
}

/** A tag that can be followed: not empty, not filled in elsewhere, not a channel. */
function isPinned(version: Version): boolean {
  return isDigest(version.version) || version.digest !== null || floatingTag(version.version) === null
}

/** Images with their registry, in any text: arguments, variables, packages, annotations. */
function qualified(file: TextFile): readonly Fact[] {
  const { text } = file
  return [...text.matchAll(QUALIFIED)].flatMap(found => {
    let start = found.index
    while (start > 0 && /[\w./:-]/.test(text[start - 1] ?? '')) start--
    const end = found.index + found[0].length
    const whole = text.slice(start, end)
    if (whole.includes('//') || /[$}%@]/.test(text[start - 1] ?? '') || /[\w:/]/.test(text[end] ?? '')) return []
    const image = readImage(whole)
    if (image === null || !/^[^/]*[a-z0-9-]\.[a-z]{2,}(?::\d+)?\/|^localhost(?::\d+)?\//.test(image.name)) return []
    const version = versionIn(image, file.place(start, end))
    const entry = file.isComment(start) ? null : (file.outline.entryAt(start) ?? fake(file, start, end))
    return version && entry && isPinned(version) ? pin(file, entry, image.name, version) : []
  })
}

/** A line that is no entry (a template, a script) still holds an image. */
function fake(file: TextFile, start: number, end: number): Entry {
  const { line } = file.place(start, end)
  return { line: line - 1, key: '', plain: '', column: 0, value: file.text.slice(start, end), start, end }
}

/** The entry of a key that may stand inside `{…}` on its line, and the entries beside it. */
function entryOf(file: TextFile, key: string, valueAt: number): { entry: Entry; beside: readonly Entry[] } | null {
  const entry = file.outline.entryAt(valueAt)
  if (entry === null) return null
  // A line that long is generated: what it says as one text is found all the same.
  if (entry.end - entry.start > LONGEST) return null
  if (entry.key === key && entry.start >= valueAt) return { entry, beside: file.outline.siblings(entry) }
  const inFlow = flowEntries(file.text, entry).find(
    one => one.key === key && one.start <= valueAt + 1 && one.end >= valueAt,
  )
  if (!inFlow) return null
  return { entry: inFlow.own, beside: inFlow.beside }
}

type FlowEntry = {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly own: Entry
  readonly beside: readonly Entry[]
}

/** The pairs of every innermost `{…}` in an entry's value. */
function flowEntries(text: string, entry: Entry): readonly FlowEntry[] {
  const line = text.slice(entry.start, entry.end)
  return [...line.matchAll(/\{([^{}]*)\}/g)].flatMap(map => {
    const from = entry.start + map.index + 1
    const pairs = [
      ...(map[1] ?? '').matchAll(/["']?([\w-]+)["']?:[ \t]*(?:"([^"]*)"|'([^']*)'|([^,"'\s][^,]*?))[ \t]*(?=,|$)/g),
    ]
    const own = pairs.map((pair): Entry => {
      const value = pair[2] ?? pair[3] ?? pair[4] ?? ''
      const quote = pair[4] === undefined ? 1 : 0
      const end = from + pair.index + pair[0].trimEnd().length - quote
      return {
        line: entry.line,
        key: pair[1] ?? '',
        plain: plainKey(pair[1] ?? ''),
        column: entry.column + 1,
        value,
        start: end - value.length,
        end,
      }
    })
    return own.map(one => ({
      key: one.key,
      start: one.start,
      end: one.end,
      own: one,
      beside: own.filter(other => other !== one),
    }))
  })
}

function placeOf(file: TextFile, { start, end }: Entry) {
  return file.place(start, end)
}

/** `image: name:tag@sha256:…`, whatever comes before the word. */
function whole(file: TextFile, entry: Entry): readonly Fact[] {
  const variable = /^([^$]+):(\$\{[^{}]+\})$/.exec(entry.value)
  if (variable?.[1] && variable[2] && readImage(variable[1])?.tag === null) {
    const place = file.place(entry.start + variable[1].length + 1, entry.end)
    return variableIn(variable[2]) === null
      ? []
      : pin(file, entry, variable[1], { version: variable[2], place, digest: null })
  }
  const image = readImage(entry.value.replace(/^docker:\/\//, ''))
  if (image === null || entry.value.includes('//')) return []
  const version = versionIn(image, placeOf(file, entry))
  return version && isPinned(version) ? pin(file, entry, image.name, version) : []
}

/** What stands beside a tag under one of these names, after the words that both begin with. */
function beside(entries: readonly Entry[], front: string, names: readonly string[]): Entry | null {
  const stem = front.replace(/image$/, '')
  for (const name of names) {
    const [whole, short] = [front + name, stem + name]
    const found = entries.find(({ plain, value }) => value !== '' && (plain === whole || plain === short))
    if (found) return found
  }
  return null
}

const REGISTRIES = ['registry', 'imageregistry', 'hub', 'host']
const REPOSITORIES = ['repository', 'repo', 'image', 'imagename', 'imagerepository', 'imagerepo']

/** The image that a tag belongs to, by what stands beside it; null when nothing does. */
function nameBeside(entries: readonly Entry[], front: string): string | null {
  const registry = beside(entries, front, REGISTRIES)
  const repository =
    beside(entries, front, REPOSITORIES) ?? (registry ? beside(entries, front, ['name', 'path']) : null)
  if (repository === null) return null
  const image = readImage(repository.value.replace(/@sha256$/, ''))
  if (/:\/\//.test(repository.value) || (image === null && !/[{$<]/.test(repository.value))) return null
  if (image !== null && (image.tag !== null || image.digest !== null)) return null
  const host = registry && !/:\/\//.test(registry.value) ? registry.value.replace(/\/+$/, '') : ''
  const name = image?.name ?? repository.value
  return host === '' || name.startsWith(`${host}/`) ? name : `${host}/${name}`
}

const BARE = { type: 'unknown', url: null, chart: null, reason: 'the image of this tag is named elsewhere' } as const

/** The values of a map called `image` that names no repository: a patch of a chart's own default. */
function bareTag(file: TextFile, entry: Entry, version: Version): readonly Fact[] {
  const above = file.outline.parent(entry)
  const kind = kindAt(file, entry)
  if (above === null || kind === null || !/images?$/i.test(above.key)) return []
  const named = /^images?$/i.test(above.key) ? file.outline.parent(above)?.key : above.key.replace(/[-_]?images?$/i, '')
  const component = named === undefined || named === 'values' || named === 'spec' ? folderOf(file.path) : named
  const aliases = [folderOf(file.path)]
  return [{ fact: 'pin', component, kind, version, source: BARE, installs: [], object: null, aliases }]
}

/**
 * A tag beside the `hub` below which all images of a release lie (Istio, IstioOperatorSpec: `hub` is "the root for docker
 * image paths", `tag` the "version tag for docker images"). Which images these are, the installer knows.
 */
function hubTag(file: TextFile, entry: Entry, entries: readonly Entry[], version: Version): readonly Fact[] {
  const hub = entries.find(({ key }) => key === 'hub')?.value ?? ''
  const name = readImage(hub)
  const kind = kindAt(file, entry)
  if (entry.key !== 'tag' || kind === null || !hub.includes('/') || name?.tag !== null || name.digest !== null)
    return []
  const component = lastElement(hub)
  const reason = `which images below ${hub} have this tag is known to what installs them`
  const source = { type: 'unknown', url: null, chart: null, reason } as const
  return [{ fact: 'pin', component, kind, version, source, installs: [], object: null, aliases: [hub] }]
}

function folderOf(path: string): string {
  return path.split('/').at(-2) ?? path.replace(/\.[^.]*$/, '')
}

/** `tag` (or `digest`, or `version`) beside the name of its image. */
function split(file: TextFile, entry: Entry, entries: readonly Entry[]): readonly Fact[] {
  const [, front = '', last = ''] = /^(.*?)(tag|digest|version)$/.exec(entry.plain) ?? []
  const place = placeOf(file, entry)
  const [, tag = entry.value, own] = /^(.+)@(sha256:[0-9a-f]{64})$/.exec(entry.value) ?? []
  if (!/^\w[\w.+-]*$/.test(tag) && !isDigest(tag) && variableIn(tag) === null) return []
  const digestAt = own === undefined ? beside(entries, front, ['digest', 'sha', 'sha256']) : null
  const besideDigest =
    digestAt && isDigest(digestAt.value) ? { value: digestAt.value, place: placeOf(file, digestAt) } : null
  const ownPlace = { ...place, end: place.start + tag.length }
  const digest =
    own === undefined
      ? besideDigest
      : { value: own, place: { ...place, start: place.end - own.length, column: place.column + tag.length + 1 } }
  const version: Version = {
    version: tag,
    place: ownPlace,
    digest: last === 'tag' || last === 'version' ? digest : null,
  }
  if (!isPinned(version)) return []
  const name = nameBeside(entries, front)
  if (last === 'version') return byVersion(file, entry, entries, front, version, name)
  if (last === 'digest' && beside(entries, front, ['tag'])?.value) return []
  if (name !== null) return pin(file, entry, name, version)
  if (last !== 'tag') return []
  const below = hubTag(file, entry, entries, version)
  return below.length > 0 ? below : bareTag(file, entry, version)
}

/** `version` is a tag only beside an image without one, or beside one whose tag it repeats. */
function byVersion(
  file: TextFile,
  entry: Entry,
  entries: readonly Entry[],
  front: string,
  version: Version,
  name: string | null,
): readonly Fact[] {
  const image = beside(entries, front, ['image', 'imagename', 'baseimage'])
  if (image === null) return []
  const read = readImage(image.value)
  if (name !== null && read?.tag === null && read.digest === null) return pin(file, entry, name, version)
  if (name === null && read?.tag === null && read.digest !== null) {
    const at = file.place(image.end - read.digest.length, image.end)
    return pin(file, entry, read.name, { ...version, digest: { value: read.digest, place: at } })
  }
  return read?.tag === version.version ? pin(file, entry, read.name, { ...version, digest: null }) : []
}

/** Every key that says an image or its tag. */
function keyed(file: TextFile): readonly Fact[] {
  return [...file.text.matchAll(KEYS)].flatMap(found => {
    const end = found.index + (/^\w+/.exec(found[0])?.[0].length ?? 0)
    let start = found.index
    while (start > 0 && KEY_CHARACTER.test(file.text[start - 1] ?? '')) start--
    const key = file.text.slice(start, end)
    const stands = entryOf(file, key, found.index + found[0].length)
    if (stands === null) return []
    const { entry, beside: entries } = stands
    return /image(?:_?name|_?ref)?$/i.test(key) ? whole(file, entry) : split(file, entry, entries)
  })
}

/** `images:` and then a list of them. */
function listed(file: TextFile): readonly Fact[] {
  return [...file.text.matchAll(LIST_ITEM)].flatMap(found => {
    const entry = file.outline.entryAt(found.index)
    if (entry === null || entry.key !== '') return []
    return /images?$/i.test(file.outline.parent(entry)?.key ?? '') ? whole(file, entry) : []
  })
}

/** Container images by how they are written, in manifests, values and text within text, templated or not. */
export const images: TextDetector = file =>
  WORTH_A_LOOK.test(file.text) ? [...keyed(file), ...listed(file), ...qualified(file)] : []
