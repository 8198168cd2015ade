import type { Detected, Pin } from '../model.ts'
import { githubName } from '../text/git-url.ts'
import { type ChartTrains, type Coupling, chartTrains, coupling } from './coupled.ts'
import { isFront } from './front.ts'

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

/** A place that moves, and the text of the version that it gets. Where only its digest moves, the version stays. */
export type Move = { readonly pin: Pin; readonly to: string; readonly why: Why }

/** Every digest that moves, old to new: those that were named, and the version itself where it is one. */
export function movedDigests({
  from,
  to,
  digests,
}: Pick<Bump, 'from' | 'to' | 'digests'>): ReadonlyMap<string, string> {
  return new Map(from.startsWith('sha256:') ? [...digests, [from, to]] : digests)
}

function bareUrl(url: string): string {
  return url.replace(/^(?:git::)?[a-z]+:\/\//, '').replace(/\/+$/, '')
}

function names({ component, source, aliases }: Pin): readonly string[] {
  const url = source.url ?? ''
  const bare = bareUrl(url)
  const short = source.type === 'docker' ? bare.replace(/^docker\.io\/(?:library\/)?/, '') : bare
  const withChart = source.type === 'helm' ? [`${url}/${source.chart}`, `${bare}/${source.chart}`] : []
  const all = [
    component,
    source.chart ?? component,
    url,
    bare,
    short,
    source.type === 'docker' ? bare.replace('docker.io/library/', 'docker.io/') : bare,
    upstream(url) ?? component,
    ...withChart,
    ...aliases,
  ]
  return all.filter(name => name !== '')
}

/** `owner/repository` at GitHub; null elsewhere. */
function upstream(url: string): string | null {
  return githubName(url)?.replace(/\.git$/, '') ?? null
}

/** `owner/name` at the end of an image's reference: most projects push images under the name of their repository. */
function ownerAndName(reference: string): string | null {
  const [name, owner] = reference.split('/').toReversed()
  return name && owner && !owner.includes('.') ? `${owner}/${name}` : null
}

/**
 * Whether a pin is a place of the dependency. An image and the manifests of its own repository count as one: what installs
 * an operator and what it runs move together.
 */
function isOf(pin: Pin, wanted: string): boolean {
  if (names(pin).includes(wanted)) return true
  const { source } = pin
  if (source.type === 'docker') return wanted.includes('/') && ownerAndName(source.url) === ownerAndName(wanted)
  return source.url !== null && upstream(source.url) !== null && upstream(source.url) === ownerAndName(wanted)
}

/** What becomes of the text of a pin, null when it does not stand at `from`. */
function moved({ version, source }: Pin, { from, to, digests }: Bump): string | null {
  if (version === from) return to
  const digest = digests.get(version)
  if (digest !== undefined) return digest
  if (`sha256:${version}` === from) return to.replace(/^sha256:/, '')
  if (from === `v${version}`) return to.replace(/^v/, '')
  const front = version.endsWith(from) ? version.slice(0, version.length - from.length) : ''
  const fits = source.type === 'docker' ? front === 'v' : isFront(front)
  return front !== '' && fits && /^\d/.test(from) && /^\d/.test(to) ? front + to : null
}

/** A commit id names one thing in the world: wherever it stands, it moves. */
const COMMIT = /^[0-9a-f]{40}$/

/**
 * Why a place moves: it is what was asked for, it stands at the commit that was asked for, or it is of one release with
 * another that moves.
 */
export type Why = 'asked' | 'commit' | Coupling

type Standing = Omit<Move, 'why'>

/** What moves and why: what is asked for, and what one step after the other is found to be released with it. */
function moving(
  standing: readonly Standing[],
  named: readonly Standing[],
  from: string,
  trains: ChartTrains,
): ReadonlyMap<Standing, Why> {
  const why = new Map<Standing, Why>(named.map(one => [one, 'asked']))
  let left = standing.filter(one => !why.has(one))
  // A Map is walked in the order of its entries, those that are added on the way included.
  for (const [to] of why)
    left = left.filter(one => {
      const reason = COMMIT.test(from) ? 'commit' : coupling(one.pin, to.pin, trains)
      if (reason !== null) why.set(one, reason)
      return reason === null
    })
  return why
}

/**
 * The places where the dependency stands at `from`, and what they become; and the places that move with them, because
 * they are of one release. The dependency is a component, a chart name, a source URL with or without its scheme, or an
 * image as people write it. Pure; needs no network.
 */
export function bump(detected: Detected, asked: Bump): readonly Move[] {
  const { dependency, from, files } = asked
  const wanted = dependency.replace(/\/+$/, '').replace(/@sha256$/, '')
  const inFiles = detected.pins.filter(({ place }) => files.length === 0 || files.includes(place.file))
  const pairs = movedDigests(asked)
  const standing = inFiles.flatMap((pin): Standing[] => {
    const to = moved(pin, asked)
    const onlyDigest = pin.digest !== null && pin.digest.value === from
    return to !== null ? [{ pin, to }] : onlyDigest ? [{ pin, to: pin.version }] : []
  })
  const named = standing.filter(({ pin }) => isOf(pin, wanted))
  const free = standing.filter(({ pin }) => !isStuck(pin, pairs))
  const why = moving(free, named, from, chartTrains(detected.pins))
  return standing.flatMap(one => {
    const reason = why.get(one)
    return reason === undefined ? [] : [{ ...one, why: reason }]
  })
}

/** A digest without a successor holds its place: the version beside it must not go on alone. */
function isStuck({ digest }: Pin, pairs: ReadonlyMap<string, string>): boolean {
  return digest !== null && !pairs.has(digest.value)
}
