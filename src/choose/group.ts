import type { Pin, PinKind, Source } from '../model.ts'
import { readVersion, type Scheme } from '../text/version.ts'

/** Pins that move together: one component, one environment, one source. `component` is unique for a source within an environment. */
export type PinGroup = {
  readonly component: string
  readonly environment: string | null
  readonly kind: PinKind
  readonly source: Source
  readonly pins: readonly [Pin, ...Pin[]]
}

/** How the versions of a source are written. */
export function schemeOf(source: Source): Scheme {
  return source.type === 'docker' ? 'image' : 'chart'
}

/**
 * Groups pins in the order in which they came. A pin whose version is no version (a range, `latest`) cannot move with
 * the others and gets a group of its own. Where two sources share a component in one environment, all but the first
 * (charts before images, then by address) get a readable suffix, in every environment, so that branch names stay unique.
 */
export function groupPins(pins: readonly Pin[]): PinGroup[] {
  const names = distinctNames(pins)
  const groups = new Map<string, [Pin, ...Pin[]]>()
  for (const pin of pins) {
    const readable = readVersion(pin.version, schemeOf(pin.source)) !== null
    const key = JSON.stringify([pin.component, pin.environment, sourceKey(pin.source), readable])
    const group = groups.get(key)
    if (group) group.push(pin)
    else groups.set(key, [pin])
  }
  return [...groups.values()].map(group => {
    const { component, environment, kind, source } = group[0]
    return { component: names.get(nameKey(group[0])) ?? component, environment, kind, source, pins: group }
  })
}

const ORDER: readonly Source['type'][] = ['helm', 'oci', 'docker', 'unknown']

/** Sorts and compares as text: charts first, then by address; a trailing slash and the case of the host mean nothing. */
function sourceKey(source: Source): string {
  const url = (source.url ?? '').replace(/\/+$/, '').replace(/^[a-z]+:\/\/[^/]+|^[^/]+/i, host => host.toLowerCase())
  return JSON.stringify([ORDER.indexOf(source.type), url, source.chart])
}

function nameKey(pin: Pin): string {
  return JSON.stringify([pin.component, sourceKey(pin.source)])
}

/** The name of every component and source that shares its component name with another source in some environment. */
function distinctNames(pins: readonly Pin[]): ReadonlyMap<string, string> {
  const taken = new Set(pins.map(({ component }) => component))
  const names = new Map<string, string>()
  for (const [component, sources] of collisions(pins)) {
    const [first, ...later] = [...sources].sort(([a], [b]) => (a < b ? -1 : 1))
    if (first) names.set(JSON.stringify([component, first[0]]), component)
    for (const [key, source] of later) {
      const name = firstFree(component, source, taken)
      taken.add(name)
      names.set(JSON.stringify([component, key]), name)
    }
  }
  return names
}

/** Components with more than one source in one environment: the sources concerned, by key. */
function collisions(pins: readonly Pin[]): Map<string, Map<string, Source>> {
  const places = Map.groupBy(pins, ({ component, environment }) => JSON.stringify([component, environment]))
  const found = new Map<string, Map<string, Source>>()
  for (const group of places.values()) {
    const sources = new Map(group.map(({ source }) => [sourceKey(source), source]))
    const component = group[0]?.component ?? ''
    if (sources.size > 1) found.set(component, new Map([...(found.get(component) ?? []), ...sources]))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function firstFree(component: string, source: Source, taken: ReadonlySet<string>): string {
  const words = suffixes(source)
  for (let n = 0; ; n++) {
    const suffix = words[n] ?? `${words.at(-1)}-${n}`
    const name = `${component}-${suffix}`
    if (!taken.has(name)) return name
  }
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
