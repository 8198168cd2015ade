import type { Pin } from '../model.ts'
import { githubName } from '../text/git-url.ts'
import { remembered } from '../text/remembered.ts'

/** Places of many publishers: what stands side by side there has nothing else in common. */
const SHARED = /^(?:library|charts|helm|helm-charts|mirror|charts-mirror|proxy|public)$/i

/**
 * Who publishes what a pin names: the owner at GitHub or in a registry, or the chart repository. Null when nobody in
 * particular does.
 */
const publisher = remembered(({ source }: Pin): string | null => {
  const github = source.url === null ? null : githubName(source.url)
  if (github !== null) return github.split('/')[0]?.toLowerCase() ?? null
  if (source.type === 'helm') return source.url.replace(/\/+$/, '').toLowerCase()
  if (source.type !== 'docker' && source.type !== 'oci') return null
  const [, owner] = source.url.replace(/^oci:\/\//, '').split('/')
  return owner === undefined || SHARED.test(owner) ? null : owner.toLowerCase()
})

/** Words of a name that say what it is; tags of a repository of many charts begin with one, `velero-2.32.5`. */
const words = remembered(
  ({ component, source, version }: Pin): ReadonlySet<string> =>
    new Set(`${component} ${source.chart ?? ''} ${version}`.toLowerCase().match(/[a-z]{3,}/g) ?? []),
)

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
 * Why a place moves along with another, which stands at the same version.
 * `publisher`: one publisher, and a name in common; for what is no chart, a folder in common will do. An operator and its
 * bundle of CRDs, the manifests of a controller and its image. Not from an image on: asked for by its own name it moves
 * without the rest.
 * `images`: images of one project, `registry/owner/project/…`; in one file also those that one name begins (`argocd`,
 * `argocd-ui`) or, of no owner in particular, those with a word in common.
 * `override`: a kustomization takes manifests at a ref and sets an image to the very version: the ref is the image's release.
 * `charts`: charts of one repository that releases all of them at once, see `chartTrains`.
 */
export type Coupling = 'publisher' | 'images' | 'override' | 'charts'

/** The addresses of chart repositories whose charts have one version: see `chartTrains`. */
export type ChartTrains = ReadonlySet<string>

/**
 * The chart repositories that release all their charts at once, as far as this repository shows: two or more of their charts
 * stand here, and each at the same versions as every other. A repository of charts with lives of their own shows it by
 * their versions.
 */
export function chartTrains(pins: readonly Pin[]): ChartTrains {
  const byRepository = Map.groupBy(pins.filter(isChart), repositoryOf)
  const trains = [...byRepository].filter(([, charts]) => {
    const versions = [...Map.groupBy(charts, ({ source }) => source.chart).values()].map(ofOne =>
      JSON.stringify([...new Set(ofOne.map(({ version }) => version))].toSorted()),
    )
    return versions.length > 1 && new Set(versions).size === 1
  })
  return new Set(trains.map(([repository]) => repository))
}

/** What a chart's address has in common with the other charts of its repository. */
function repositoryOf({ source: { type, url } }: Pin): string {
  return type === 'oci' ? url.replace(/\/[^/]*$/, '') : (url ?? '').replace(/\/+$/, '')
}

/** Why a pin is released together with another that stands at the same version; null when nothing says so. */
export function coupling(pin: Pin, to: Pin, trains: ChartTrains): Coupling | null {
  if (isCoupled(pin, to)) return 'publisher'
  if (pin.version !== to.version) return null
  if (areSiblingImages(pin, to)) return 'images'
  if (isOverride(pin, to)) return 'override'
  const areOfTrain = isChart(pin) && isChart(to) && trains.has(repositoryOf(pin))
  return areOfTrain && repositoryOf(pin) === repositoryOf(to) ? 'charts' : null
}

/**
 * Whether a pin is released together with another as one publisher's: the same version, and a name in common; for what is no
 * chart, a folder in common will do. An image that is asked for by its own name takes none of these along.
 */
function isCoupled(pin: Pin, to: Pin): boolean {
  const owner = publisher(pin)
  if (to.source.type === 'docker' || owner === null || owner !== publisher(to)) return false
  const known = words(to)
  const shareName = [...words(pin)].some(word => known.has(word))
  return shareName || (!isChart(pin) && areNear(pin, to))
}

/** Registry, owner, project and so on, in the form that is complete (`docker.io/library/nginx`). */
function segments({ source }: Pin): readonly string[] {
  return source.type === 'docker' ? source.url.toLowerCase().split('/') : []
}

function areSiblingImages(pin: Pin, to: Pin): boolean {
  const [a, b] = [segments(pin), segments(to)]
  if (a.length === 0 || a[0] !== b[0] || a[1] !== b[1]) return false
  const isOwned = publisher(pin) !== null
  if (isOwned && a.length > 3 && b.length > 3 && a[2] === b[2]) return !SHARED.test(a[2] ?? '')
  if (pin.place.file !== to.place.file || a.length !== 3 || b.length !== 3) return false
  const [one = '', other = ''] = [a[2], b[2]]
  if (isOwned) return one.startsWith(`${other}-`) || other.startsWith(`${one}-`)
  return one.split('-').some(word => other.split('-').includes(word))
}

function isOverride(pin: Pin, to: Pin): boolean {
  const kinds = new Set([pin.kind, to.kind])
  const isBoth = kinds.has('kustomize-image') && kinds.has('kustomize-remote-resource')
  return isBoth && pin.place.file === to.place.file
}
