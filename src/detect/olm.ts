import { scalarAt, textAt } from './at.ts'
import type { Detector } from './facts.ts'
import { unknownSource } from './source.ts'
import { floatingTag } from './version.ts'

/** The exact version it starts with, and a channel that is named for a line of versions: `stable-1.2`. */
const PLACES = [
  ['spec', 'startingCSV'],
  ['spec', 'channel'],
] as const

/** A Subscription of the Operator Lifecycle Manager. */
export const olmSubscription: Detector = manifest => {
  const { body } = manifest
  if (body.kind !== 'Subscription' || !textAt(body, ['apiVersion'])?.startsWith('operators.coreos.com/')) return []
  const chart = scalarAt(body, ['spec', 'name'])
  const catalog = scalarAt(body, ['spec', 'source'])
  return PLACES.flatMap(place => {
    const version = manifest.version(place)
    if (version === null || floatingTag(version.version) !== null) return []
    const component = chart ?? version.version.split('.')[0] ?? version.version
    const source =
      catalog === null
        ? unknownSource(chart, 'this Subscription names no catalog source')
        : ({ type: 'olm', url: catalog, chart: component } as const)
    return [{ fact: 'pin', component, kind: 'other', version, source, installs: [], object: null, aliases: [] }]
  })
}
