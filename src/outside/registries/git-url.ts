/** Hosts where a repository is always owner and name, whatever path inside it follows. */
const TWO_SEGMENTS = new Set(['github.com', 'bitbucket.org', 'codeberg.org'])

/**
 * The https address of the repository that a Git URL of any usual spelling means, with what Kustomize and Terraform put
 * around it (`git::`, `?ref=`, `//folder`, a folder behind the repository); null when it is none. Also the repository
 * behind a file or release asset of GitHub. ssh addresses become https: without keys, that is how they can be asked.
 */
export function gitAddress(text: string): string | null {
  const bare = text.replace(/^git::/, '').replace(/[?#].*$/s, '')
  const https = withScheme(bare)
  if (https === null || !URL.canParse(https)) return null
  const url = new URL(https)
  if (url.username === 'git' && url.password === '') url.username = ''
  const segments = repositoryPath(url)
  if (segments.length === 0) return null
  if (url.hostname === 'raw.githubusercontent.com') url.hostname = 'github.com'
  url.pathname = `/${segments.join('/')}`
  return url.href
}

function withScheme(text: string): string | null {
  const [, user, host, path] = /^(?:([\w.-]+)@)?([\w.-]+\.[\w-]+):(?!\/\/)(?!\d+\/)([\w~./-]+)$/.exec(text) ?? []
  if (host !== undefined && path !== undefined && user !== undefined) return `https://${host}/${path}`
  if (/^https?:\/\//i.test(text)) return text
  // A port of ssh is none of https: it goes.
  if (/^(?:git\+)?ssh:\/\//i.test(text))
    return text.replace(/^(?:git\+)?ssh:\/\/(?:[\w.-]+@)?([\w.-]+)(?::\d+)?/i, 'https://$1')
  if (/^git:\/\//i.test(text)) return text.replace(/^git:/i, 'https:')
  return /^[\w-]+(?:\.[\w-]+)+(?::\d+)?\/[\w.-]+/.test(text) ? `https://${text}` : null
}

function repositoryPath({ hostname, pathname }: URL): readonly string[] {
  // Terraform and Kustomize: what follows `//` is a folder; the first one can also be a slash too many.
  const [path = ''] = pathname.replace(/^\/+/, '').split('//')
  const segments = path.split('/').filter(segment => segment !== '')
  const end = segments.findIndex(segment => segment.endsWith('.git'))
  if (end >= 0) return segments.slice(0, end + 1)
  if (TWO_SEGMENTS.has(hostname) || hostname === 'raw.githubusercontent.com')
    return segments.length < 2 ? [] : segments.slice(0, 2)
  const page = segments.indexOf('-')
  return page > 0 ? segments.slice(0, page) : segments
}

/** Whether an address leads to a repository or file of github.com, whose API knows more than Git does. */
export function isGitHub(url: string): boolean {
  const clone = gitAddress(url)
  return clone !== null && new URL(clone).hostname === 'github.com'
}
