import { VERSION_FIELDS } from '../knowledge/manifests.ts'
import { textAt } from './at.ts'
import type { Detector, Fact } from './facts.ts'
import { floatingChart, note } from './version.ts'

/** Objects that name the version of a project which some operator then installs. */
export const versionFields: Detector = manifest => {
  const { body } = manifest
  const group = textAt(body, ['apiVersion']) ?? ''
  const known = VERSION_FIELDS.filter(one => one.kind === body.kind && group.startsWith(one.group))
  return known.flatMap(({ path, component, repository }): readonly Fact[] => {
    const place = path.split('.')
    const version = manifest.version(place)
    if (version === null) return []
    const floating = floatingChart(version.version)
    if (floating !== null) return [note(manifest, place, `${component}: ${floating}`)]
    const source = { type: 'github-releases', url: repository, chart: null } as const
    return [{ fact: 'pin', component, kind: 'other', version, source, installs: [], object: null, aliases: [] }]
  })
}
