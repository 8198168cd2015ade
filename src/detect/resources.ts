import { scalarAt, textAt } from './at.ts'
import type { Detector } from './facts.ts'

/** Every Kubernetes object that stands in the repository, of any kind. */
export const resources: Detector = manifest => {
  const { body, file, document } = manifest
  const apiVersion = textAt(body, ['apiVersion'])
  const kind = textAt(body, ['kind'])
  const name = scalarAt(body, ['metadata', 'name'])
  if (apiVersion === null || kind === null || name === null) return []
  const namespace = scalarAt(body, ['metadata', 'namespace'])
  return [
    { fact: 'resource', resource: { apiVersion, kind, namespace, name, file, document, line: manifest.line, body } },
  ]
}
