import { tmpdir } from 'node:os'
import type { Looked, Release } from '../../model.ts'
import { GitError, git } from '../git/git.ts'
import { type Admitted, type Egress, shown } from '../net/egress.ts'
import { hostOf } from '../net/egress-allow.ts'
import { gitAddress } from './git-url.ts'
import { no, tagged } from './listed.ts'

/** Total time of one listing, as for a fetch. */
const TIMEOUT_MS = 30_000
/** The largest public repositories have some 100,000 tags of 100 bytes. */
const MAX_BYTES = 16 * 1024 * 1024
/** The oldest git that can be held to addresses that were checked (`http.curloptResolve`, release notes of 2.37). */
const RESOLVE = 'http.curloptResolve'

/** The tags of Git repositories, as their own server says. */
export type GitTags = {
  /** Every tag; a Git server tells no dates. */
  releases(url: string): Promise<Looked<readonly Release[]>>
  /** The id of the commit that a tag stands at. */
  commit(url: string, tag: string): Promise<Looked<string>>
}

/** Listings for one pass: each repository is asked once, by a git that may only connect to where the guard let it. */
export function createGitTags(egress: Egress): GitTags {
  const asked = new Map<string, Promise<Looked<ReadonlyMap<string, string>>>>()
  const tags = (url: string): Promise<Looked<ReadonlyMap<string, string>>> => {
    const address = gitAddress(url)
    if (address === null) return Promise.resolve(no(`${url} is no address of a Git repository that https can reach`))
    const listing = asked.get(address) ?? list(egress, address)
    asked.set(address, listing)
    return listing
  }
  return {
    async releases(url) {
      const found = await tags(url)
      return found.ok ? { ok: true, value: [...found.value.keys()].map(tagged) } : found
    },
    async commit(url, tag) {
      const found = await tags(url)
      const commit = found.ok ? found.value.get(tag) : undefined
      if (!found.ok) return found
      return commit === undefined ? no(`${shown(url)} has no tag ${tag}`) : { ok: true, value: commit }
    },
  }
}

/** GitLab redirects from the page of a repository to its `.git`: that one redirect is foreseen, none is followed. */
async function list(egress: Egress, address: string): Promise<Looked<ReadonlyMap<string, string>>> {
  const listed = await listAt(egress, address)
  const isRedirected = !listed.ok && listed.reason.endsWith(REDIRECTED) && !address.endsWith('.git')
  return isRedirected ? await listAt(egress, `${address}.git`) : listed
}

async function listAt(egress: Egress, address: string): Promise<Looked<ReadonlyMap<string, string>>> {
  const admitted = await egress.admit(address)
  if (!admitted.ok) return admitted
  const { url } = admitted.value
  try {
    const env = configuration(admitted.value)
    const options = { cwd: tmpdir(), env, timeoutMs: TIMEOUT_MS, maxOutput: MAX_BYTES }
    const listing = await git(['ls-remote', '--quiet', '--tags', '--', url.href], options)
    return { ok: true, value: readListing(listing.toString('utf8')) }
  } catch (error) {
    if (error instanceof GitError) return failed(url, error.message)
    throw error
  }
}

/** What git is told, in its environment: nothing of it stands in argv. No redirect is followed, no helper is asked for a login. */
function configuration({ url, addresses, authorization }: Admitted): Record<string, string> {
  const host = hostOf(url)
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const pinned = addresses.map(({ address, family }) => (family === 6 ? `[${address}]` : address)).join(',')
  const settings = [
    ['http.followRedirects', 'false'],
    ['credential.helper', ''],
    ['core.askPass', ''],
    ['protocol.version', '2'],
    [RESOLVE, `${host}:${port}:${pinned}`],
    ...(authorization === null ? [] : [[`http.${url.origin}/.extraHeader`, `Authorization: ${authorization}`]]),
  ]
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', `${settings.length}`],
    ...settings.flatMap(([key = '', value = ''], i) => [
      [`GIT_CONFIG_KEY_${i}`, key],
      [`GIT_CONFIG_VALUE_${i}`, value],
    ]),
  ])
}

/** Lines of `<id>\trefs/tags/<name>`; a name with `^{}` is the commit that an annotated tag stands at. */
function readListing(text: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, id, name, peeled] = /^([0-9a-f]{40,64})\trefs\/tags\/(.+?)(\^\{\})?$/.exec(line) ?? []
    if (id !== undefined && name !== undefined && (peeled !== undefined || !tags.has(name))) tags.set(name, id)
  }
  return tags
}

const REDIRECTED = 'answered with a redirect, which is not followed: write the address that it leads to'

/** What git says about a server, and whether asking later can help. */
const FAILURES: readonly (readonly [RegExp, says: string, retry: boolean])[] = [
  [/error: 30[1-8]\b/, REDIRECTED, false],
  [
    /error: 40[13]\b|Authentication failed|could not read (?:Username|Password)|terminal prompts disabled/,
    'wants a login (credentials for that origin? they belong into WINDLASS_REGISTRY_AUTH), or there is no such repository',
    false,
  ],
  [/error: 404\b|not found|does not exist/i, 'is no Git repository (not found)', false],
  [/error: 429\b/, 'answered 429 (too many requests)', true],
  [/error: 5\d\d\b/, 'failed to answer', true],
  [/ended with SIGKILL/, 'did not answer completely in time, or with more than the limit', true],
  [/Could not resolve|Failed to connect|Connection (?:refused|reset|timed out)/i, 'could not be reached', true],
  [/could not be started/, 'could not be asked, because git could not be started: install git', false],
]

function failed(url: URL, said: string): Looked<never> {
  const known = FAILURES.find(([pattern]) => pattern.test(said))
  if (known) return { ok: false, reason: `${shown(url.href)} ${known[1]}`, retry: known[2] }
  const [last = ''] = /(?:fatal|error): .{0,200}/.exec(said) ?? []
  return no(`${shown(url.href)} could not be listed by git: ${last.replaceAll(/[^\x20-\x7e]/g, ' ')}`)
}
