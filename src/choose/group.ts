import type { Pin, PinKind, Source } from '../model.ts'
import { readVersion, type Scheme, shapeOf } from '../text/version.ts'

/** Pins that move together: one component, one environment, one source. `component` is unique for a source within an environment. */
export type PinGroup = {
  readonly component: string
  readonly environment: string | null
  readonly kind: PinKind
  readonly source: Source
  readonly pins: readonly [Pin, ...Pin[]]
}

/** How the versions of a source are written: Helm wants semantic versions, everything else is tagged as people like. */
export function schemeOf(source: Source): Scheme {
  return source.type === 'helm' || source.type === 'oci' ? 'chart' : 'image'
}

/** A version that is a digest, where no tag stands beside it. */
export function isDigest(version: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(version)
}

/**
 * What pins must have in common, beside their source, to move together: the shape of their version, or the tag whose digest
 * they pin. Null for a pin that cannot move (a range, `latest`).
 */
function kinOf({ version, digest, source }: Pin): string | null {
  const scheme = schemeOf(source)
  const read = readVersion(version, scheme)
  if (read !== null) return scheme === 'chart' ? '' : shapeOf(read)
  if (isDigest(version)) return '@'
  return digest === null ? null : `@${version}`
}

/**
 * Groups pins in the order in which they came. A pin that cannot move with the others (a range, `latest`, another family
 * of tags) gets a group of its own. Where two sources or families share a component in one environment, all but the first
 * (charts before images, then by address) get a readable suffix, in every environment, so that branch names stay unique.
 */
export function groupPins(pins: readonly Pin[]): PinGroup[] {
  const names = distinctNames(pins)
  const groups = new Map<string, [Pin, ...Pin[]]>()
  for (const pin of pins) {
    const key = JSON.stringify([pin.environment, nameKey(pin)])
    const group = groups.get(key)
    if (group) group.push(pin)
    else groups.set(key, [pin])
  }
  return [...groups.values()].map(group => {
    const { component, environment, kind, source } = group[0]
    return { component: names.get(nameKey(group[0])) ?? component, environment, kind, source, pins: group }
  })
}

const ORDER: readonly Source['type'][] = [
  'helm',
  'oci',
  'git',
  'github',
  'github-releases',
  'terraform-module',
  'olm',
  'url',
  'kubernetes',
  'docker',
  'unknown',
]

/** Sorts and compares as text: charts first, then by address; a trailing slash and the case of the host mean nothing. */
function sourceKey(source: Source): string {
  const url = (source.url ?? '').replace(/\/+$/, '').replace(/^[a-z]+:\/\/[^/]+|^[^/]+/i, host => host.toLowerCase())
  return JSON.stringify([ORDER.indexOf(source.type), url, source.chart])
}

function nameKey(pin: Pin): string {
  return JSON.stringify([pin.component, sourceKey(pin.source), kinOf(pin)])
}

/** The name of every pin, by its key, that shares its component name with another source or family in some environment. */
function distinctNames(pins: readonly Pin[]): ReadonlyMap<string, string> {
  const taken = new Set(pins.map(({ component }) => component))
  const names = new Map<string, string>()
  for (const [component, rivals] of collisions(pins)) {
    const [first, ...later] = [...rivals].sort(([a], [b]) => (a < b ? -1 : 1))
    if (first) names.set(first[0], component)
    for (const [key, rival] of later) {
      const name = firstFree(component, wordsFor(rival, first?.[1]), taken)
      taken.add(name)
      names.set(key, name)
    }
  }
  return names
}

/** Components with more than one source or family in one environment: a pin of each, by key. */
function collisions(pins: readonly Pin[]): Map<string, Map<string, Pin>> {
  const places = Map.groupBy(pins, ({ component, environment }) => JSON.stringify([component, environment]))
  const found = new Map<string, Map<string, Pin>>()
  for (const group of places.values()) {
    const moving = new Set(group.filter(pin => kinOf(pin) !== null).map(({ source }) => sourceKey(source)))
    // What cannot move has no branch: it takes no name from what can.
    const rivals = group.filter(pin => kinOf(pin) !== null || !moving.has(sourceKey(pin.source)))
    const byKey = new Map(rivals.map(pin => [nameKey(pin), pin]))
    const component = group[0]?.component ?? ''
    if (byKey.size > 1) found.set(component, new Map([...(found.get(component) ?? []), ...byKey]))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function firstFree(component: string, words: readonly string[], taken: ReadonlySet<string>): string {
  for (let n = 0; ; n++) {
    const suffix = words[n] ?? `${words.at(-1)}-${n}`
    const name = `${component}-${suffix}`
    if (!taken.has(name)) return name
  }
}

/** What tells a pin from the one that keeps the plain name: its family where they have one source, else the source. */
function wordsFor(pin: Pin, first: Pin | undefined): readonly string[] {
  const shape = kinOf(pin) ?? ''
  const family = slug(shape.replace(/^\d( date)? /, '')) || slug(shape.replace(/^\d/, '$&-part')) || 'digest'
  const source = suffixes(pin.source)
  return first && sourceKey(first.source) === sourceKey(pin.source) ? [family, ...source] : [...source, family]
}

/** Words that tell a source from another, shortest first: the owner at a shared host, else the host; then all of the address. */
function suffixes(source: Source): readonly string[] {
  if (source.type === 'unknown') return [source.chart ? slug(`${source.chart}-unknown`) : 'unknown']
  const [host = '', ...path] = source.url
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/+$/, '')
    .split('/')
  const owner = /^([\w-]+)\.(?:github|gitlab)\.io$/i.exec(host)?.[1] ?? (source.type === 'helm' ? undefined : path[0])
  const short = source.type === 'docker' ? 'image' : slug(owner ?? host)
  return [short, slug([host, ...path, source.chart ?? ''].join('-'))]
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
