/** Hosts where the repository is the first two elements of a path. GitLab nests deeper, so there `.git` or `//` must say where it ends. */
const TWO_ELEMENTS = /^(?:github\.com|bitbucket\.org|codeberg\.org|gitea\.com)$/i

/**
 * The clone URL in any of the forms people write (go-getter's `git::`, ssh, scp-like, without a scheme, with a path and a
 * query behind it), as `https://host/owner/repository`; null when it is none.
 */
export function cloneUrl(text: string): string | null {
  const plain = text
    .trim()
    .replace(/^git::/, '')
    .replace(/[?#].*$/, '')
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, 'https://$1/')
    .replace(/^git@([^/]+):/, 'https://$1/')
  const [, scheme = 'https', host, path] =
    /^(?:(https?|ssh|git):\/\/)?(?:[^@/]*@)?([\w.-]+\.[a-z]{2,}(?::\d+)?)\/(.+)$/i.exec(plain) ?? []
  if (host === undefined || path === undefined) return null
  const git = /^(.+?)\.git(?:\/|$)/.exec(path)?.[1] ?? /^(.+?)\/\//.exec(path)?.[1]
  const whole = git ?? (TWO_ELEMENTS.test(host) ? path.split('/').slice(0, 2).join('/') : path).replace(/\/+$/, '')
  return `${scheme === 'http' ? 'http' : 'https'}://${host}/${whole}`
}

/** `owner/repository` of a clone URL at GitHub, of a file in one, or of its pages (`owner.github.io/repository`); null elsewhere. */
export function githubName(url: string): string | null {
  const bare = url.replace(/^(?:git::)?[a-z]+:\/\//i, '').replace(/^git@([^:/]+)[:/]/, '$1/')
  const direct =
    /^(?:www\.)?(?:raw\.githubusercontent\.com|github\.com)\/([\w.-]+)\/([\w.-]+?)(?:\.git)?(?:[/?#].*)?$/i.exec(bare)
  if (direct) return `${direct[1]}/${direct[2]}`
  const pages = /^([\w-]+)\.github\.io\/([\w.-]+)(?:\/.*)?$/i.exec(bare)
  return pages ? `${pages[1]}/${pages[2]}` : null
}
