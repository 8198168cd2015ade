import {
  KUBERNETES_FILES,
  KUBERNETES_PLACES,
  MACHINE_IMAGES,
  RELEASED_AS,
  UPGRADE_IMAGES,
} from '../knowledge/kubernetes.ts'
import type { Path, Source } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { at, scalarAt, textAt } from './at.ts'
import type { Detector, Fact, Manifest, Version } from './facts.ts'
import { kubernetesSource } from './kubernetes-names.ts'
import { imageRepository, lastElement, unknownSource } from './source.ts'

const VERSION = /^v?\d[0-9A-Za-z.+_-]*$/

/** What an image or a repository is a part of, by the last part of its name; the part itself when it stands for itself. */
export function releasedAs(name: string): string {
  const last = lastElement(name)
  return (Object.hasOwn(RELEASED_AS, last) ? RELEASED_AS[last] : undefined) ?? last
}

function pin(component: string, version: Version | null, source: Source): readonly Fact[] {
  if (version === null || !VERSION.test(version.version)) return []
  return [
    { fact: 'pin', component, kind: 'kubernetes-version', version, source, installs: [], object: null, aliases: [] },
  ]
}

/** Objects that say which Kubernetes they are to become. */
function places(manifest: Manifest): readonly Fact[] {
  const { body } = manifest
  const group = textAt(body, ['apiVersion']) ?? ''
  return KUBERNETES_PLACES.filter(known => known.kind === body.kind && group.startsWith(known.group)).flatMap(
    ({ path, component, distribution }) =>
      pin(component, manifest.version(path.split('.')), kubernetesSource(distribution)),
  )
}

/**
 * An upgrade Plan gives its version to the upgrade image as tag, unless the image has one of its own
 * (system-upgrade-controller, Plan: spec.version, spec.upgrade.image).
 */
function plan(manifest: Manifest): readonly Fact[] {
  const { body } = manifest
  const isPlan = body.kind === 'Plan' && (textAt(body, ['apiVersion']) ?? '').startsWith('upgrade.cattle.io/')
  const image = textAt(body, ['spec', 'upgrade', 'image'])
  if (!isPlan || image === null) return []
  const version = manifest.version(['spec', 'version'])
  if (/:[^/]*$/.test(image)) {
    const name = scalarAt(body, ['metadata', 'name']) ?? 'plan'
    return pin(name, version, unknownSource(null, `the Plan ${name} does not say what its version is the version of`))
  }
  const installs = Object.hasOwn(UPGRADE_IMAGES, image) ? UPGRADE_IMAGES[image] : undefined
  const source: Source =
    installs === undefined ? { type: 'docker', url: imageRepository(image), chart: null } : kubernetesSource(installs)
  return pin(releasedAs(image), version, source)
}

/** The tag of an image that stands at a path, with the digest behind it. */
function tagAt(manifest: Manifest, path: Path): { readonly image: string; readonly version: Version } | null {
  const whole = manifest.version(path)
  const [, image, tag] = /^(.+):([\w.+-]+)$/.exec(whole?.version ?? '') ?? []
  if (!whole || image === undefined || tag === undefined) return null
  const { start, column, ...place } = whole.place
  const skip = image.length + 1
  return { image, version: { ...whole, version: tag, place: { ...place, start: start + skip, column: column + skip } } }
}

/** A Talos machine configuration: `version: v1alpha1` with a `machine` (Talos, reference/configuration). */
function machine(manifest: Manifest): readonly Fact[] {
  const { body } = manifest
  if (body.version !== 'v1alpha1' || !isMap(at(body, ['machine']))) return []
  return MACHINE_IMAGES.flatMap(path => {
    const found = tagAt(manifest, path.split('.'))
    if (!found) return []
    const component = path === 'machine.install.image' ? 'talos' : releasedAs(found.image)
    return pin(component, found.version, { type: 'docker', url: imageRepository(found.image), chart: null })
  })
}

function files(manifest: Manifest): readonly Fact[] {
  const { body } = manifest
  if (body.apiVersion !== undefined) return []
  return KUBERNETES_FILES.filter(({ keys }) => keys.every(key => key in body)).flatMap(({ path, component }) =>
    pin(component, manifest.version([path]), kubernetesSource(component)),
  )
}

/** Versions of Kubernetes, its distributions and what carries them. */
export const kubernetes: Detector = manifest => [
  ...places(manifest),
  ...plan(manifest),
  ...machine(manifest),
  ...files(manifest),
]
