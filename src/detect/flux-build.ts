import { posix } from 'node:path'
import type { Value } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { at, listAt, scalarAt, textAt } from './at.ts'
import type { Detector, ObjectRef } from './facts.ts'

/**
 * What Flux writes into everything that a Kustomization builds from `folder`. `from` are the objects whose data come first, null for one that cannot
 * be read from Git (a Secret).
 */
export type BuildFact = {
  readonly fact: 'flux-build'
  readonly folder: string
  readonly file: string
  readonly variables: ReadonlyMap<string, string>
  readonly from: readonly (ObjectRef | null)[]
}

/** The variables of a map as text, as they are written into the manifests. */
export function variablesOf(map: Value | undefined): ReadonlyMap<string, string> {
  const names = isMap(map) ? Object.keys(map) : []
  return new Map(names.map(name => [name, scalarAt(map, [name]) ?? '']))
}

/** A Flux Kustomization that replaces variables; without `postBuild` Flux leaves `${…}` alone (kustomize-controller, postBuild). */
export const fluxBuild: Detector = ({ body, file }) => {
  const isOurs =
    body.kind === 'Kustomization' && textAt(body, ['apiVersion'])?.startsWith('kustomize.toolkit.fluxcd.io/')
  const postBuild = isOurs ? at(body, ['spec', 'postBuild']) : undefined
  const path = textAt(body, ['spec', 'path'])
  if (!isMap(postBuild) || path === null) return []
  const namespace = scalarAt(body, ['metadata', 'namespace'])
  const from = listAt(postBuild, ['substituteFrom']).map((entry): ObjectRef | null => {
    const name = scalarAt(entry, ['name'])
    return textAt(entry, ['kind']) === 'ConfigMap' && name !== null ? { kind: 'ConfigMap', name, namespace } : null
  })
  const folder = posix.normalize(path).replace(/^\/+|\/+$/g, '')
  return [{ fact: 'flux-build', folder, file, variables: variablesOf(at(postBuild, ['substitute'])), from }]
}
