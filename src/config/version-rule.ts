import { readRange } from '../text/version.ts'

/**
 * What is wrong with `allowedVersions`, null when nothing is: a semver range, or a regular expression between slashes.
 * The expressions are tried on tags that strangers choose, and JavaScript's engine backtracks, so only those are let
 * through that cannot blow up: no repeated groups, no look-around, no back-references, at most four repetitions.
 */
export function allowedProblem(text: string): string | null {
  if (!text.startsWith('/'))
    return readRange(text) === null ? 'a semver range, or a regular expression between slashes' : null
  return text.endsWith('/') && text.length > 2
    ? expressionProblem(text.slice(1, -1))
    : 'a regular expression between two slashes'
}

/** What is wrong with an entry of `ignoreVersions`, null when nothing is: a semver range, or a tag as it is written. */
export function ignoredProblem(text: string): string | null {
  const isTag = /^[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}$/.test(text)
  return isTag || readRange(text) !== null ? null : 'a version, or a semver range'
}

function expressionProblem(pattern: string): string | null {
  try {
    new RegExp(pattern)
  } catch {
    return 'a regular expression that JavaScript can read'
  }
  const bare = pattern.replaceAll(/\\[^1-9k]/g, 'x').replaceAll(/\[[^\]]*\]/g, 'x')
  if (bare.includes('\\')) return 'a regular expression without back-references'
  if (/\(\?[=!<]/.test(bare)) return 'a regular expression without look-around and named groups'
  if (/\)[*+{]/.test(bare)) return 'a regular expression that repeats single characters or classes, not groups'
  return (bare.match(/[*+{]/g)?.length ?? 0) > 4 ? 'a regular expression with four repetitions at most' : null
}
