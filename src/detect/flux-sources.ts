import { at, scalarAt, textAt } from './at.ts'
import type { Detector, Fact, Manifest } from './facts.ts'
import { chartAt, objectRef } from './flux-release.ts'
import { lastElement, ociSource } from './source.ts'
import { floatingChart, floatingTag, isDigest, note, tagAndDigest } from './version.ts'

const REF = ['spec', 'ref']

/** Flux takes `digest` before `semver` before `tag` (source-controller, OCIRepositoryRef). */
function artefact(manifest: Manifest): readonly Fact[] {
  const { body } = manifest
  const object = objectRef(body, 'OCIRepository')
  const url = textAt(body, ['spec', 'url'])
  if (object === null) return []
  if (url === null) {
    if (at(body, REF) === undefined) return []
    return [
      note(manifest, REF, `a patch of OCIRepository ${object.name}: where this version comes from is not known here`),
    ]
  }
  const component = lastElement(url)
  const semver = scalarAt(body, [...REF, 'semver'])
  const digest = isDigest(scalarAt(body, [...REF, 'digest']))
  const exactSemver = semver !== null && floatingChart(semver) === null
  const version =
    exactSemver && !digest
      ? manifest.version([...REF, 'semver'])
      : tagAndDigest(manifest, [...REF, 'tag'], [...REF, 'digest'])
  const floating =
    digest || exactSemver
      ? null
      : semver !== null
        ? floatingChart(semver)
        : floatingTag(scalarAt(body, [...REF, 'tag']))
  if (floating !== null || version === null)
    return [note(manifest, REF, `${component}: ${floating ?? 'the version is written in a way that cannot be edited'}`)]
  return [
    {
      fact: 'pin',
      component,
      kind: 'flux-ocirepository',
      version,
      source: ociSource(url),
      installs: [],
      object,
      aliases: [],
    },
  ]
}

/** A HelmChart object holds the version for the releases whose `chartRef` names it. */
function helmChart(manifest: Manifest): readonly Fact[] {
  const { body } = manifest
  const object = objectRef(body, 'HelmChart')
  const source = chartAt(body, ['spec'])
  if (object === null || source === null) return []
  const version = manifest.version(['spec', 'version'])
  const floating = floatingChart(version?.version ?? null)
  if (floating !== null || version === null)
    return [note(manifest, ['spec', 'version'], `${source.chart}: ${floating}`)]
  return [
    {
      fact: 'pin',
      component: source.chart,
      kind: 'flux-helmrelease',
      version,
      source,
      installs: [],
      object,
      aliases: [],
    },
  ]
}

/** The Flux source objects: HelmRepository says where, OCIRepository and HelmChart also say which version. */
export const fluxSources: Detector = manifest => {
  const { body, file } = manifest
  if (!textAt(body, ['apiVersion'])?.startsWith('source.toolkit.fluxcd.io/')) return []
  if (body.kind === 'OCIRepository') return artefact(manifest)
  if (body.kind === 'HelmChart') return helmChart(manifest)
  const object = objectRef(body, 'HelmRepository')
  const url = textAt(body, ['spec', 'url'])
  if (body.kind !== 'HelmRepository' || object === null || url === null) return []
  return [{ fact: 'repository', object, file, url }]
}
