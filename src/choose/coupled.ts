import type { Pin } from '../model.ts'
import { githubName } from '../text/git-url.ts'

/** Places of many publishers: what stands side by side there has nothing else in common. */
const SHARED = /^(?:library|charts|helm|helm-charts|mirror|charts-mirror|proxy|public)$/i

/**
 * Who publishes what a pin names: the owner at GitHub or in a registry, or the chart repository. Null when nobody in
 * particular does.
 */
function publisher({ source }: Pin): string | null {
  const github = source.url === null ? null : githubName(source.url)
  if (github !== null) return github.split('/')[0]?.toLowerCase() ?? null
  if (source.type === 'helm') return source.url.replace(/\/+$/, '').toLowerCase()
  if (source.type !== 'docker' && source.type !== 'oci') return null
  const [, owner] = source.url.replace(/^oci:\/\//, '').split('/')
  return owner === undefined || SHARED.test(owner) ? null : owner.toLowerCase()
}

/** Words of a name that say what it is; tags of a repository of many charts begin with one, `velero-2.32.5`. */
function words({ component, source, version }: Pin): ReadonlySet<string> {
  return new Set(`${component} ${source.chart ?? ''} ${version}`.toLowerCase().match(/[a-z]{3,}/g) ?? [])
}

function folder(pin: Pin): string {
  return pin.place.file.split('/').slice(0, -1).join('/')
}

/** Whether two places are close enough to be about one thing: in one folder, or in folders of one folder. */
function areNear(a: Pin, b: Pin): boolean {
  const above = (path: string) => path.split('/').slice(0, -1).join('/')
  return folder(a) === folder(b) || (above(folder(a)) !== '' && above(folder(a)) === above(folder(b)))
}

function isChart({ source }: Pin): boolean {
  return source.type === 'helm' || source.type === 'oci'
}

/**
 * Whether a pin is released together with another: one publisher, the same version, and a name in common; for what is no chart,
 * a folder in common will do. An operator and its bundle of CRDs, the manifests of a controller and its image. An image that
 * is asked for by its own name moves alone.
 */
export function isCoupled(pin: Pin, to: Pin): boolean {
  const owner = publisher(pin)
  if (to.source.type === 'docker' || owner === null || owner !== publisher(to)) return false
  const known = words(to)
  const shareName = [...words(pin)].some(word => known.has(word))
  return shareName || (!isChart(pin) && areNear(pin, to))
}
