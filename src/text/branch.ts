/** A name as a git branch segment and a label value can carry it: lower case, `[a-z0-9._-]`, at most 60 characters. */
export function slug(name: string): string {
  const safe = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/\.{2,}|\.lock$/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60)
  return safe === '' ? 'unnamed' : safe
}

/** The branch of an upgrade. No version in it, so that a newer release updates the same pull request. */
export function branchName(environment: string | null, component: string): string {
  return `windlass/${slug(environment ?? 'default')}/${slug(component)}`
}
