import type { Operation } from './description.ts'

/** What a request path means: the operation, and the values of its path parameters, decoded. */
export type Route = { readonly operation: Operation; readonly params: Readonly<Record<string, string>> }

/** Finds the operation of a request, or null when GitHub describes none there. */
export type Router = (method: string, path: string) => Route | null

/** Parameters whose values contain slashes: GitHub takes them both escaped and as they are. */
const MANY_SEGMENTS = new Set(['ref', 'path', 'branch', 'basehead'])

/** Builds the router from the paths of the description; the path with more fixed segments wins. */
export function createRouter(operations: readonly Operation[]): Router {
  const routes = operations
    .map(operation => ({ operation, names: namesOf(operation.path), pattern: patternOf(operation.path) }))
    .sort((a, b) => fixedSegments(b.operation.path) - fixedSegments(a.operation.path))
  return (method, path) => {
    for (const { operation, names, pattern } of routes) {
      if (operation.method !== method) continue
      const values = pattern.exec(path)?.slice(1).map(decode)
      if (values?.every(value => value !== null))
        return { operation, params: Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])) }
    }
    return null
  }
}

function namesOf(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(match => match[1] ?? '')
}

function patternOf(path: string): RegExp {
  const source = path.split(/(\{[^}]+\})/).map(part => {
    if (!part.startsWith('{')) return part.replaceAll(/[.+*?()[\]\\^$|]/g, '\\$&')
    const name = part.slice(1, -1)
    if (name === 'path') return '(.*)'
    return MANY_SEGMENTS.has(name) ? '(.+)' : '([^/]+)'
  })
  return new RegExp(`^${source.join('')}$`)
}

function fixedSegments(path: string): number {
  return path.split('/').filter(part => part !== '' && !part.includes('{')).length
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
