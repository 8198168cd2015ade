import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
let loaded: typeof import('yaml') | null = null

/** The reader that knows where things stand; 70 modules, loaded when the first document needs them, as most scans of small repositories do not. */
export function preciseYaml(): typeof import('yaml') {
  loaded ??= require('yaml') as typeof import('yaml')
  return loaded
}
