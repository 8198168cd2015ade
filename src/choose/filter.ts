import { readRange, readVersion } from '../text/version.ts'
import { readPattern } from './regex.ts'

/** Whether a version (as it is written in the registry) passes, or why the filter cannot be understood. */
export type Filter =
  | { readonly ok: true; readonly passes: (version: string) => boolean }
  | { readonly ok: false; readonly reason: string }

/** Reads an entry of `allowedVersions` or `ignoreVersions`: `/expression/`, an exact version, a semver range, or a glob (`1.2.*`). */
export function readFilter(text: string): Filter {
  const expression = /^\/(.+)\/$/s.exec(text)?.[1]
  if (expression !== undefined) return readExpression(text, expression)
  const exact = readVersion(text, 'image')
  if (exact?.numbers === 3) return { ok: true, passes: version => version === text || isSame(version, text) }
  const range = readRange(text)
  if (range) return { ok: true, passes: version => inRange(range, version) }
  if (/^[\w.+*-]+$/.test(text))
    return readExpression(text, `^${text.replaceAll(/[.+]/g, '\\$&').replaceAll(/\*+/g, '.*')}$`)
  return {
    ok: false,
    reason: `\`${text}\` is neither a version, a semver range nor a regular expression between slashes`,
  }
}

function readExpression(text: string, expression: string): Filter {
  const pattern = readPattern(expression)
  return pattern.ok
    ? { ok: true, passes: pattern.test }
    : { ok: false, reason: `the regular expression \`${text}\` is not accepted: ${pattern.reason}` }
}

function isSame(version: string, text: string): boolean {
  const [a, b] = [readVersion(version, 'image'), readVersion(text, 'image')]
  return a !== null && b !== null && a.family === b.family && a.semver.compare(b.semver) === 0
}

function inRange(range: { test: (version: string) => boolean }, version: string): boolean {
  const read = readVersion(version, 'image')
  return read !== null && range.test(read.semver.version)
}
