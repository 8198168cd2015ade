import { cloneUrl } from '../text/git-url.ts'
import { at, scalarAt, textAt } from './at.ts'
import type { Detector } from './facts.ts'
import { objectRef } from './flux-release.ts'
import { lastElement, unknownSource } from './source.ts'
import { floatingRevision, note } from './version.ts'

const REF = ['spec', 'ref']
/** In the order in which Flux takes them (source-controller, GitRepositoryRef). */
const KEYS = ['commit', 'name', 'semver', 'tag'] as const

/** A Flux GitRepository that stands at a tag, an exact version or a commit. */
export const fluxGit: Detector = manifest => {
  const { body } = manifest
  if (body.kind !== 'GitRepository' || !textAt(body, ['apiVersion'])?.startsWith('source.toolkit.fluxcd.io/')) return []
  const object = objectRef(body, 'GitRepository')
  const url = textAt(body, ['spec', 'url'])
  const key = KEYS.find(one => at(body, [...REF, one]) !== undefined)
  if (object === null || key === undefined) return []
  const place = [...REF, key]
  const clone = url === null ? null : cloneUrl(url)
  const component = clone === null ? object.name : lastElement(clone)
  const floating = floatingRevision(scalarAt(body, place))
  const version = manifest.version(place)
  if (floating !== null || version === null)
    return [
      note(manifest, place, `${component}: ${floating ?? 'the version is written in a way that cannot be edited'}`),
    ]
  const source =
    clone === null
      ? unknownSource(null, `${url ?? 'nothing'} is no git URL that can be asked for versions`)
      : ({ type: 'git', url: clone, chart: null } as const)
  return [{ fact: 'pin', component, kind: 'flux-gitrepository', version, source, installs: [], object, aliases: [] }]
}
