import type { Detected, Edit, Pin } from '../model.ts'
import { edits } from './edit.ts'

/** A fact that somebody else decided: dependency D goes from A to B, and these digests with it. */
export type Bump = {
  readonly dependency: string
  readonly from: string
  readonly to: string
  /** Old digest to new digest. */
  readonly digests: ReadonlyMap<string, string>
  /** Only these files; empty means all. */
  readonly files: readonly string[]
}

function names({ component, source }: Pin): readonly string[] {
  const url = source.url ?? ''
  const bare = url.replace(/^[a-z]+:\/\//, '')
  const short = source.type === 'docker' ? bare.replace(/^docker\.io\/(?:library\/)?/, '') : bare
  const withChart = source.type === 'helm' ? [`${url}/${source.chart}`, `${bare}/${source.chart}`] : []
  return [component, source.chart ?? component, url, bare, short, ...withChart].filter(name => name !== '')
}

/** A digest-only pin stands at its digest. */
function standsAt({ version, digest }: Pin, { from, digests }: Bump): boolean {
  return (
    version === from ||
    (digest !== null && digest.value === from) ||
    (digests.has(version) && version.startsWith('sha256:'))
  )
}

/**
 * The exact places where the dependency stands at `from`, and what they become. The dependency is a component, a chart
 * name, a source URL with or without its scheme, or an image as people write it. Pure; needs no network.
 */
export function bump(detected: Detected, asked: Bump): readonly Edit[] {
  const { dependency, from, to, digests, files } = asked
  const wanted = dependency.replace(/\/+$/, '')
  const pins = detected.pins
    .filter(({ place }) => files.length === 0 || files.includes(place.file))
    .filter(pin => names(pin).includes(wanted) && standsAt(pin, asked))
  const moved = new Map(from.startsWith('sha256:') ? [...digests, [from, to]] : digests)
  const versioned = pins.filter(({ version }) => version === from || digests.has(version))
  const onlyDigest = pins.filter(pin => !versioned.includes(pin))
  return [...edits(versioned, to, moved), ...onlyDigest.flatMap(pin => edits([pin], pin.version, moved))]
}
