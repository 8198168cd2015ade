import type { Resource } from '../model.ts'
import { scalarAt, textAt } from './at.ts'
import type { Detector } from './facts.ts'

/** Every Kubernetes object that stands in the repository, of any kind. */
export const resources: Detector = manifest => {
  const { body, file, document } = manifest
  const apiVersion = textAt(body, ['apiVersion'])
  const kind = textAt(body, ['kind'])
  const name = scalarAt(body, ['metadata', 'name'])
  if (manifest.templated || apiVersion === null || kind === null || name === null) return []
  const namespace = scalarAt(body, ['metadata', 'namespace'])
  const { line } = manifest
  const read = manifest.bodyLater()
  const resource = {
    apiVersion,
    kind,
    namespace,
    name,
    file,
    document,
    line,
    get body() {
      return read()
    },
    lineOf: manifest.lineLater(),
  }
  return [{ fact: 'resource', resource }]
}

/** The resource with its environment; its body is still read only when somebody looks. */
export function inEnvironment(resource: Omit<Resource, 'environment'>, environment: string | null): Resource {
  const { apiVersion, kind, namespace, name, file, document, line } = resource
  return {
    environment,
    apiVersion,
    kind,
    namespace,
    name,
    file,
    document,
    line,
    get body() {
      return resource.body
    },
    lineOf: resource.lineOf,
  }
}
