import { Range, SemVer } from 'semver'
import type { Step } from '../model.ts'
import { readTag } from './tag.ts'

/**
 * How versions of a source are written. `chart`: semantic versions, three numbers, `-x` is a pre-release and `+x` says nothing.
 * `image`: tags as people make them, of images and of Git: text and numbers around one to four numbers are a family, and only
 * `-rc1` and the like a pre-release.
 */
export type Scheme = 'chart' | 'image'

/**
 * A version by its meaning: `semver`, then `counters` order it; `v`, `numbers` and `family` are its shape, which an upgrade
 * keeps. `family` is the text around the version with a `#` for each counter: `-r#` of 1.2.3-r4.
 */
export type Version = {
  readonly text: string
  readonly semver: SemVer
  readonly counters: readonly number[]
  readonly v: boolean
  readonly numbers: number
  readonly family: string
}

/** OCI allows 128 characters in a tag; nothing longer is a version. */
const LONGEST = 128

const SEMVER = /^(v?)(\d{1,15})\.(\d{1,15})\.(\d{1,15})(?:-([0-9A-Za-z.-]+))?(?:[+_]([0-9A-Za-z.+_-]+))?$/i

/**
 * Reads a version as it stands in Git or as a tag; null when it is none (`latest`, a range, a branch, a commit).
 * Helm writes the `+` of a version as `_` in OCI tags, so both mean the same in a chart's version.
 */
export function readVersion(text: string, scheme: Scheme): Version | null {
  if (text.length > LONGEST) return null
  return scheme === 'chart' ? chartVersion(text) : tagVersion(text)
}

function chartVersion(text: string): Version | null {
  const match = SEMVER.exec(text)
  if (!match) return null
  const [, v = '', major = '', minor = '', patch = '', prerelease = ''] = match
  const semver = semverOf([major, minor, patch], prerelease)
  return semver && { text, semver, counters: [], v: v !== '', numbers: 3, family: '' }
}

function tagVersion(text: string): Version | null {
  const tag = readTag(text)
  if (!tag) return null
  const [major = 0, minor = 0, patch = 0, ...fourth] = tag.core
  const semver = semverOf([major, minor, patch], tag.prerelease)
  const counters = [...fourth, ...tag.counters]
  return semver && { text, semver, counters, v: tag.v, numbers: tag.core.length, family: tag.family }
}

function semverOf(numbers: readonly (string | number)[], prerelease: string): SemVer | null {
  const plain = numbers.map(Number).join('.')
  try {
    return new SemVer(prerelease === '' ? plain : `${plain}-${prerelease}`, { loose: true })
  } catch {
    return null
  }
}

/** Negative when `a` is older, 0 when both mean the same version (`v1.2.3` and `1.2.3`), positive when newer. */
export function compareVersions(a: Version, b: Version): number {
  const length = Math.max(a.counters.length, b.counters.length)
  const counters = Array.from({ length }, (_, i) => (a.counters[i] ?? 0) - (b.counters[i] ?? 0))
  return a.semver.compare(b.semver) || (counters.find(difference => difference !== 0) ?? 0)
}

/** From this number on, the first part of an image tag is a date or a build number, not a major version. */
const CALENDAR = 1000

/** What an upgrade keeps of a version, as text: number of parts, whether it begins with a date, and family. */
export function shapeOf({ family, numbers, semver }: Version): string {
  return `${numbers}${semver.major >= CALENDAR ? ' date' : ''} ${family}`
}

/** Whether a tag may take the place of another: same family and number of parts; a calendar version only replaces another one. */
export function sameShape(a: Version, b: Version): boolean {
  return shapeOf(a) === shapeOf(b)
}

/** How far `from` lies from `to`; `digest` when both mean the same version, `other` when one of them is not a version. */
export function step(from: string, to: string): Step {
  if (from === to || [from, to].every(text => /^sha256:/.test(text))) return 'digest'
  const a = readVersion(from, 'image')
  const b = readVersion(to, 'image')
  if (!a || !b) return 'other'
  if (a.semver.major !== b.semver.major) return 'major'
  if (a.semver.minor !== b.semver.minor) return 'minor'
  if (a.semver.patch !== b.semver.patch) return 'patch'
  if (a.semver.compare(b.semver) !== 0 || withoutBuild(a) !== withoutBuild(b)) return 'prerelease'
  return compareVersions(a, b) === 0 ? 'digest' : 'patch'
}

/** `+x` is a build of the same version (semver.org, item 10), which tags write as `_x`. */
function withoutBuild({ family }: Version): string {
  return family.replace(/[+_].*$/s, '')
}

/**
 * Reads a range as npm and Helm write it: Helm's comma means "and", and `1.2.3 - 2` and `||` work in both.
 * Null when it is none. A range of Helm that says `!=` is not understood and so null.
 */
export function readRange(text: string): Range | null {
  try {
    return text.length <= 2 * LONGEST ? new Range(text.replaceAll(',', ' '), { includePrerelease: true }) : null
  } catch {
    return null
  }
}
