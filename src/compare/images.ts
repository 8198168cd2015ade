import type { Fact, ObjectId } from '../model.ts'
import type { Comparison } from './comparison.ts'
import { changedObjects, idOf } from './objects.ts'

/** Images that change: in rendered objects, and where the repository itself sets one. */
export function compareImages(input: Comparison): readonly Fact[] {
  const seen = new Set<string>()
  return [...ofPins(input), ...ofObjects(input)].filter(fact => {
    const key = JSON.stringify(fact)
    return !seen.has(key) && seen.add(key)
  })
}

function ofObjects(input: Comparison): Fact[] {
  return changedObjects(input).flatMap(({ after, changes }) =>
    changes.flatMap(({ keys, from, to }): Fact[] =>
      keys.at(-1) === 'image' && typeof from === 'string' && typeof to === 'string'
        ? [{ kind: 'image-changed', object: idOf(after), from, to }]
        : [],
    ),
  )
}

/** A kustomization's `images` entry: there is nothing to render, its tag is all that changes. */
function ofPins({ upgrade }: Comparison): Fact[] {
  const { source, pins, to } = upgrade
  if (source.type !== 'docker') return []
  return pins.map(({ version, place }) => {
    const object: ObjectId = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace: null,
      name: place.file,
    }
    return { kind: 'image-changed', object, from: `${source.url}:${version}`, to: `${source.url}:${to.version}` }
  })
}
