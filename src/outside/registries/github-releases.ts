import { z } from 'zod'
import type { Looked, Release } from '../../model.ts'
import { type Egress, type NotFetched, shown } from '../net/egress.ts'
import { gitAddress } from './git-url.ts'
import { no, tagged } from './listed.ts'
import { json } from './oci-token.ts'

/** A page of releases carries their notes and the list of their files. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024
const TIMEOUT_MS = 60_000
/** What the API gives at most (docs.github.com, "Using pagination in the REST API"). */
const PAGE = 100
/** Releases come newest first, so that only old ones are left out; tags come by name, so that a cut would hide new ones. */
const MAX_PAGES = 10

const ReleaseList = z.array(
  z.object({
    tag_name: z.string(),
    draft: z.boolean(),
    prerelease: z.boolean(),
    published_at: z.string().nullish(),
  }),
)
const TagList = z.array(z.object({ name: z.string() }))

/** Releases and tags as GitHub's REST API tells them. A token for the API's origin in the credentials is used, none is needed. */
export type GitHubReleases = {
  /** The newest 1,000 releases; where a repository has none, its tags. */
  releases(url: string): Promise<Looked<readonly Release[]>>
  /** Every tag, with what its release says where it has one. */
  tags(url: string): Promise<Looked<readonly Release[]>>
  /** When the release of one tag was published (ISO 8601); null when there is none. A tag's own date can be any. */
  publishedAt(url: string, tag: string): Promise<string | null>
}

/** Asks the API through the guarded client, each list once a pass. */
export function createGitHubReleases(egress: Egress): GitHubReleases {
  const asked = new Map<string, Promise<Looked<readonly Release[]>>>()
  const once = (url: string, read: (api: string) => Promise<Looked<readonly Release[]>>, what: string) => {
    const api = apiOf(url)
    if (api === null) return Promise.resolve(no(`${url} is no repository of GitHub`))
    const key = `${what} ${api}`
    const answer = asked.get(key) ?? read(api)
    asked.set(key, answer)
    return answer
  }
  const releases = (url: string) => once(url, api => readReleases(egress, api), 'releases')
  const tags = (url: string) => once(url, api => readTags(egress, api), 'tags')
  return {
    async releases(url) {
      const found = await releases(url)
      return found.ok && found.value.length === 0 ? await tags(url) : found
    },
    async tags(url) {
      const [all, known] = await Promise.all([tags(url), releases(url)])
      if (!all.ok || !known.ok) return all.ok ? known : all
      const said = new Map(known.value.map(release => [release.version, release]))
      return { ok: true, value: all.value.map(tag => said.get(tag.version) ?? tag) }
    },
    async publishedAt(url, tag) {
      const api = apiOf(url)
      if (api === null) return null
      const answer = await egress.fetch(`${api}/releases/tags/${encodeURIComponent(tag)}`, options(TIMEOUT_MS))
      const release = answer.ok ? ReleaseList.element.safeParse(json(answer.value.body)) : null
      return release?.success ? isoDate(release.data.published_at) : null
    },
  }
}

/** Where the API of a repository stands: `api.github.com`, or below the host of a GitHub Enterprise Server. */
function apiOf(text: string): string | null {
  const clone = gitAddress(/^[\w.-]+\/[\w.-]+$/.test(text) ? `https://github.com/${text}` : text)
  if (clone === null) return null
  const { host, pathname } = new URL(clone)
  const [owner, name, ...more] = pathname
    .slice(1)
    .replace(/\.git$/, '')
    .split('/')
  if (owner === undefined || name === undefined || more.length > 0) return null
  return `https://${host === 'github.com' ? 'api.github.com' : `${host}/api/v3`}/repos/${owner}/${name}`
}

async function readReleases(egress: Egress, api: string): Promise<Looked<readonly Release[]>> {
  const pages = await readPages(egress, `${api}/releases`, ReleaseList)
  if (!pages.ok) return pages
  const published = pages.value.items.filter(({ draft }) => !draft)
  return {
    ok: true,
    value: published.map(({ tag_name, prerelease, published_at }) => ({
      ...tagged(tag_name),
      prerelease,
      publishedAt: isoDate(published_at),
    })),
  }
}

async function readTags(egress: Egress, api: string): Promise<Looked<readonly Release[]>> {
  const pages = await readPages(egress, `${api}/tags`, TagList)
  if (!pages.ok) return pages
  if (!pages.value.complete)
    return no(`${shown(api)} has more than ${MAX_PAGES * PAGE} tags: not all were read, so none are used`)
  return { ok: true, value: pages.value.items.map(({ name }) => tagged(name)) }
}

type Pages<T> = { readonly items: readonly T[]; readonly complete: boolean }

/** Page numbers are counted here: an address that an answer names is never followed. */
async function readPages<T>(egress: Egress, url: string, list: z.ZodType<readonly T[]>): Promise<Looked<Pages<T>>> {
  const items: T[] = []
  for (let page = 1; page <= MAX_PAGES; page++) {
    const answer = await egress.fetch(`${url}?per_page=${PAGE}&page=${page}`, options(TIMEOUT_MS))
    if (!answer.ok) return explained(answer, url)
    const parsed = list.safeParse(json(answer.value.body))
    if (!parsed.success) return no(`${shown(url)} answered with something that is no list of GitHub's`)
    items.push(...parsed.data)
    if (!/;\s*rel="next"/.test([answer.value.headers.link ?? ''].flat().join()))
      return { ok: true, value: { items, complete: true } }
  }
  return { ok: true, value: { items, complete: false } }
}

function options(timeoutMs: number) {
  const headers = { 'x-github-api-version': '2022-11-28' }
  return { maxBytes: MAX_PAGE_BYTES, timeoutMs, accept: 'application/vnd.github+json', headers }
}

/** GitHub says 403 (or 429) when a rate limit is used up, which looks like a missing permission and is not. */
function explained(answer: NotFetched, url: string): Looked<never> {
  const { status, headers, reason, retry } = answer
  const isLimit = (status === 403 || status === 429) && headers['x-ratelimit-remaining'] === '0'
  if (!isLimit) return { ok: false, reason, retry }
  const reset = new Date(Number(headers['x-ratelimit-reset']) * 1000)
  const until = Number.isNaN(reset.getTime()) ? '' : ` until ${reset.toISOString()}`
  const { origin } = new URL(url)
  const says = `${shown(url)}: the rate limit is used up${until}; a token for ${origin} in the file of WINDLASS_REGISTRY_AUTH raises it`
  return { ok: false, reason: says, retry: true }
}

function isoDate(text: string | null | undefined): string | null {
  const at = new Date(text ?? '')
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}
