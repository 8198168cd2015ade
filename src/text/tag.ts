/**
 * The parts of a tag. `family` is all that an upgrade keeps, with a `#` where a number counts and `<id>` where a commit
 * stands; `core` is the version in it, one to four numbers; `counters` are the numbers behind it, in order.
 */
export type Tag = {
  readonly family: string
  readonly v: boolean
  readonly core: readonly number[]
  /** `rc.1`, empty for a release. */
  readonly prerelease: string
  readonly counters: readonly number[]
}

const NUMBER = /^\d{1,15}$/
const CORE = /^(v?)(\d{1,15})$/i
/** Python's way, `3.13.0rc1`: only ever the last number of a version. */
const GLUED = /^(\d{1,15})(a|b|rc|alpha|beta)(\d{0,15})$/i
/** Builds that are counted, where a tag has no other number: `server-vulkan-b10331`. */
const BUILD = /^(b|build|r)(\d{1,5})$/i
const PRERELEASE = /^(alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|next|edge)(\d{0,15})$/i
/** Too short to mean it anywhere but right behind the version. */
const SHORT_PRERELEASE = /^(a|b|m|ea)(\d{0,15})$/i
/** What `git describe` and builds write: six or more hexadecimal digits, of both kinds unless a letter says what they are. */
const COMMIT = /^(?:(?:g|sha)[0-9a-f]{6,40}|(?:build)?(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{6,40})$/i
/** A piece of `2024-01-01T00-00-00Z`, as Minio writes it, or `20240101T000000Z`. */
const HOUR = /^(\d{1,15})T(\d{1,15})(Z?)$/
/**
 * Numbers that count, with what stands around them: package revisions, versions inside a version, builds of k3s, RKE2,
 * EKS and linuxserver.io, times.
 */
const COUNTED = /^(r|p|v|ls|k3s|rke2r|eksbuild|build|patch|hotfix|rev|)(\d{1,15})(Z?)$/i
/** What an image is built on: the number behind it says another base, not a later build. */
const BASE = new Set(
  (
    'alpine debian ubuntu ubi centos rocky rockylinux fedora el rhel amazonlinux photon windows ltsc nanoserver ' +
    'windowsservercore jdk jre java openjdk python node nodejs php ruby go golang pg postgres postgresql cuda'
  ).split(' '),
)

/** A word or number of a tag, and what separates it from the one before. */
type Piece = { readonly separator: string; readonly text: string }

/** Reads a tag of an image or of Git; null when it has no number that could be a version (`latest`, a branch, a bare commit). */
export function readTag(text: string): Tag | null {
  if (!/^[0-9A-Za-z]+(?:(?:[-_]+|[.+/])[0-9A-Za-z]+)*$/.test(text)) return null
  const pieces = [...text.matchAll(/([-._+/]*)([0-9A-Za-z]+)/g)].map(
    ([, separator = '', word = '']): Piece => ({ separator, text: word }),
  )
  const exact = pieces.findIndex(piece => CORE.test(piece.text) || HOUR.test(piece.text))
  const at = exact >= 0 ? exact : pieces.findIndex(piece => BUILD.test(piece.text))
  const [first, ...rest] = pieces.slice(at)
  if (at < 0 || !first) return null
  const before = pieces.slice(0, at).map(piece => piece.separator + (COMMIT.test(piece.text) ? '<id>' : piece.text))
  const reading = begin(before.join('') + first.separator, first.text)
  const tail = readCore(reading, rest)
  if (tail[0]?.separator === '.' && /^x$/i.test(tail[0].text)) return null
  tail.forEach((piece, i) => {
    readPiece(reading, piece, tail[i - 1])
  })
  const { family, v, core, prerelease, counters } = reading
  return { family, v, core, prerelease, counters }
}

/** A tag while its pieces are read. `behind` is what the last piece makes of a number that follows it. */
type Reading = {
  family: string
  readonly v: boolean
  readonly core: number[]
  prerelease: string
  readonly counters: number[]
  behind: 'base' | 'literal' | null
}

function begin(prefix: string, text: string): Reading {
  const fresh = { prerelease: '', counters: [], behind: null }
  const [, day, time, zone] = HOUR.exec(text) ?? []
  if (day !== undefined)
    return { ...fresh, family: `${prefix}T#${zone}`, v: false, core: [Number(day)], counters: [Number(time)] }
  const [, v = '', number] = CORE.exec(text) ?? []
  if (number !== undefined) return { ...fresh, family: prefix, v: v !== '', core: [Number(number)] }
  const [, word, build] = BUILD.exec(text) ?? []
  return { ...fresh, family: `${prefix}${word}#`, v: false, core: [Number(build)] }
}

/** Takes the further numbers of the version; returns the pieces behind it. */
function readCore(reading: Reading, pieces: readonly Piece[]): readonly Piece[] {
  const { core } = reading
  for (const [at, { separator, text }] of pieces.entries()) {
    const [, number, word, digits] = GLUED.exec(text) ?? []
    if (separator !== '.' || core.length === 4 || (number === undefined && !NUMBER.test(text))) return pieces.slice(at)
    core.push(Number(number ?? text))
    if (number === undefined) continue
    reading.prerelease = named(word, digits)
    return pieces.slice(at + 1)
  }
  return []
}

function named(word = '', digits = ''): string {
  return digits === '' ? word.toLowerCase() : `${word.toLowerCase()}.${Number(digits)}`
}

function readPiece(reading: Reading, piece: Piece, last: Piece | undefined): void {
  const { separator, text } = piece
  const { behind } = reading
  reading.behind = null
  if (readPrerelease(reading, piece, last)) return
  if (COMMIT.test(text)) {
    reading.family += `${separator}<id>`
    return
  }
  const isPart = behind === 'base' || (behind === 'literal' && separator === '.')
  const counted = NUMBER.test(text) && isPart ? null : (COUNTED.exec(text) ?? HOUR.exec(text))
  if (counted) {
    const numbers = counted.slice(1).filter(part => NUMBER.test(part))
    reading.counters.push(...numbers.map(Number))
    reading.family += separator + text.replaceAll(/\d{1,15}(?=[TZ]|$)/g, '#')
    return
  }
  reading.family += separator + text
  if (BASE.has(text.toLowerCase())) reading.behind = 'base'
  else if (/\d$/.test(text)) reading.behind = 'literal'
}

/** Whether the piece belongs to a pre-release: its word, or the number right behind the word. */
function readPrerelease(reading: Reading, { separator, text }: Piece, last: Piece | undefined): boolean {
  const isShort = last === undefined && /^[-.]$/.test(separator)
  const early = PRERELEASE.exec(text) ?? (isShort ? SHORT_PRERELEASE.exec(text) : null)
  if (early && separator !== '+' && reading.prerelease === '') {
    reading.prerelease = named(early[1], early[2])
    return true
  }
  const isNumberOfIt = /^[.-]$/.test(separator) && NUMBER.test(text) && last?.text.toLowerCase() === reading.prerelease
  if (isNumberOfIt) reading.prerelease += `.${Number(text)}`
  return isNumberOfIt
}
