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

/** Where the repository itself names an image there is nothing to render: its tag or digest is all that changes. */
function ofPins({ upgrade }: Comparison): Fact[] {
  const { source, pins, to } = upgrade
  if (source.type !== 'docker') return []
  return pins.map(({ kind, version, digest, place }) => {
    const known = kind === 'kustomize-image' ? KUSTOMIZATION : FILE
    const object: ObjectId = { ...known, namespace: null, name: place.file }
    const moved = digest === null ? null : to.digest
    return {
      kind: 'image-changed',
      object,
      from: imageName(source.url, version, moved === null ? null : (digest?.value ?? null)),
      to: imageName(source.url, to.version, moved),
    }
  })
}

const KUSTOMIZATION = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' }
/** No object of a cluster has an empty apiVersion: this stands for the file that names the image. */
const FILE = { apiVersion: '', kind: 'file' }

function imageName(repository: string, version: string, digest: string | null): string {
  const separator = version.startsWith('sha256:') ? '@' : ':'
  return `${repository}${separator}${version}${digest === null ? '' : `@${digest}`}`
}
