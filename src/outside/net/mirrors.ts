import type { Problem } from '../../model.ts'
import { readOperatorMap, type Setting } from './operator-file.ts'

/** Where things are really fetched from. */
export type Mirrors = {
  /** The address to ask instead of `url` (http, https or oci); `url` itself when no mirror is set for it. `oci://` never comes out. */
  locate(url: string): string
  /** Origins of all mirrors: the operator named them, so they may be private or plain http. */
  readonly origins: ReadonlySet<string>
}

/** Everything is fetched from where it says it is. */
export const NO_MIRRORS: Mirrors = mirrorsOf([])

/**
 * Reads the file of `WINDLASS_REGISTRY_MIRRORS`: a map from an origin or prefix to its mirror. The longest prefix wins
 * and ends at a path segment. The mirror's scheme says the transport; `oci://` means https.
 */
export function parseMirrors(text: string, file: string): Setting<Mirrors> {
  const entries = readOperatorMap(text, file)
  if (!entries.ok) return entries
  const problems: Problem[] = []
  const pairs: [string, string][] = []
  for (const { key, value, line } of entries.value) {
    const from = prefix(key)
    const to = typeof value === 'string' ? prefix(value) : null
    if (from === null) problems.push({ file, line, reason: `the prefix "${key}" ${EXPECTED}` })
    if (to === null) problems.push({ file, line, reason: `the mirror of "${key}" ${EXPECTED}` })
    if (from !== null && to !== null) pairs.push([from, transport(to)])
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: mirrorsOf(pairs) }
}

const EXPECTED = 'must be a URL that begins with https://, http:// or oci://, without user name, query or fragment'

function mirrorsOf(pairs: readonly (readonly [string, string])[]): Mirrors {
  const longestFirst = pairs.toSorted(([a], [b]) => b.length - a.length)
  return {
    locate: url => {
      const normal = normalise(url)
      if (normal === null) return url
      const [path = '', search] = splitSearch(normal)
      for (const [from, to] of longestFirst) {
        if (path === from || path.startsWith(`${from}/`)) return to + path.slice(from.length) + search
      }
      return transport(normal)
    },
    origins: new Set(pairs.map(([, to]) => new URL(to).origin)),
  }
}

/** A prefix in normal form without trailing slash, null when it is none. */
function prefix(text: string): string | null {
  const normal = normalise(text.trim())
  if (normal === null || /[?#]/.test(normal)) return null
  const url = new URL(transport(normal))
  return url.username === '' && url.password === '' ? normal.replace(/\/+$/, '') : null
}

/** Lower-case host, default port and dot segments gone: the form in which prefixes are compared. */
function normalise(text: string): string | null {
  const scheme = /^(https?|oci):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return null
  // The URL parser leaves the host of a scheme that it does not know as it is.
  const known = scheme === 'oci' ? `https${text.slice(3)}` : text
  if (!URL.canParse(known)) return null
  const { href } = new URL(known)
  return scheme === 'oci' ? `oci${href.slice(5)}` : href
}

function transport(normal: string): string {
  return normal.startsWith('oci:') ? `https${normal.slice(3)}` : normal
}

function splitSearch(url: string): [string, string] {
  const at = url.search(/[?#]/)
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)]
}
