import { Range, SemVer } from 'semver'
import type { Step } from '../model.ts'

/**
 * How versions of a source are written. `chart`: semantic versions, three numbers, `-x` is a pre-release.
 * `image`: tags as people push them, one to three numbers, where `-alpine` is a family and only `-rc1` a pre-release.
 */
export type Scheme = 'chart' | 'image'

/** A version by its meaning: `semver` orders it; `v`, `numbers` and `family` are its shape, which an upgrade keeps. */
export type Version = {
  readonly text: string
  readonly semver: SemVer
  readonly v: boolean
  readonly numbers: number
  readonly family: string
}

/** OCI allows 128 characters in a tag; nothing longer is a version. */
const LONGEST = 128

const SHAPE = /^(v?)(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-([0-9A-Za-z.-]+))?(?:[+_]([0-9A-Za-z.+_-]+))?$/i
const PRERELEASE = /^(?:alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|next|edge|ea|m|a|b)(?:[.-]?\d.*)?$/i

/**
 * Reads a version as it stands in Git or as a tag; null when it is none (`latest`, a range, a branch, a commit).
 * Helm writes the `+` of a version as `_` in OCI tags, so both mean the same.
 */
export function readVersion(text: string, scheme: Scheme): Version | null {
  const match = text.length <= LONGEST ? SHAPE.exec(text) : null
  if (!match) return null
  const [, v = '', major = '0', minor, patch, suffix = ''] = match
  const numbers = patch !== undefined ? 3 : minor !== undefined ? 2 : 1
  if (scheme === 'chart' && numbers < 3) return null
  const family = scheme === 'image' && suffix !== '' && !PRERELEASE.test(suffix) ? suffix : ''
  const semver = semverOf([major, minor ?? '0', patch ?? '0'], family === '' ? suffix : '')
  return semver && { text, semver, v: v !== '', numbers, family }
}

function semverOf(numbers: readonly string[], prerelease: string): SemVer | null {
  const plain = numbers.map(Number).join('.')
  try {
    return new SemVer(prerelease === '' ? plain : `${plain}-${prerelease}`, { loose: true })
  } catch {
    return null
  }
}

/** Negative when `a` is older, 0 when both mean the same version (`v1.2.3` and `1.2.3`, whatever the build), positive when newer. */
export function compareVersions(a: Version, b: Version): number {
  return a.semver.compare(b.semver)
}

/** From this number on, the first part of an image tag is a date or a build number, not a major version. */
const CALENDAR = 1000

/** Whether a tag may take the place of another: same family and number of parts; a calendar version only replaces another one. */
export function sameShape(a: Version, b: Version): boolean {
  return a.family === b.family && a.numbers === b.numbers && a.semver.major >= CALENDAR === b.semver.major >= CALENDAR
}

/** How far `from` lies from `to`; `digest` when both mean the same version, `other` when one of them is not a version. */
export function step(from: string, to: string): Step {
  const a = readVersion(from, 'image')
  const b = readVersion(to, 'image')
  if (!a || !b) return 'other'
  if (a.semver.major !== b.semver.major) return 'major'
  if (a.semver.minor !== b.semver.minor) return 'minor'
  if (a.semver.patch !== b.semver.patch) return 'patch'
  return compareVersions(a, b) === 0 && a.family === b.family ? 'digest' : 'prerelease'
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
