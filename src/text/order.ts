import { compareVersions, readVersion, type Version } from './version.ts'

function read(text: string): Version | null {
  return readVersion(text, 'chart') ?? readVersion(text, 'image')
}

/** Two tags of one family, with more than a version in them, are ordered by the numbers of that family. */
function familiar(a: string, b: string): readonly [Version, Version] | null {
  const [left, right] = [readVersion(a, 'image'), readVersion(b, 'image')]
  return left && right && left.family !== '' && left.family === right.family ? [left, right] : null
}

/** Orders two versions as they are written; texts that are no versions are ordered as text, before every version. */
export function compareTexts(a: string, b: string): number {
  const [left, right] = familiar(a, b) ?? [read(a), read(b)]
  if (left && right) return compareVersions(left, right)
  if (left || right) return left ? 1 : -1
  return a < b ? -1 : a > b ? 1 : 0
}

/** The series of a version: `1` of 1.4.2 for `major`, `1.4` for `minor`; the text itself when it is no version. */
export function series(text: string, size: 'major' | 'minor'): string {
  const version = read(text)
  if (version === null) return text
  const { major, minor } = version.semver
  return size === 'major' ? `${major}` : `${major}.${minor}`
}
