/**
 * An OCI repository and where its registry's API stands; `api` is an origin, `name` the repository's name there.
 * `from` is the address that named it: credentials go along only within its origin.
 */
export type OciRepository = {
  readonly api: string
  readonly name: string
  readonly shown: string
  readonly from: string
}

/** What the OCI distribution specification allows as repository name. */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

/** Docker Hub's names, which are not where its API stands. */
const DOCKER_HUB = ['docker.io', 'index.docker.io', 'www.docker.io']

/**
 * Reads `oci://host/path` through the mirrors (`locate` of the egress). Null when it is no repository's reference.
 * Docker Hub's own images (`docker.io/nginx`) are below `library/` there. `from`: the index that named the reference,
 * null when the repository's files did.
 */
export function readOciRepository(
  reference: string,
  locate: (url: string) => string,
  from: string | null = null,
): OciRepository | null {
  const address = locate(libraryImage(reference.replace(/\/+$/, '')))
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  const name = url.pathname.slice(1)
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || !NAME.test(name)) return null
  const api = DOCKER_HUB.includes(url.host) ? 'https://registry-1.docker.io' : url.origin
  return { api, name, shown: `${url.host}/${name}`, from: from ?? api }
}

function libraryImage(reference: string): string {
  const [, host = '', name = ''] = /^oci:\/\/([^/]+)\/([^/]+)$/.exec(reference) ?? []
  return DOCKER_HUB.includes(host) ? `oci://${host}/library/${name}` : reference
}

/** Helm writes the `+` of a version as `_`, because tags have no `+` (helm.sh/docs/topics/registries). */
export function tagOf(version: string): string {
  return version.replaceAll('+', '_')
}

/** The version that a chart's tag stands for. */
export function versionOf(tag: string): string {
  return tag.replaceAll('_', '+')
}
