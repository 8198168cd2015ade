import type { Source } from '../model.ts'

function trimmed(url: string): string {
  return url.trim().replace(/\/+$/, '')
}

/** The last element of a path or reference, as people name the thing. */
export function lastElement(reference: string): string {
  return trimmed(reference).split('/').at(-1) ?? reference
}

/** Why a chart's source cannot be known, as a source. */
export function unknownSource(chart: string | null, reason: string): Source {
  return { type: 'unknown', url: null, chart, reason }
}

/** The source of a chart in a repository that is given by URL: `http(s)://` is a Helm index, `oci://` a registry. */
export function chartSource(repository: string | null, chart: string): Source {
  const url = trimmed(repository ?? '')
  if (/\{\{|\$\{|\$\(/.test(url)) return unknownSource(chart, `the repository ${url} is filled in elsewhere`)
  if (/^https?:\/\/[^/]/.test(url)) return { type: 'helm', url, chart }
  if (/^oci:\/\/[^/]/.test(url)) return { type: 'oci', url: `${url}/${chart}`, chart }
  return unknownSource(
    chart,
    url === '' ? 'no repository is given' : `${url} is neither an http(s) nor an oci repository`,
  )
}

/** The source of one OCI reference that names the chart itself. */
export function ociSource(reference: string): Source {
  const url = trimmed(reference)
  if (/\{\{|\$\{|\$\(/.test(url)) return unknownSource(lastElement(url), `the reference ${url} is filled in elsewhere`)
  return { type: 'oci', url, chart: lastElement(url) }
}

/**
 * The registry and repository of an image as the container engines complete it (distribution/reference, normalize.go):
 * `nginx` is `docker.io/library/nginx`; a first part with a dot, a colon or `localhost` is the registry.
 */
export function imageRepository(name: string): string {
  const [first = '', ...rest] = name.split('/')
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const registry = hasRegistry ? first.replace(/^(?:index|registry-1)\.docker\.io$/, 'docker.io') : 'docker.io'
  const path = hasRegistry ? rest : [first, ...rest]
  return registry === 'docker.io' && path.length === 1
    ? `docker.io/library/${path[0]}`
    : `${registry}/${path.join('/')}`
}
