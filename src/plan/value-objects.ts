import type { Tool } from '../knowledge/index.ts'
import type { Install, Migration } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { pathKey } from '../text/path-key.ts'
import { placesOf, readPath, valueAt } from '../text/path-steps.ts'
import { written } from './block.ts'
import { createdFrom } from './map-steps.ts'

/**
 * Values that the new chart does not take any more because objects of their own say the same: the objects, for people to put where the
 * repository applies them. Where that is cannot be known from here, so nothing is written. `${namespace}` in a template is that of the install.
 */
export function valueObjects(installs: readonly Install[], rules: Tool['valueObjects']): readonly Migration[] {
  const layers = installs.flatMap(({ values, namespace }) =>
    values.filter(layer => layer.kind === 'values').map(layer => ({ ...layer, lines: layer.lines, namespace })),
  )
  return rules.flatMap(({ key, each, create, say, source }) =>
    layers.flatMap(({ file, tree, lines, namespace }): Migration[] => {
      const [place] = placesOf(tree, readPath(key))
      if (!place) return []
      const items = placesOf(tree, readPath(`${key}.${each}[]`)).map(path => valueAt(tree, path))
      const objects = items.filter(isMap).flatMap(item => createdFrom(create, { ...item, namespace }))
      return [
        {
          file,
          document: 0,
          line: lines.get(pathKey(place)) ?? 1,
          what: key,
          mechanical: false,
          why: `\`${key}\` is not read any more`,
          source,
          todo: [say],
          notes: [],
          servedBefore: null,
          before: '',
          after: objects.map(written).join('---\n'),
        },
      ]
    }),
  )
}
